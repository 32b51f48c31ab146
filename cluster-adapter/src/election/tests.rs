//! Elections in the process, on virtual time.

mod faults;
mod handover;
mod safety;
mod spread;
mod world;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::{Builder, Election, Lead};
use crate::{Engine, Group, Holder, InProcess};

pub(super) use self::world::Bent;

const LEASE: Duration = Duration::from_secs(15);
const MARGIN: Duration = Duration::from_secs(3);
const POLL: Duration = Duration::from_secs(1);

fn candidate<E: Engine>(engine: &E, name: &str) -> Builder<E> {
    Election::builder(engine.clone(), Group::new("eu").unwrap(), Holder::new(name).unwrap()).bent(Arc::new(Bent::new(1000, 0)))
}

fn spawned<E: Engine>(engine: &E, name: &str) -> (Election, JoinHandle<()>) {
    let (election, driver) = candidate(engine, name).build();
    (election, tokio::spawn(driver))
}

/// It leads, and is asked for nothing.
async fn led(election: &Election) -> Lead {
    let lead = election.elected().await.expect("it takes part");
    lead.serving();
    lead
}
