//! Who leads, for how long, and what happens when an answer is lost.

use std::time::Duration;

use futures_util::future::{join_all, select_all};
use relink_cluster::election::{Builder, Terms};
use relink_cluster::{Election, Engine, Group, Holder, Lead, Record, Refused, Request, Settings, Token, Watch};
use relink_core::Millis;
use relink_tokio::Clock;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::deaf::Deaf;
use crate::world::{World, group, settings};

const WRITERS: usize = 9;

fn holder(name: &str) -> Holder {
    Holder::new(name).unwrap()
}

/// A lease that does not end while the test runs.
fn long() -> Settings {
    Settings { lease: Duration::from_secs(120), ..settings() }
}

/// One that does, and whose renewals are no matter of milliseconds.
fn short() -> Settings {
    Settings { lease: Duration::from_secs(6), ..settings() }
}

/// One that takes no part yet, and what makes it happen.
fn candidate<E: Engine>(engine: E, group: Group, name: &str) -> (Election, JoinHandle<()>) {
    let (election, driver) = Election::builder(engine, group, holder(name)).clock(Clock::tokio()).idle().build();
    (election, tokio::spawn(driver))
}

async fn leads(election: &Election) -> Lead {
    election.start();
    timeout(Duration::from_secs(30), election.elected()).await.expect("in time").expect("a lead")
}

pub(crate) async fn one_of_nine_writes_a_revision<W: World>() {
    let world = W::new(long());
    let mut engines = Vec::new();
    for _ in 0..WRITERS {
        let record = Record { holder: holder("pod"), token: None, lease: Request::new(1), series: Request::new(1) };
        engines.push((world.client().await, record));
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

pub(crate) async fn one_of_nine_leads<W: World>() {
    let world = W::new(long());
    let mut candidates = Vec::new();
    for number in 0..WRITERS {
        candidates.push(candidate(world.client().await, group(), &format!("pod-{number}")).0);
    }
    let mut last = Token::new(0);
    for round in 0..20 {
        candidates.iter().for_each(Election::start);
        let (lead, who, others) = select_all(candidates.iter().map(|election| Box::pin(election.elected()))).await;
        let lead = lead.expect("a lead");
        assert!(timeout(Duration::from_millis(100), select_all(others)).await.is_err(), "round {round}: a second one");
        assert!(lead.token() > last, "round {round}: {:?} after {last:?}", lead.token());
        last = lead.token();
        let leader = Watch::new(world.client().await, group()).leader().await.unwrap().expect("a leader");
        assert_eq!((&leader.holder, leader.token), (candidates[who].holder(), last), "round {round}");
        drop(lead);
        join_all(candidates.iter().map(Election::stop)).await;
    }
}

pub(crate) async fn a_lease_ends_and_the_next_token_is_larger<W: World>() {
    let world = W::new(short());
    let engine = world.client().await;
    let (first, killed) = candidate(engine.clone(), group(), "a");
    let lead = leads(&first).await;
    let (second, _driver) = candidate(world.client().await, group(), "b");
    second.start();
    let elected = timeout(short().lease * 2, second.elected()).await;
    assert!(elected.is_err() && lead.is_valid(), "it is renewed");
    killed.abort();
    let began = Instant::now();
    let next = leads(&second).await;
    let took = began.elapsed();
    let (soonest, latest) = (short().lease * 3 / 4, short().lease + Duration::from_secs(2));
    assert!((soonest..latest).contains(&took), "after {took:?}");
    assert!(!lead.is_valid() && next.is_valid() && next.token() > lead.token());
    // What the first one does late changes nothing.
    let record = Record { holder: first.holder().clone(), token: Some(lead.token()), lease: Request::new(1), series: Request::new(1) };
    for expected in [0, lead.token().get()] {
        assert_eq!(engine.write(&group(), expected, Some(&record)).await, Err(Refused::Conflict));
    }
    assert_eq!(engine.read(&group()).await.unwrap().leader().map(|leader| leader.token), Some(next.token()));
}

pub(crate) async fn lost_answers_are_made_up_for<W: World>() {
    let world = W::new(short());
    let deaf = Deaf::new(world.client().await, 2);
    let (first, _driver) = candidate(deaf.clone(), group(), "a");
    let lead = leads(&first).await;
    let (second, _driver) = candidate(world.client().await, group(), "b");
    second.start();
    assert!(timeout(short().lease * 3, second.elected()).await.is_err(), "it is renewed");
    assert!(lead.is_valid() && deaf.unheard() > 10, "{} answers were not heard", deaf.unheard());
    drop(lead);
    first.stop().await;
    let leader = Watch::new(world.client().await, group()).leader().await.unwrap();
    assert!(leader.is_none_or(|leader| leader.holder == *second.holder()), "it was given back, heard or not");
}

pub(crate) async fn a_lease_that_is_given_back_is_free_at_once<W: World>() {
    let world = W::new(long());
    let (first, _driver) = candidate(world.client().await, group(), "a");
    // The second one hardly polls: it hears of it.
    let terms = Terms { retry_every: Millis::from_secs(60), ..Builder::<W::Engine>::terms_for(&long()) };
    let (second, driver) = Election::builder(world.client().await, group(), holder("b")).clock(Clock::tokio()).terms(terms).idle().build();
    tokio::spawn(driver);
    let lead = leads(&first).await;
    second.start();
    let mut status = second.status();
    status.wait_for(|status| status.leader.as_ref().is_some_and(|leader| leader.holder == *first.holder())).await.unwrap();
    sleep(Duration::from_millis(200)).await;
    let token = lead.token();
    let began = Instant::now();
    let ends = async {
        lead.stepping_down().await;
        drop(lead);
    };
    let (_, (), next) = tokio::join!(first.stop(), ends, leads(&second));
    assert!(next.token() > token && began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

pub(crate) async fn groups_do_not_meet<W: World>() {
    let engine = W::new(short()).client().await;
    let (eu, _driver) = candidate(engine.clone(), group(), "a");
    let (us, _driver) = candidate(engine.clone(), Group::new("us-1").unwrap(), "b");
    let (in_eu, in_us) = tokio::join!(leads(&eu), leads(&us));
    assert_ne!(in_eu.token(), in_us.token());
    drop(in_eu);
    eu.stop().await;
    sleep(short().lease * 2).await;
    assert!(in_us.is_valid(), "what became of the other group changed nothing");
    assert!(Watch::new(engine, group()).leader().await.unwrap().is_none());
}

pub(crate) async fn who_watches_sees_each_change<W: World>() {
    let world = W::new(short());
    let mut watch = Watch::new(world.client().await, group());
    assert_eq!(watch.changed().await.unwrap(), None, "nobody yet");
    let (election, driver) = candidate(world.client().await, group(), "a");
    let lead = leads(&election).await;
    assert_eq!(watch.changed().await.unwrap().unwrap().token, lead.token());
    assert!(timeout(short().lease * 2, watch.changed()).await.is_err(), "a renewal is no change");
    driver.abort();
    let began = Instant::now();
    assert_eq!(watch.changed().await.unwrap(), None, "it ended");
    assert!(began.elapsed() >= short().lease / 2);
}
