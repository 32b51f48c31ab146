//! Slack cannot be had for ten minutes: the lease stays where it is, and all processes together call no more often than one may.

use std::time::Duration;

use relink_cluster::receiver::Options;
use relink_tests::slack::{Answer, CallTrouble, LinkTrouble, RateLimit, Settings, Trouble};
use relink_tokio::slack::UrlBudget;
use tokio::time::{Instant, sleep};

use crate::rig::{Replica, Rig};

const OUTAGE: Duration = Duration::from_secs(600);
const MINUTE: Duration = Duration::from_secs(60);
const BURST: u32 = 3;

/// Exactly what one process may call: another one that called, too, would be refused.
async fn strict() -> Rig {
    Rig::new(Settings { rate: Some(RateLimit { burst: BURST, every: MINUTE }), ..Settings::default() }).await
}

fn replicas(rig: &Rig) -> Vec<Replica> {
    // The renewal's borrowed call apart, a minute is a minute and a little: two clocks.
    let budget = || UrlBudget::new(MINUTE + Duration::from_millis(100), BURST);
    (0..3).map(|_| rig.replica("eu-1", rig.source().budget(budget()), Options::default())).collect()
}

async fn is_kept(rig: Rig, replicas: Vec<Replica>, calls: std::ops::RangeInclusive<usize>) {
    sleep(OUTAGE).await;
    let leads = |replicas: &[Replica]| replicas.iter().map(|replica| replica.receiver.stats().leads).sum::<u64>();
    assert_eq!(leads(&replicas), 1, "no ping-pong");
    let began = Instant::now();
    let book = rig.ready(1).await;
    println!("{} calls in {OUTAGE:?}; up {:?} after it", book.calls.len(), began.elapsed());
    assert!(calls.contains(&book.calls.len()), "{} calls", book.calls.len());
    assert!(book.calls.iter().all(|call| !matches!(call.answer, Answer::Limited { .. })), "{book}");
    assert!(began.elapsed() < MINUTE * 2, "{:?}", began.elapsed());
    assert_eq!((leads(&replicas), book.ready().len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn upgrades_are_refused() {
    let rig = strict().await;
    rig.slack.script_links([LinkTrouble::Status(503).lasting(OUTAGE)]);
    let replicas = replicas(&rig);
    is_kept(rig, replicas, 8..=15).await;
}

#[tokio::test(start_paused = true)]
async fn calls_are_answered_with_errors() {
    let rig = strict().await;
    rig.slack.script_calls([CallTrouble::Status(500).lasting(OUTAGE)]);
    let replicas = replicas(&rig);
    is_kept(rig, replicas, 8..=15).await;
}
