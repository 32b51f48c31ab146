//! Owns the scene of a server that accepts every WebSocket and drops it at once.

use std::time::Duration;

use relink_tests::fault::{Behaviour, FaultServer, Leave};
use relink_tests::peers::obvious::{Habits, watch};
use relink_tokio::Config;
use tokio::time::{Instant, sleep_until};

use super::{Played, Scene};
use crate::demo::context::Context;
use crate::demo::outcome::{Bound, Other, Outcome};
use crate::wording::thousands;

pub(crate) const SCENE: Scene = Scene {
    name: "dropped",
    what: "every WebSocket is accepted and dropped at once, for 10 s; the default configuration as it is",
    shortened: None,
    play: |context| Box::pin(play(context)),
};

const WATCHED: Duration = Duration::from_secs(10);
/// 1 run in 1,000 makes more; half of them make 5 or fewer.
const DIALS_MAX: usize = 7;
/// It would fill the machine and starve the other scenes.
const HABITS: Habits = Habits { dials_max: 2000, ..Habits::AT_ONCE };

async fn play(context: Context) -> Played {
    let server = FaultServer::start(Behaviour::AcceptThenDrop(Leave::Fin)).await?;
    let other = FaultServer::start(Behaviour::AcceptThenDrop(Leave::Fin)).await?;
    let end = Instant::now() + WATCHED;

    let link = context.link(&server.url(), Config::DEFAULT)?;
    let others = watch(&other.url(), HABITS, WATCHED).await;
    let took = others.dials.last().zip(others.dials.first()).map(|(last, first)| *last - *first).unwrap_or_default();
    let count = thousands(others.dials.len());
    context.others(format!("the obvious loop is stopped after {count} dials in {:.1} s", took.as_secs_f64()));
    drop(other);
    sleep_until(end).await;

    let record = link.end().await;
    let log = server.stop().await;
    let (dials, ups) = (log.dials_most(WATCHED), record.ups().count());
    Ok(Outcome {
        others: vec![
            Other::Measured(format!("obvious loop: {count} dials in {:.1} s, then stopped", took.as_secs_f64())),
            Other::Quoted("dials in 10 s: ezsockets 0.7.2 42,488; twilight 0.18.0 41,031; phoenix.js 1.8.16 816"),
        ],
        relink: vec![format!("{dials} dials in 10 s"), format!("{ups} times up, and down again")],
        bounds: vec![
            Bound::new(format!("at most {DIALS_MAX} dials in 10 s (999 runs of 1,000)"), (1..=DIALS_MAX).contains(&dials)),
            Bound::new("Up and Down in strict pairs", ups > 0 && record.is_paired()),
        ],
    })
}
