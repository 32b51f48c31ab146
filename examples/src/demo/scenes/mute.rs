//! Owns the scene of servers that accept TCP and never finish the opening handshake.

use std::time::Duration;

use relink_tests::fault::{Behaviour, FaultServer, What};
use relink_tests::peers::obvious::{Habits, watch};
use relink_tokio::{Backoff, Config, Millis};

use super::{Failed, PATIENCE, Played, Scene};
use crate::demo::context::Context;
use crate::demo::measure::within;
use crate::demo::outcome::{Bound, Other, Outcome};
use crate::wording::{list, seconds};

pub(crate) const SCENE: Scene = Scene {
    name: "mute",
    what: "TCP is accepted and then: nothing; half a handshake and nothing; one byte of it a second",
    shortened: Some("1 s for the opening handshake, not 10 s; delays of 0.2 s to 2 s"),
    play: |context| Box::pin(play(context)),
};

const OPENING: Millis = Millis::from_secs(1);
const BACKOFF: Backoff = Backoff { delay_min: Millis::new(200), delay_max: Millis::new(2000), ..Backoff::INTERACTIVE };
const CONFIG: Config = Config { opening_timeout: OPENING, backoff: BACKOFF, ..Config::DEFAULT };
const DRIP: Behaviour = Behaviour::Drip { every: Duration::from_secs(1) };
const TIMES: usize = 3;

async fn play(context: Context) -> Played {
    let (took, waited) = tokio::try_join!(relink(&context), others(&context))?;
    let kept = took.iter().all(|took| within(*took, OPENING.as_duration()));
    Ok(Outcome {
        others: vec![Other::Measured(format!(
            "obvious loop: still waiting for the first of them after {}; tokio-tungstenite has no deadline of its own",
            seconds(waited)
        ))],
        relink: vec![format!("given up after {}, then up", list(&took))],
        bounds: vec![Bound::new(format!("one Failed each, within {}", seconds(OPENING.as_duration())), took.len() == TIMES && kept)],
    })
}

/// How long each dial was given before its socket was dropped, as the server saw it.
async fn relink(context: &Context) -> Result<Vec<Duration>, Failed> {
    let server = FaultServer::start(Behaviour::Echo).await?;
    server.script([Behaviour::Mute.once(), Behaviour::HalfThenSilence.once(), DRIP.once(), Behaviour::Echo.always()]);
    let mut link = context.link(&server.url(), CONFIG)?;
    link.until_up(PATIENCE, 1).await?;
    let record = link.end().await;
    let log = server.stop().await;
    let dials: Vec<_> = log.times(|what| *what == What::Dialled).collect();
    let lasted = dials.iter().take(record.failures().count()).filter_map(|(at, number)| Some(log.client_ended(*number)? - *at));
    Ok(lasted.collect())
}

/// How long the obvious loop has waited in vain.
async fn others(context: &Context) -> Result<Duration, Failed> {
    let server = FaultServer::start(Behaviour::Mute).await?;
    let watched = OPENING.as_duration() * 4;
    let count = watch(&server.url(), Habits::AT_ONCE, watched).await;
    let waited = count.hangs(watched / 2).first().map(|(_, waited)| *waited).ok_or("the obvious loop did not hang")?;
    context.others(format!("the obvious loop has waited for an answer for {}, without a word", seconds(waited)));
    Ok(waited)
}
