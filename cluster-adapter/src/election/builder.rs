//! Owns how an election is set up.

use std::sync::{Arc, Mutex};

use relink_core::Millis;
use relink_tokio::Clock;
use tokio::sync::{Notify, watch};

use super::ballot::Ballot;
use super::driver::Machine;
use super::several::{Manner, Manners};
use super::sight::Sight;
use super::status::{Board, Counts};
use super::timepiece::Timepiece;
use super::{Election, Shared, Terms, Wish};
use crate::driver::Driver;
use crate::{Engine, Group, Holder, Settings};

/// An election to be.
#[derive(Clone, Debug)]
#[must_use = "an election takes place when it is spawned, or its driver polled"]
pub struct Builder<E> {
    engine: E,
    group: Group,
    holder: Holder,
    terms: Option<Terms>,
    clock: Option<Timepiece>,
    manners: Option<Arc<Manners>>,
    is_idle: bool,
}

impl<E: Engine> Builder<E> {
    pub(super) const fn new(engine: E, group: Group, holder: Holder) -> Self {
        Self { engine, group, holder, terms: None, clock: None, manners: None, is_idle: false }
    }

    /// Other terms than those that [suit](Builder::terms_for) the engine's settings. The lease's length is always the engine's.
    pub const fn terms(mut self, terms: Terms) -> Self {
        self.terms = Some(terms);
        self
    }

    /// Another clock than [`Clock::boot`]: tokio's, in tests.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(Timepiece::True(clock));
        self
    }

    #[cfg(test)]
    pub(super) fn bent(mut self, clock: Arc<super::tests::Bent>) -> Self {
        self.clock = Some(Timepiece::Bent(clock));
        self
    }

    pub(super) fn name(&self) -> &str {
        self.group.as_str()
    }

    pub(super) fn one_of_several(mut self, group: Group, manners: Arc<Manners>) -> Self {
        (self.group, self.manners) = (group, Some(manners));
        self
    }

    /// It takes no part until it is [started](Election::start).
    pub const fn idle(mut self) -> Self {
        self.is_idle = true;
        self
    }

    /// The terms that suit an engine: [`Terms::DEFAULT`] for a lease of 15 s, in proportion for others; and an answer is waited for a little longer
    /// than the engine itself waits, so that the engine sees that its server is silent.
    #[must_use]
    pub fn terms_for(settings: &Settings) -> Terms {
        let part = |fifteenths| Millis::from_duration(settings.lease * fifteenths / 15);
        Terms {
            lease: Millis::from_duration(settings.lease),
            renew_every: part(2),
            margin: part(3),
            drain: part(2),
            request_timeout: Millis::from_duration(settings.request_timeout * 9 / 8),
            retry_every: Millis::from_duration(settings.poll()),
            ..Terms::DEFAULT
        }
        .clamped()
    }

    /// The handle, and the future that makes it happen.
    pub fn build(self) -> (Election, Driver) {
        let settings = self.engine.settings();
        let terms = self.terms.unwrap_or_else(|| Self::terms_for(settings));
        let terms = Terms { lease: Millis::from_duration(settings.lease), ..terms };
        let sight = Sight::new(settings.lease, terms.retry_every.as_duration());
        let manner = Manner::new(self.manners);
        let clock = self.clock.unwrap_or(Timepiece::True(Clock::boot()));
        let shared = Arc::new(Shared {
            group: self.group.clone(),
            holder: self.holder.clone(),
            lead: Mutex::new(None),
            stirs: Arc::new(Notify::new()),
            counts: Counts::default(),
        });
        let (wishes, wished) = watch::channel(Wish { number: 0, is_lead: !self.is_idle });
        let (board, status) = Board::new();
        let ballot = Ballot { engine: self.engine, group: self.group, holder: self.holder };
        let machine = Machine::new(terms, ballot, (sight, manner), clock, Arc::clone(&shared), wished, board);
        (Election { wishes, status, shared }, Driver::new(machine.run()))
    }

    /// The handle; the rest is a task of its own, which ends when the handle and its clones are gone.
    pub fn spawn(self) -> Election {
        let (election, driver) = self.build();
        tokio::spawn(driver);
        election
    }
}
