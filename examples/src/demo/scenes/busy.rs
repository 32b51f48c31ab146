//! Owns the scene of a server that says when it wants to be dialled again.

use std::time::Duration;

use relink_tests::fault::{Behaviour, FaultServer, Refusal, RetryAfter};
use relink_tests::peers::obvious::{Habits, watch};
use relink_tokio::{Backoff, Config, Millis};

use super::{PATIENCE, Played, Scene};
use crate::demo::context::Context;
use crate::demo::measure::at_least;
use crate::demo::outcome::{Bound, Other, Outcome};
use crate::wording::{list, seconds};

pub(crate) const SCENE: Scene = Scene {
    name: "busy",
    what: "429 with Retry-After: 2 s, once as a number and once as a date",
    shortened: Some("delays of 0.2 s to 2 s on top of it"),
    play: |context| Box::pin(play(context)),
};

const BODY: &str = "one connection a minute, please";
const WAIT: Duration = Duration::from_secs(2);
const BACKOFF: Backoff = Backoff { delay_min: Millis::new(200), delay_max: Millis::new(2000), ..Backoff::INTERACTIVE };
const CONFIG: Config = Config { backoff: BACKOFF, ..Config::DEFAULT };
const WATCHED: Duration = Duration::from_secs(5);

async fn play(context: Context) -> Played {
    let refused = |when| Behaviour::Refuse(Refusal { body: BODY.to_owned(), ..Refusal::new(429).retry_after(when) });
    let server = FaultServer::start(Behaviour::Echo).await?;
    server.script([refused(RetryAfter::Seconds(2)).once(), refused(RetryAfter::Date(WAIT)).once(), Behaviour::Echo.always()]);
    let other = FaultServer::start(refused(RetryAfter::Seconds(2))).await?;

    let mut link = context.link(&server.url(), CONFIG)?;
    let other_url = other.url();
    let (up, others) = tokio::join!(link.until_up(PATIENCE, 1), watch(&other_url, Habits::EVERY_SECOND, WATCHED));
    up?;
    let record = link.end().await;
    let gaps = server.stop().await.gaps();

    let early = others.gaps().iter().filter(|gap| !at_least(**gap, WAIT)).count();
    context.others(format!("the obvious loop dialled {early} times before it was time"));
    let kept = gaps.len() == 2 && gaps.iter().all(|gap| at_least(*gap, WAIT));
    Ok(Outcome {
        others: vec![Other::Measured(format!("obvious loop, every 1 s: {early} dials too early in {}", seconds(WATCHED)))],
        relink: vec![format!("dials after {}", list(&gaps)), format!("{} failed attempts, then up", record.failures().count())],
        bounds: vec![Bound::new("no dial before its time; jitter on top", kept)],
    })
}
