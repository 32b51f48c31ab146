//! One leader follows another: killed, stopped, resting, laid down.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::{LEASE, MARGIN, POLL, candidate, led, spawned};
use crate::election::{Standing, Terms};
use crate::{Condition, InProcess, Observed};

#[tokio::test(start_paused = true)]
async fn when_a_leader_is_killed_another_one_leads_after_its_lease() {
    let engine = InProcess::default();
    let (first, killed) = spawned(&engine, "a");
    let lead = led(&first).await;
    let (second, _driver) = spawned(&engine, "b");
    assert!(timeout(LEASE * 10, second.elected()).await.is_err(), "as long as it is renewed");
    assert_eq!(second.status().borrow().leader.as_ref().map(|leader| leader.token), Some(lead.token()));
    assert!(lead.is_valid());
    killed.abort();
    let next = led(&second).await;
    assert!(next.token() > lead.token() && !lead.is_valid() && next.is_valid());
    assert_eq!(second.status().borrow().standing, Standing::Leading(next.token()));
}

#[tokio::test(start_paused = true)]
async fn it_is_looked_often_when_a_lease_may_end() {
    for seed in 0..20 {
        fastrand::seed(seed);
        let engine = InProcess::default();
        let (first, killed) = spawned(&engine, "a");
        let _lead = led(&first).await;
        let second = candidate(&engine, "b").spawn();
        sleep(Duration::from_millis(7_000 + seed * 100)).await;
        killed.abort();
        let began = Instant::now();
        let _next = led(&second).await;
        let took = began.elapsed();
        assert!(took > LEASE - MARGIN && took <= LEASE + POLL / 8, "seed {seed}: {took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn when_a_leader_stops_another_one_leads_at_once() {
    let engine = InProcess::default();
    let (first, driver) = spawned(&engine, "a");
    let lead = led(&first).await;
    let (second, _driver) = spawned(&engine, "b");
    let work = async {
        let deadline = lead.stepping_down().await;
        assert_eq!(deadline - Instant::now(), Duration::from_secs(2), "the time to drain");
        assert!(lead.is_valid());
        sleep(Duration::from_millis(500)).await;
        drop(lead);
    };
    let began = Instant::now();
    tokio::join!(first.stop(), work);
    assert_eq!(began.elapsed(), Duration::from_millis(500));
    assert!(first.elected().await.is_none());
    let _lead = led(&second).await;
    assert!(began.elapsed() < Duration::from_millis(550), "{:?}", began.elapsed());
    first.start();
    assert!(timeout(LEASE, first.elected()).await.is_err());
    drop(first);
    driver.await.expect("it ends when nobody has a handle to it");
}

#[tokio::test(start_paused = true)]
async fn a_lead_that_is_not_let_go_of_ends_by_its_deadline() {
    let engine = InProcess::default();
    let (election, _driver) = spawned(&engine, "a");
    let lead = led(&election).await;
    let began = Instant::now();
    let (deadline, ()) = tokio::join!(lead.stepping_down(), election.stop());
    assert_eq!((deadline, began.elapsed()), (began + Duration::from_secs(2), Duration::from_secs(2)));
    assert!(!lead.is_valid());
    lead.halted().await;
    assert_eq!(election.stats().halts, 1);
}

#[tokio::test(start_paused = true)]
async fn a_lead_that_nobody_has_taken_is_given_back() {
    let engine = InProcess::default();
    let (election, _driver) = spawned(&engine, "a");
    let mut status = election.status();
    status.wait_for(|status| matches!(status.standing, Standing::Leading(_))).await.unwrap();
    let began = Instant::now();
    election.stop().await;
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert!(election.elected().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_lead_that_is_laid_down_is_the_others_chance() {
    let engine = InProcess::default();
    let (first, _driver) = spawned(&engine, "a");
    let lead = led(&first).await;
    let (second, killed) = spawned(&engine, "b");
    sleep(POLL * 2).await;
    let began = Instant::now();
    drop(lead);
    drop(led(&second).await);
    assert!(began.elapsed() <= POLL, "{:?}", began.elapsed());
    assert_eq!((first.status().borrow().standing, first.condition()), (Standing::Resting, Condition::Ready));
    killed.abort();
    let lead = led(&first).await;
    assert!(lead.is_valid() && began.elapsed() >= Terms::DEFAULT.rest.as_duration(), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_rests_may_be_stopped_and_started() {
    let election = candidate(&InProcess::default(), "a").spawn();
    drop(led(&election).await);
    let began = Instant::now();
    assert!(timeout(POLL, election.elected()).await.is_err(), "it rests");
    election.stop().await;
    assert!(election.elected().await.is_none());
    election.start();
    let _lead = led(&election).await;
    assert_eq!(began.elapsed(), POLL, "whoever says so need not wait");
}

#[tokio::test(start_paused = true)]
async fn while_dialling_fails_the_lead_stays_until_its_limit() {
    let engine = InProcess::default();
    let hour = Duration::from_secs(3600);
    let (elections, mut leads) = (["a", "b", "c"].map(|name| spawned(&engine, name).0), Vec::new());
    let works = elections.clone().map(|election| async move {
        let mut terms = Vec::new();
        while let Some(lead) = election.elected().await {
            let began = Instant::now();
            // As a link does whose peer is away.
            let dials = async {
                loop {
                    lead.dial_failed();
                    sleep(Duration::from_secs(20)).await;
                }
            };
            tokio::select! { () = dials => {}, _ = lead.stepping_down() => {} }
            terms.push(began.elapsed());
        }
        terms
    });
    let works = works.map(tokio::spawn);
    sleep(hour).await;
    for (election, work) in elections.iter().zip(works) {
        election.stop().await;
        leads.extend(work.await.unwrap());
    }
    let limit = Terms::DEFAULT.holding_max.as_duration();
    assert!((4..=5).contains(&leads.len()) && leads[..leads.len()].iter().filter(|term| **term >= limit).count() >= 3, "{leads:?}");
    assert!(leads.iter().all(|term| *term <= limit + POLL), "{leads:?}");
}

#[tokio::test(start_paused = true)]
async fn what_works_again_stays() {
    let engine = InProcess::default();
    let election = candidate(&engine, "a").spawn();
    let lead = led(&election).await;
    lead.dial_failed();
    sleep(Duration::from_secs(600)).await;
    lead.serving();
    sleep(Duration::from_secs(3600)).await;
    assert!(lead.is_valid());
    assert_eq!((election.stats().leads, election.stats().dial_failures), (1, 1));
    let began = Instant::now();
    lead.dial_failed();
    timeout(Duration::from_secs(3600), lead.stepping_down()).await.expect("a limit");
    assert_eq!(began.elapsed(), Terms::DEFAULT.holding_max.as_duration(), "from the first failure on");
}
