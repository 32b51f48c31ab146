//! Owns the scene of a server that asks its client to leave before it has accepted it.

use std::time::Duration;

use relink_tests::fault::{Behaviour, FaultServer, HELLO};
use relink_tests::peers::obvious::{Habits, watch};
use relink_tokio::ws::{Request, Ws};
use relink_tokio::{Backoff, Builder, Config, Millis};

use super::{PATIENCE, Played, Scene};
use crate::demo::context::Context;
use crate::demo::measure::at_least;
use crate::demo::outcome::{Bound, Other, Outcome};
use crate::demo::protocol::{CAPACITY_PAUSE, Hello};
use crate::wording::list;

pub(crate) const SCENE: Scene = Scene {
    name: "asked",
    what: "\"too_many_websockets\" comes instead of the hello, three times",
    shortened: Some("delays of 0.2 s to 2 s, and 0.5 s more where a server is full"),
    play: |context| Box::pin(play(context)),
};

const TIMES: usize = 3;
const BACKOFF: Backoff = Backoff { delay_min: Millis::new(200), delay_max: Millis::new(2000), ..Backoff::INTERACTIVE };
const CONFIG: Config = Config { backoff: BACKOFF, acceptance_timeout: Millis::from_secs(1), ..Config::DEFAULT };
const WATCHED: Duration = Duration::from_secs(2);

async fn play(context: Context) -> Played {
    let behaviours = || [Behaviour::AskedBeforeAccepted.times(TIMES), Behaviour::Numbers { every: Duration::from_millis(100) }.always()];
    let (server, other) = (FaultServer::start(Behaviour::Echo).await?, FaultServer::start(Behaviour::Echo).await?);
    server.script(behaviours());
    other.script(behaviours());

    let transport = Ws::to(Request::new(&server.url())?).protocol(Hello);
    let mut link = context.follow(Builder::new(transport).config(CONFIG))?;
    let other_url = other.url();
    let (up, others) = tokio::join!(link.until_up(PATIENCE, 1), watch(&other_url, Habits::AT_ONCE, WATCHED));
    up?;
    let record = link.end().await;
    let log = server.stop().await;

    let hellos = others.texts.iter().filter(|text| *text == HELLO).count();
    let false_ups = others.ups.len().saturating_sub(hellos);
    context.others(format!("the obvious loop took itself for connected {} times, {hellos} of them with a hello", others.ups.len()));
    let gaps = log.gaps();
    let (failures, ups, live_most) = (record.failures().count(), record.ups().count(), log.live_most());
    Ok(Outcome {
        others: vec![
            Other::Measured(format!("obvious loop: connected {} times, {false_ups} of them without a hello", others.ups.len())),
            Other::Quoted("Bolt.js with socket-mode 1.3.6: \"Unhandled event\", and dead from then on"),
        ],
        relink: vec![format!("{failures} failed attempts, then {ups} up"), format!("dials after {}", list(&gaps))],
        bounds: vec![
            Bound::new("every event has its answer: up in the end", (failures, ups) == (TIMES, 1)),
            Bound::new(
                format!("a full server is left alone for {} ms", CAPACITY_PAUSE.get()),
                gaps.len() == TIMES && gaps.iter().all(|gap| at_least(*gap, CAPACITY_PAUSE.as_duration())),
            ),
            Bound::new("never two connections", live_most == 1),
        ],
    })
}
