//! Several replicas of one app: one connection, two during a renewal, the next one's after the one before it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use relink_cluster::receiver::{Notice, Options};
use relink_cluster::{Condition, Observed};
use relink_tests::slack::Kind;
use tokio::time::{Instant, sleep};

use crate::rig::{Replica, Rig, most_at_once, plenty};

fn five(rig: &Rig) -> Vec<Replica> {
    (0..5).map(|_| rig.replica("eu-1", rig.source().budget(plenty()), Options::default())).collect()
}

async fn leader(replicas: &[Replica]) -> usize {
    loop {
        if let Some(leader) = replicas.iter().position(|replica| replica.receiver.stats().is_up) {
            return leader;
        }
        sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn five_at_once_are_one_connection_and_two_while_it_is_renewed() {
    let rig = Rig::start().await;
    let replicas = five(&rig);
    let first = rig.ready(1).await.ready()[0];
    sleep(Duration::from_secs(60)).await;
    assert_eq!(rig.slack.read(|book| (book.connections.len(), book.calls.len())), (1, 1));
    let leader = leader(&replicas).await;
    assert!(replicas.iter().all(|replica| replica.receiver.condition() == Condition::Ready), "the leader, and the candidates");

    assert!(rig.slack.warn(first));
    rig.until(|book| book.connections.len() == 2 && book.ready() == [2]).await;
    let book = rig.slack.book();
    assert_eq!((most_at_once(&book), book.calls.len()), (2, 2));
    let stats = replicas[leader].receiver.stats();
    assert_eq!((stats.leads, stats.is_up, stats.ghosts), (1, true, 0), "the lead goes on");
}

#[tokio::test(start_paused = true)]
async fn who_stops_is_gone_before_the_next_one_dials_and_nothing_is_lost() {
    let rig = Rig::start().await;
    let mut replicas = five(&rig);
    rig.ready(1).await;
    rig.slack.flood(Kind::EventsApi, 50, 1000);
    let mut pauses = Vec::new();
    for _ in 0..3 {
        sleep(Duration::from_secs(3)).await;
        let stopped = replicas.remove(leader(&replicas).await);
        let began = Instant::now();
        stopped.receiver.stop().await;
        leader(&replicas).await;
        pauses.push(began.elapsed());
    }
    let book = rig.until(|book| book.counts.posted == 1000 && book.waiting() == 0).await;
    assert_eq!((book.counts.acknowledged, book.counts.lost, most_at_once(&book)), (1000, 0, 1));
    assert_eq!(rig.stored().await.len(), 1000, "each once");
    println!("dark for {pauses:?}");
    assert!(pauses.iter().all(|pause| *pause < Duration::from_secs(3)), "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn who_is_killed_is_followed_when_its_lease_has_ended() {
    let rig = Rig::start().await;
    let mut replicas = five(&rig);
    rig.ready(1).await;
    rig.slack.flood(Kind::EventsApi, 20, 1000);
    sleep(Duration::from_secs(5)).await;
    let (killed, at) = (replicas.remove(leader(&replicas).await), Instant::now());
    killed.kill().await;
    leader(&replicas).await;
    assert!((Duration::from_secs(12)..Duration::from_secs(17)).contains(&at.elapsed()), "{:?}", at.elapsed());
    let book = rig.until(|book| book.counts.posted == 1000 && book.waiting() == 0).await;
    assert_eq!((book.counts.acknowledged, book.counts.lost), (1000, 0), "what came meanwhile came again");
    assert_eq!(rig.stored().await.len(), 1000, "each once");
}

#[tokio::test(start_paused = true)]
async fn receivers_of_several_groups_stand_side_by_side() {
    let rig = Rig::start().await;
    let source = || rig.source().receivers(3).budget(plenty());
    let replicas: Vec<_> = ["eu-1", "eu-2", "eu-3"].into_iter().map(|group| rig.replica(group, source(), Options::default())).collect();
    rig.ready(3).await;
    rig.slack.flood(Kind::EventsApi, 100, 600);
    let book = rig.until(|book| book.counts.posted == 600 && book.waiting() == 0).await;
    assert_eq!((book.counts.acknowledged, book.counts.lost), (600, 0));
    assert_eq!(rig.stored().await.len(), 600);
    for replica in &replicas {
        let stats = replica.receiver.stats();
        assert!(stats.received > 100 && stats.fenced == 0, "{stats:?}");
        assert_eq!(stats.ghosts, 0, "the others are expected");
    }
}

#[tokio::test(start_paused = true)]
async fn a_ghost_is_warned_of() {
    let rig = Rig::start().await;
    rig.slack.haunt(2);
    let replica = rig.leader(Options::default()).await;
    replica.until(|receiver| receiver.stats().ghosts == 2).await;
    assert!(replica.receiver.warnings()[0].contains("2 more connection(s)"), "{:?}", replica.receiver.warnings());
    assert_eq!(replica.receiver.condition(), Condition::Ready, "it works");
}

#[tokio::test(start_paused = true)]
async fn a_leader_dials_at_once() {
    let rig = Rig::start().await;
    let happened = Arc::new(Mutex::new(Vec::new()));
    let heard = happened.clone();
    let _replica = rig.observed(move |notice| {
        let what = match notice {
            Notice::TookOver { .. } => "took over",
            Notice::Up => "up",
            Notice::Down => "down",
            _ => "else",
        };
        heard.lock().unwrap().push((what, Instant::now()));
    });
    rig.ready(1).await;
    sleep(Duration::from_secs(1)).await;
    let happened = happened.lock().unwrap().clone();
    let [("took over", took), ("up", up)] = happened[..] else { panic!("{happened:?}") };
    assert!(up - took < Duration::from_millis(100), "{:?}", up - took);
}
