//! Several receivers spread over the processes.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::{LEASE, POLL, candidate};
use crate::election::{BadReceivers, Elections, Lead};
use crate::{Condition, Election, Engine, Group, Holder, InProcess, Observed};

/// A process, and what it leads.
struct Process {
    elections: Elections,
    work: JoinHandle<()>,
    leads: Arc<Mutex<Vec<Lead>>>,
}

impl Process {
    fn new<E: Engine>(engine: &E, receivers: u32) -> Self {
        let elections = candidate(engine, "pod").receivers(receivers, 1).unwrap().spawn();
        let leads: Arc<Mutex<Vec<Lead>>> = Arc::default();
        let (of, to) = (elections.clone(), Arc::clone(&leads));
        let work = tokio::spawn(async move {
            while let Some(lead) = of.elected().await {
                lead.serving();
                to.lock().unwrap_or_else(PoisonError::into_inner).push(lead);
            }
        });
        Self { elections, work, leads }
    }

    fn groups(&self) -> Vec<String> {
        let mut leads = self.leads.lock().unwrap_or_else(PoisonError::into_inner);
        leads.retain(Lead::is_valid);
        leads.iter().map(|lead| lead.group().as_str().into()).collect()
    }

    /// As by SIGTERM.
    async fn stop(self) {
        let leads = Arc::clone(&self.leads);
        let work = async { leads.lock().unwrap_or_else(PoisonError::into_inner).clear() };
        tokio::join!(self.elections.stop(), work);
        self.work.await.unwrap();
    }
}

/// How many each leads. What it comes to is that each group has one leader.
fn shares(processes: &[Process], receivers: usize) -> Vec<usize> {
    let groups: Vec<_> = processes.iter().map(Process::groups).collect();
    let all: BTreeSet<_> = groups.iter().flatten().collect();
    let mut shares: Vec<_> = groups.iter().map(Vec::len).collect();
    assert_eq!((all.len(), shares.iter().sum()), (receivers, receivers), "{groups:?}");
    shares.sort_unstable();
    shares
}

#[tokio::test(start_paused = true)]
async fn they_spread_over_who_is_there_and_one_that_is_alone_leads_all() {
    for (receivers, expected) in [(6, [2, 2, 2]), (4, [1, 1, 2]), (10, [3, 3, 4]), (2, [0, 1, 1])] {
        let engine = InProcess::default();
        let mut processes: Vec<_> = (0..3).map(|_| Process::new(&engine, receivers)).collect();
        sleep(POLL * 12).await;
        let receivers = usize::try_from(receivers).unwrap();
        assert_eq!(shares(&processes, receivers), expected);
        processes.remove(1).stop().await;
        sleep(POLL * 14).await;
        assert_eq!(shares(&processes, receivers), [receivers / 2, receivers - receivers / 2]);
        processes.remove(0).stop().await;
        sleep(POLL * 26).await;
        assert_eq!(shares(&processes, receivers), [receivers]);
    }
}

#[tokio::test(start_paused = true)]
async fn in_a_rollout_who_comes_gets_what_is_given_back() {
    let engine = InProcess::default();
    let mut processes: Vec<_> = (0..3).map(|_| Process::new(&engine, 6)).collect();
    sleep(POLL * 10).await;
    for _ in 0..3 {
        processes.push(Process::new(&engine, 6));
        sleep(POLL * 3).await;
        assert_eq!(processes[3].groups().len(), 0, "what is led stays where it is");
        processes.remove(0).stop().await;
        sleep(POLL * 5).await;
        assert_eq!(shares(&processes, 6), [2, 2, 2]);
    }
}

#[tokio::test(start_paused = true)]
async fn regions_side_by_side_have_leaders_of_their_own() {
    let engine = InProcess::default();
    let of = |region, name| Election::builder(engine.clone(), Group::new(region).unwrap(), Holder::new(name).unwrap());
    let clock = relink_tokio::Clock::tokio();
    let (eu, us) = (of("eu", "a").clock(clock).spawn(), of("us", "a").clock(clock).receivers(2, 1).unwrap().spawn());
    let (in_eu, in_us, other) = (eu.elected().await.unwrap(), us.elected().await.unwrap(), us.elected().await.unwrap());
    let tokens: BTreeSet<_> = [&in_eu, &in_us, &other].map(Lead::token).into();
    let groups: BTreeSet<_> = [&in_eu, &in_us, &other].map(|lead| lead.group().as_str()).into();
    assert_eq!((tokens.len(), groups), (3, ["eu", "us-0", "us-1"].into()));
    assert_eq!(us.condition(), Condition::Ready);
    drop((in_us, other));
    us.stop().await;
    assert!(matches!(us.condition(), Condition::Unready(_)) && eu.condition() == Condition::Ready);
    let leads = us.counts().into_iter().filter(|count| count.name == "relink_election_leads_total");
    let leads: Vec<_> = leads.map(|count| (count.labels, count.value)).collect();
    assert_eq!(leads, ["us-0", "us-1"].map(|group| (vec![("group", group.to_string())], 1.0)));
    sleep(LEASE * 2).await;
    assert!(in_eu.is_valid(), "the other region's end changed nothing");
    assert!(us.elected().await.is_none());
}

#[test]
fn more_connections_than_slack_allows_are_refused_with_a_sentence() {
    let several = |receivers, connections| candidate(&InProcess::default(), "a").receivers(receivers, connections).map(drop);
    assert_eq!((several(10, 1), several(5, 2), several(1, 10)), (Ok(()), Ok(()), Ok(())));
    assert_eq!((several(0, 1), several(1, 0)), (Err(BadReceivers::None), Err(BadReceivers::None)));
    assert_eq!(several(4, 3), Err(BadReceivers::TooMany { connections: 12 }));
    assert_eq!(several(u32::MAX, 2), Err(BadReceivers::TooMany { connections: u32::MAX }));
    let told = several(11, 1).unwrap_err().to_string();
    assert!(told.contains("11 connections") && told.contains("fewer receivers"), "{told}");
}
