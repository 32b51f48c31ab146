//! Elections in the process, on virtual time.

mod world;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::{Builder, Driver, Election, Standing};
use crate::{Group, Holder, InProcess};

pub(super) use self::world::Bent;

const LEASE: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_secs(1);

fn candidate(engine: &InProcess, name: &str) -> Builder<InProcess> {
    Election::builder(engine.clone(), Group::new("eu").unwrap(), Holder::new(name).unwrap()).bent(Arc::new(Bent::new(1000, 0)))
}

fn spawned(engine: &InProcess, name: &str) -> (Election, tokio::task::JoinHandle<()>) {
    let (election, driver): (Election, Driver) = candidate(engine, name).build();
    (election, tokio::spawn(driver))
}

#[tokio::test(start_paused = true)]
async fn when_a_leader_is_killed_another_one_leads_after_its_lease() {
    let engine = InProcess::default();
    let (first, killed) = spawned(&engine, "a");
    let lead = first.elected().await.expect("nobody else is there");
    let (second, _driver) = spawned(&engine, "b");
    assert!(timeout(LEASE * 10, second.elected()).await.is_err(), "as long as it is renewed");
    assert_eq!(second.status().borrow().leader.as_ref().map(|leader| leader.token), Some(lead.token()));
    assert!(lead.is_valid());
    killed.abort();
    let began = Instant::now();
    let next = second.elected().await.expect("the lease ends");
    let took = began.elapsed();
    assert!(took > LEASE - Duration::from_secs(3) && took <= LEASE + Duration::from_millis(300), "{took:?}");
    assert!(next.token() > lead.token() && !lead.is_valid() && next.is_valid());
    assert_eq!(second.status().borrow().standing, Standing::Leading(next.token()));
}

#[tokio::test(start_paused = true)]
async fn when_a_leader_stops_another_one_leads_at_the_next_poll() {
    let engine = InProcess::default();
    let (first, driver) = spawned(&engine, "a");
    let lead = first.elected().await.expect("nobody else is there");
    lead.serving();
    let (second, _driver) = spawned(&engine, "b");
    let work = async {
        let deadline = lead.stepping_down().await;
        assert_eq!(deadline - Instant::now(), Duration::from_secs(2), "the time to drain");
        assert!(lead.is_valid());
        tokio::time::sleep(Duration::from_millis(500)).await;
        drop(lead);
    };
    let began = Instant::now();
    tokio::join!(first.stop(), work);
    assert_eq!(began.elapsed(), Duration::from_millis(500));
    assert!(first.elected().await.is_none());
    let _lead = second.elected().await.expect("it was given back");
    assert!(began.elapsed() <= Duration::from_millis(500) + POLL, "{:?}", began.elapsed());
    first.start();
    assert!(timeout(LEASE, first.elected()).await.is_err());
    drop(first);
    driver.await.expect("it ends when nobody has a handle to it");
}
