//! Owns the scene of a peer that goes silent while its connection stays open.

use std::time::Duration;

use relink_tests::fault::{Behaviour, FaultServer};
use relink_tests::peers::obvious::{Habits, watch};
use relink_tokio::{Backoff, Config, Millis};

use super::{Failed, PATIENCE, Played, Scene};
use crate::demo::context::Context;
use crate::demo::measure::{at_least, within};
use crate::demo::outcome::{Bound, Other, Outcome};
use crate::wording::seconds;

pub(crate) const SCENE: Scene = Scene {
    name: "silent",
    what: "a peer answers nothing any more, not even pings; its socket stays open",
    shortened: Some("a ping after 1 s and 1 s for its answer, not 20 s and 10 s"),
    play: |context| Box::pin(play(context)),
};

const PING_AFTER: Millis = Millis::from_secs(1);
const PONG: Millis = Millis::from_secs(1);
const CONFIG: Config = Config { ping_after: PING_AFTER, pong_timeout: PONG, backoff: Backoff::INTERACTIVE, ..Config::DEFAULT };
/// How long the peer answers.
const ANSWERS: Duration = Duration::from_millis(300);

/// What relink did.
struct Seen {
    /// From the last sign of life to the Down.
    noticed: Duration,
    ups: usize,
    downs: usize,
}

async fn play(context: Context) -> Played {
    let (relink, waited) = tokio::try_join!(relink(&context), others(&context))?;
    let limit = PING_AFTER.as_duration() + PONG.as_duration();
    Ok(Outcome {
        others: vec![
            Other::Measured(format!("obvious loop: still waiting for a message after {}", seconds(waited))),
            Other::Quoted("ezsockets 0.7.2: told nobody, never came back (watched for 75 s)"),
        ],
        relink: vec![format!("noticed {} after the last sign of life, down {} time, up again", seconds(relink.noticed), relink.downs)],
        bounds: vec![
            Bound::new(format!("Down within ping_after + pong: {}", seconds(limit)), within(relink.noticed, limit)),
            Bound::new("not before", at_least(relink.noticed, limit)),
            Bound::new("one Down, then up again", (relink.downs, relink.ups) == (1, 2)),
        ],
    })
}

async fn relink(context: &Context) -> Result<Seen, Failed> {
    let server = FaultServer::start(Behaviour::Echo).await?;
    server.script([Behaviour::Silent { after: ANSWERS }.once(), Behaviour::Echo.always()]);
    let mut link = context.link(&server.url(), CONFIG)?;
    link.client().send("are you there?").await?;
    link.until(PATIENCE, "an echo", |record| record.texts().count() == 1).await?;
    context.server("echoes once, and falls silent");
    link.until_up(PATIENCE, 2).await?;
    let record = link.end().await;
    server.stop().await;

    let heard = record.texts().next().map(|(at, _)| at).ok_or("no echo")?;
    let noticed = record.downs().next().map(|at| at - heard).ok_or("no Down")?;
    Ok(Seen { noticed, ups: record.ups().count(), downs: record.downs().count() })
}

/// How long the obvious loop has waited in vain.
async fn others(context: &Context) -> Result<Duration, Failed> {
    let server = FaultServer::start(Behaviour::Silent { after: Duration::ZERO }).await?;
    let watched = (PING_AFTER.as_duration() + PONG.as_duration()) * 2;
    let count = watch(&server.url(), Habits::AT_ONCE, watched).await;
    let waited = count.hangs(watched / 2).first().map(|(_, waited)| *waited).ok_or("the obvious loop did not hang")?;
    context.others(format!("the obvious loop has waited for a message for {}, without a word", seconds(waited)));
    Ok(waited)
}
