//! Owns the scene of a server that answers every upgrade with 409 for a while: one failure must not become two.

use std::collections::BTreeSet;
use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use relink_tests::fault::{Behaviour, FaultServer, Refusal, What};
use relink_tests::peers::obvious::{self, Habits};
use relink_tests::peers::{Count, Tally};
use relink_tokio::ws::{Request, Ws};
use relink_tokio::{Backoff, Builder, Config, Jitter, Millis};

use super::{Failed, PATIENCE, Played, Scene};
use crate::demo::context::Context;
use crate::demo::measure::{at_least, at_most};
use crate::demo::outcome::{Bound, Other, Outcome};
use crate::wording::{list, thousands};

pub(crate) const SCENE: Scene = Scene {
    name: "conflict",
    what: "every upgrade is answered with 409 for a while; the URL is fetched anew each time, with success",
    shortened: Some("delays of 0.2 s to 1.6 s with equal jitter, not 1 s to 30 s with full"),
    play: |context| Box::pin(play(context)),
};

const REFUSALS: usize = 6;
/// Equal jitter: each delay is between a half and the whole of its ceiling, so that the growth can be seen.
const BACKOFF: Backoff =
    Backoff { delay_min: Millis::new(200), delay_max: Millis::new(1600), jitter: Jitter::Equal, ..Backoff::INTERACTIVE };
const CONFIG: Config = Config { backoff: BACKOFF, ..Config::DEFAULT };
const PAUSE: Duration = Duration::from_millis(200);
/// Enough to see where it leads: ten rounds.
const HABITS: Habits = Habits { dials_max: 1023, ..Habits::doubling(PAUSE) };

/// What relink did.
struct Seen {
    urls: usize,
    failures: usize,
    attempts: usize,
    refused: usize,
    /// The delays that were told.
    delays: Vec<Duration>,
    /// The times between the dials, as the server saw them.
    gaps: Vec<Duration>,
}

async fn play(context: Context) -> Played {
    let (relink, others) = tokio::try_join!(relink(&context), others(&context))?;
    let took = others.dials.last().zip(others.dials.first()).map(|(last, first)| *last - *first).unwrap_or_default();
    let long_enough = relink.gaps.iter().zip(ceilings()).all(|(gap, ceiling)| at_least(*gap, ceiling / 2));
    let short_enough = relink.delays.iter().zip(ceilings()).all(|(delay, ceiling)| at_most(*delay, ceiling));
    Ok(Outcome {
        others: vec![
            Other::Measured(format!(
                "obvious loop, a dial for the error and one for the close: {} dials in {:.1} s, then stopped",
                thousands(others.dials.len()),
                took.as_secs_f64()
            )),
            Other::Quoted("node socket-mode 2.0.2: doubles each round, until it is out of memory; 3.1.0: delays never grow"),
        ],
        relink: vec![
            format!("{} refusals, {} failures, {} URLs fetched", relink.refused, relink.failures, relink.urls),
            format!("dials after {}", list(&relink.gaps)),
        ],
        bounds: vec![
            Bound::new("one failure an attempt", [relink.failures, relink.attempts, relink.refused] == [REFUSALS; 3]),
            Bound::new(
                "delays grow to the cap, a fetched URL forgives nothing",
                long_enough && short_enough && [relink.gaps.len(), relink.delays.len()] == [REFUSALS; 2],
            ),
        ],
    })
}

fn refusal() -> Refusal {
    Refusal { body: "this token has a connection already".to_owned(), ..Refusal::new(409) }
}

/// The longest delay after each failure, as the policy promises it.
fn ceilings() -> impl Iterator<Item = Duration> {
    let double = |before: &Duration| Some((*before * 2).min(BACKOFF.delay_max.as_duration()));
    std::iter::successors(Some(BACKOFF.delay_min.as_duration()), double)
}

async fn relink(context: &Context) -> Result<Seen, Failed> {
    let server = FaultServer::start(Behaviour::Echo).await?;
    server.script([Behaviour::Refuse(refusal()).times(REFUSALS), Behaviour::Echo.always()]);
    let (url, urls) = (server.url(), Arc::new(AtomicUsize::new(0)));
    let counted = urls.clone();
    let provider = Ws::new(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        ready(Request::new(&url).map_err(Into::into))
    });
    let mut link = context.follow(Builder::new(provider).config(CONFIG))?;
    link.until_up(PATIENCE, 1).await?;
    let record = link.end().await;
    let log = server.stop().await;
    Ok(Seen {
        urls: urls.load(Ordering::Relaxed),
        failures: record.failures().count(),
        attempts: record.failures().map(|failure| failure.attempt.number()).collect::<BTreeSet<_>>().len(),
        refused: log.count(|what| *what == What::Refused(409)),
        delays: record.failures().filter_map(|failure| Some(failure.retry_at? - failure.at)).collect(),
        gaps: log.gaps(),
    })
}

async fn others(context: &Context) -> Result<Count, Failed> {
    let server = FaultServer::start(Behaviour::Refuse(refusal())).await?;
    let tally = Tally::default();
    // Ends when it has made all the dials it may.
    obvious::run(&server.url(), HABITS, &tally).await;
    let count = tally.count();
    context.others(format!(
        "the obvious loop with a dial for each error and each close is stopped after {} dials",
        thousands(count.dials.len())
    ));
    Ok(count)
}
