//! What goes wrong, one thing at a time: lost answers, an engine that is away, clocks that jump, processes that pause.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::world::{Bad, Bent, Process};
use super::{LEASE, MARGIN, POLL, candidate, led, spawned};
use crate::election::Standing;
use crate::{Condition, InProcess, Observed};

#[tokio::test(start_paused = true)]
async fn lost_requests_and_answers_cost_no_lead() {
    let engine = InProcess::default();
    let line = Bad::new(engine.clone(), 7).loses(5, 300);
    let (first, _driver) = spawned(&line, "a");
    let lead = led(&first).await;
    let (second, _other) = spawned(&Bad::new(engine, 8).loses(5, 300), "b");
    assert!(timeout(Duration::from_secs(600), second.elected()).await.is_err(), "{:?}", first.stats());
    assert!(lead.is_valid() && first.stats().unknown > 10, "{:?}", first.stats());
    assert!(line.writes() > 200, "it is renewed every 2 s: {}", line.writes());
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_is_away_for_a_while_costs_no_lead() {
    let line = Bad::new(InProcess::default(), 1);
    let (election, _driver) = spawned(&line, "a");
    let lead = led(&election).await;
    sleep(LEASE).await;
    line.is_down(true);
    sleep(Duration::from_secs(6)).await;
    assert!(election.status().borrow().fault.is_some());
    assert_eq!(election.condition(), Condition::Ready, "as long as the lead holds");
    line.is_down(false);
    sleep(LEASE * 2).await;
    assert!(lead.is_valid() && election.status().borrow().fault.is_none(), "{:?}", election.status());
    assert_eq!(election.stats().step_downs + election.stats().halts, 0);
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_is_away_for_longer_ends_the_lead_before_its_lease() {
    let line = Bad::new(InProcess::default(), 1);
    let (election, _driver) = spawned(&line, "a");
    let lead = led(&election).await;
    sleep(LEASE).await;
    line.is_down(true);
    let began = Instant::now();
    let deadline = lead.stepping_down().await;
    assert!(lead.is_valid() && deadline <= began + LEASE - MARGIN, "{:?} to drain", deadline - began);
    lead.halted().await;
    assert!(began.elapsed() <= LEASE - MARGIN && !lead.is_valid(), "{:?}", began.elapsed());
    let token = lead.token();
    drop(lead);
    sleep(LEASE * 2).await;
    assert!(matches!(election.condition(), Condition::Unready(why) if why.contains("no answer")), "{:?}", election.condition());
    line.is_down(false);
    let next = timeout(LEASE + POLL, led(&election)).await.expect("it leads again");
    assert!(next.token() > token);
}

#[tokio::test(start_paused = true)]
async fn who_was_stopped_sees_first_that_its_lead_is_over() {
    let engine = InProcess::default();
    let (election, driver) = candidate(&engine, "a").build();
    let (process, pause) = Process::new(driver);
    tokio::spawn(process);
    let lead = led(&election).await;
    let (other, _driver) = spawned(&engine, "b");
    sleep(LEASE).await;
    pause.stop();
    let next = led(&other).await;
    // Nothing of the stopped process has run yet; the first look tells.
    assert!(!lead.is_valid() && next.is_valid() && next.token() > lead.token());
    lead.halted().await;
    assert!(lead.stepping_down().await <= Instant::now());
    pause.go_on();
    sleep(LEASE * 3).await;
    assert_eq!((election.stats().halts, election.status().borrow().standing), (1, Standing::Candidate));
    assert!(next.is_valid(), "what it does late changes nothing");
}

#[tokio::test(start_paused = true)]
async fn who_was_stopped_while_it_drained_sees_that_its_time_is_over() {
    let (election, driver) = candidate(&InProcess::default(), "a").build();
    let (process, pause) = Process::new(driver);
    tokio::spawn(process);
    let lead = led(&election).await;
    let (stopping, began) = (election.clone(), Instant::now());
    tokio::spawn(async move { stopping.stop().await });
    let deadline = lead.stepping_down().await;
    pause.stop();
    sleep(Duration::from_millis(1_900)).await;
    assert!(lead.is_valid());
    lead.halted().await;
    assert_eq!((Instant::now(), began.elapsed()), (deadline, Duration::from_secs(2)));
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_jumps_ends_the_lead_first() {
    let engine = InProcess::default();
    let clock = Arc::new(Bent::new(1000, 0));
    let election = candidate(&engine, "a").bent(Arc::clone(&clock)).spawn();
    let lead = led(&election).await;
    clock.jump(11_000);
    assert!(lead.is_valid(), "less than it may");
    clock.jump(2_000);
    assert!(!lead.is_valid(), "whatever the driver does");
    lead.halted().await;
    let next = timeout(POLL * 3, led(&election)).await.expect("given back, and had again");
    assert!(next.token() > lead.token() && !lead.is_valid());
}

#[tokio::test(start_paused = true)]
async fn who_is_fenced_leads_no_more() {
    let engine = InProcess::default();
    let (election, _driver) = spawned(&engine, "a");
    let lead = led(&election).await;
    let hold = lead.hold();
    lead.fenced();
    assert!(!hold.is_valid());
    drop(lead);
    let next = timeout(POLL * 3, led(&election)).await.expect("the lease was given back");
    assert!(next.token() > hold.token() && election.stats().halts == 1);
}

#[tokio::test(start_paused = true)]
async fn without_its_driver_nobody_leads() {
    let engine = InProcess::default();
    let (election, driver) = spawned(&engine, "a");
    let lead = led(&election).await;
    driver.abort();
    timeout(Duration::from_millis(1), lead.halted()).await.expect("at once");
    assert!(!lead.is_valid() && election.elected().await.is_none());
    assert!(matches!(election.condition(), Condition::Dead(_)));
    election.stop().await;
}
