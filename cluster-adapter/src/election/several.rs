//! Owns several elections of one process: each process takes part in all, and they spread over the processes.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use relink_core::Millis;

use super::{Builder, Election, Lead};
use crate::{Engine, Group};

/// How many connections Slack allows an app.
const CONNECTIONS_MAX: u32 = 10;

/// Takes part in the elections of several receivers, whose groups are `NAME-0`, `NAME-1` and so on.
///
/// # How they spread
/// A process that leads none asks as soon as it sees that there is no leader. One that leads some lets others go first: for twice
/// [`Terms::retry_every`](super::Terms::retry_every) for each one that it leads, from when it sees that there is no leader. So processes that are
/// there at the same time lead as many, give or take one; and one that is left alone leads all, one after the other. What is led stays where it is until the
/// lead ends: a process that comes later gets its share as others stop, in a roll-out for instance.
#[derive(Clone, Debug)]
pub struct Elections(Arc<[Election]>);

/// Several elections to be.
#[derive(Clone, Debug)]
#[must_use = "an election takes place when it is spawned"]
pub struct Several<E> {
    one: Builder<E>,
    groups: Box<[Group]>,
}

/// There cannot be so many receivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadReceivers {
    /// None at all, or without a connection.
    None,
    /// They would have more connections than Slack allows.
    TooMany {
        /// The connections that they would have.
        connections: u32,
    },
    /// With a number behind it, the group's name is too long.
    NameTooLong,
}

impl<E: Engine> Builder<E> {
    /// Several receivers instead of one, each with so many connections; the group's name is the beginning of theirs.
    ///
    /// All processes must be given the same number. While a connection is renewed there are two: with ten in all, a renewal waits for another
    /// connection's end, or ends the old one first.
    ///
    /// # Errors
    /// [`BadReceivers`], if they are none, or would have more connections than the ten that Slack allows an app.
    pub fn receivers(self, receivers: u32, connections: u32) -> Result<Several<E>, BadReceivers> {
        let all = receivers.saturating_mul(connections);
        if all == 0 {
            return Err(BadReceivers::None);
        }
        if all > CONNECTIONS_MAX {
            return Err(BadReceivers::TooMany { connections: all });
        }
        let name = |number| Group::new(&format!("{}-{number}", self.name())).map_err(|_| BadReceivers::NameTooLong);
        let groups = (0..receivers).map(name).collect::<Result<_, _>>()?;
        Ok(Several { one: self, groups })
    }
}

impl<E: Engine> Several<E> {
    /// The handle; each election is a task of its own, and all end when the handle and its clones are gone.
    pub fn spawn(self) -> Elections {
        let manners = Arc::new(Manners::default());
        let spawn = |group: Group| self.one.clone().one_of_several(group, Arc::clone(&manners)).spawn();
        Elections(self.groups.iter().cloned().map(spawn).collect())
    }
}

impl Elections {
    /// Waits until this process leads one (more) of the groups: which, the lead [says](Lead::group). `None`: it takes no part any more. Dropping the
    /// future loses nothing.
    pub async fn elected(&self) -> Option<Lead> {
        let mut all: FuturesUnordered<_> = self.0.iter().map(Election::elected).collect();
        while let Some(lead) = all.next().await {
            if lead.is_some() {
                return lead;
            }
        }
        None
    }

    /// As [`Election::start`], of all.
    pub fn start(&self) {
        self.0.iter().for_each(Election::start);
    }

    /// As [`Election::stop`], of all.
    pub async fn stop(&self) {
        join_all(self.0.iter().map(Election::stop)).await;
    }

    /// Each of them.
    #[must_use]
    pub fn each(&self) -> &[Election] {
        &self.0
    }
}

/// What the elections of one process know of each other: how many of them lead, or ask for a lead.
#[derive(Debug, Default)]
pub(super) struct Manners(AtomicU32);

/// One election's part in that.
#[derive(Debug)]
pub(super) struct Manner {
    all: Option<Arc<Manners>>,
    is_counted: bool,
}

impl Manner {
    pub(super) const fn new(all: Option<Arc<Manners>>) -> Self {
        Self { all, is_counted: false }
    }

    /// Begins to ask; it may only look where nothing has been led for less than this time.
    pub(super) fn ask(&mut self, poll: Millis) -> Millis {
        let Some(all) = self.all.as_ref().filter(|_| !self.is_counted) else { return Millis::ZERO };
        let others = all.0.fetch_add(1, Ordering::AcqRel);
        self.is_counted = true;
        Millis::new(poll.get().saturating_mul(2).saturating_mul(others))
    }

    /// Neither leads nor asks.
    pub(super) fn rest(&mut self) {
        if let Some(all) = self.all.as_ref().filter(|_| self.is_counted) {
            all.0.fetch_sub(1, Ordering::AcqRel);
            self.is_counted = false;
        }
    }
}

impl Drop for Manner {
    fn drop(&mut self) {
        self.rest();
    }
}

impl fmt::Display for BadReceivers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("there must be one receiver at least, with one connection"),
            Self::TooMany { connections } => write!(
                f,
                "these receivers would have {connections} connections in all, and Slack allows an app {CONNECTIONS_MAX}: \
                 have fewer receivers, or fewer connections for each"
            ),
            Self::NameTooLong => f.write_str("the group's name is too long for a number behind it: shorten it by three characters"),
        }
    }
}

impl Error for BadReceivers {}
