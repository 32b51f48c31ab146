//! Who wins a lease, for how long, and what happens when an answer is lost.

use std::time::Duration;

use futures_util::future::join_all;
use relink_cluster::{Engine, Group, Holder, LeaseError, Leases, Record, Refused, Request, Settings, Token};
use tokio::time::{Instant, sleep, sleep_until};

use crate::world::{World, group, settings};

const WRITERS: usize = 9;

fn holder(name: &str) -> Holder {
    Holder::new(name).unwrap()
}

/// A lease that does not end while the test runs.
fn long() -> Settings {
    Settings { lease: Duration::from_secs(120), ..settings() }
}

async fn contenders<W: World>(world: &W, count: usize) -> Vec<Leases<W::Engine>> {
    let mut all = Vec::new();
    for number in 0..count {
        all.push(Leases::new(world.client().await, group(), holder(&format!("pod-{number}"))));
    }
    all
}

pub(crate) async fn one_of_nine_writes_a_revision<W: World>() {
    let world = W::new(long());
    let mut engines = Vec::new();
    for _ in 0..WRITERS {
        engines
            .push((world.client().await, Record { holder: holder("pod"), token: None, lease: Request::new(1), series: Request::new(1) }));
    }
    let (group, mut revision) = (group(), 0);
    for round in 0..200 {
        let outcomes = join_all(engines.iter().map(|(engine, record)| engine.write(&group, revision, Some(record)))).await;
        let winners: Vec<_> = (0..).zip(&outcomes).filter_map(|(who, outcome)| Some((who, outcome.as_ref().ok()?))).collect();
        let losers = outcomes.iter().filter(|outcome| matches!(outcome, Err(Refused::Conflict))).count();
        assert_eq!((winners.len(), losers), (1, WRITERS - 1), "round {round}: {outcomes:?}");
        let (who, next): (usize, _) = winners[0];
        assert!(*next > revision, "round {round}");
        revision = *next;
        let cell = engines[0].0.read(&group).await.unwrap();
        assert_eq!((cell.revision, cell.record.as_ref()), (revision, Some(&engines[who].1)), "round {round}");
    }
}

pub(crate) async fn one_of_nine_wins_the_lease<W: World>() {
    let contenders = contenders(&W::new(long()), WRITERS).await;
    let mut last = Token::new(0);
    for round in 0..20 {
        let outcomes = join_all(contenders.iter().map(Leases::acquire)).await;
        let mut winners: Vec<_> = (0..).zip(outcomes).filter_map(|(who, outcome): (usize, _)| Some((who, outcome.ok()?))).collect();
        assert_eq!(winners.len(), 1, "round {round}");
        let (who, lease) = winners.remove(0);
        assert!(lease.token() > last, "round {round}: {:?} after {last:?}", lease.token());
        last = lease.token();
        contenders[who].release(lease).await.unwrap();
    }
}

pub(crate) async fn a_lease_ends_and_the_next_token_is_larger<W: World>() {
    let world = W::new(settings());
    let contenders = contenders(&world, 2).await;
    let mut began = Instant::now();
    let mut lease = contenders[0].acquire().await.unwrap();
    for _ in 0..3 {
        sleep(settings().lease / 2).await;
        began = Instant::now();
        let renewed = contenders[0].renew(&lease).await.unwrap();
        assert_eq!(renewed.token(), lease.token(), "renewing keeps the token");
        lease = renewed;
    }
    let other = loop {
        match contenders[1].acquire().await {
            Ok(other) => break other,
            Err(LeaseError::Held(leader)) => assert_eq!(leader.token, lease.token()),
            Err(LeaseError::Lost(None)) => {} // It ended between looking and taking.
            Err(error) => panic!("{error}"),
        }
        assert!(began.elapsed() < settings().lease * 3, "it never ends");
        sleep(Duration::from_millis(20)).await;
    };
    assert!(began.elapsed() >= settings().lease, "won after {:?} already", began.elapsed());
    assert!(other.token() > lease.token());
    let lost = contenders[0].renew(&lease).await.unwrap_err();
    assert!(matches!(&lost, LeaseError::Lost(Some(leader)) if leader.token == other.token()), "{lost:?}");
    assert!(matches!(contenders[0].release(lease).await, Err(LeaseError::Lost(_))));
    contenders[1].renew(&other).await.expect("what the other one did changed nothing");
}

pub(crate) async fn a_lost_answer_is_made_up_for<W: World>() {
    let contenders = contenders(&W::new(long()), 2).await;
    let unheard = contenders[0].acquire().await.unwrap();
    let lease = contenders[0].acquire().await.unwrap();
    assert_eq!(lease.token(), unheard.token(), "it is the same lease, taken up again");
    let unheard = contenders[0].renew(&lease).await.unwrap();
    let renewed = contenders[0].renew(&lease).await.expect("from the revision before, as somebody who heard nothing does");
    assert_ne!(renewed, unheard);
    assert_eq!(renewed.token(), lease.token());
    assert!(matches!(contenders[1].acquire().await, Err(LeaseError::Held(leader)) if leader.token == lease.token()));
}

pub(crate) async fn a_lease_that_is_given_back_is_free_at_once<W: World>() {
    let contenders = contenders(&W::new(long()), 2).await;
    let first = contenders[0].acquire().await.unwrap();
    contenders[0].release(first.clone()).await.unwrap();
    assert_eq!(contenders[1].leader().await.unwrap(), None);
    let second = contenders[1].acquire().await.unwrap();
    assert!(second.token() > first.token());
    assert!(matches!(contenders[0].release(first.clone()).await, Err(LeaseError::Lost(_))), "twice");
    assert!(matches!(contenders[0].renew(&first).await, Err(LeaseError::Lost(Some(_)))));
    assert_eq!(contenders[0].leader().await.unwrap().unwrap().token, second.token());
}

pub(crate) async fn groups_do_not_meet<W: World>() {
    let engine = W::new(long()).client().await;
    let (eu, us) = (Leases::new(engine.clone(), group(), holder("a")), Leases::new(engine, Group::new("us-1").unwrap(), holder("b")));
    let (in_eu, in_us) = (eu.acquire().await.unwrap(), us.acquire().await.unwrap());
    assert_ne!(in_eu.token(), in_us.token());
    eu.release(in_eu).await.unwrap();
    us.renew(&in_us).await.unwrap();
}

pub(crate) async fn who_watches_sees_each_change<W: World>() {
    let contenders = contenders(&W::new(settings()), 1).await;
    let mut watch = contenders[0].watch();
    assert_eq!(watch.changed().await.unwrap(), None, "nobody yet");
    let began = Instant::now();
    let lease = contenders[0].acquire().await.unwrap();
    assert_eq!(watch.changed().await.unwrap().unwrap().token, lease.token());
    assert_eq!(watch.changed().await.unwrap(), None, "it ended");
    assert!(began.elapsed() >= settings().lease);
    sleep_until(began + settings().lease * 2).await;
    assert!(contenders[0].acquire().await.unwrap().token() > lease.token());
}
