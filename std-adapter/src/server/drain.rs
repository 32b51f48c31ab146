//! Ending them all: nobody is let in any more, everybody is told, closes are spread, who does not answer is dropped.

use std::pin::pin;
use std::sync::atomic::Ordering;
use std::time::Duration;

use relink_core::drain::{self, Action, Event, Reaction, Seat, State, Tally};
use relink_core::registry::{Gone, Key};
use relink_core::{CloseCode, Instant, Millis};

use super::house::{House, Refused};
use super::{Cause, Rejection, Server};
use crate::ws::Protocol;

/// Actions taken under one lock, before others get it.
const BATCH_MAX: usize = 64;

/// How many connections are to be ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The time from the beginning, when farewells are said, to the first close.
    pub grace: Millis,
    /// The time over which the closes are spread, in random order: so that a fleet does not come back in one instant.
    pub spread: Millis,
    /// The time from the end of the spread until those are dropped that are still there.
    pub close_deadline: Millis,
    /// What `Retry-After` says to those that come meanwhile, with a 503.
    pub hint: Millis,
    /// What the Close frames say: 1001, the server goes away, or 1012, it comes back.
    pub code: CloseCode,
}

impl Plan {
    /// No grace, closes with 1001 over 5 s, 5 s more for those that answer slowly; come back after 5 s.
    pub const DEFAULT: Self = Self {
        grace: Millis::ZERO,
        spread: Millis::from_secs(5),
        close_deadline: Millis::from_secs(5),
        hint: Millis::from_secs(5),
        code: CloseCode::GOING_AWAY,
    };
}

impl Default for Plan {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// How a drain went: what became of those that were there when it began, and had been let in. Who came too late, or was still
/// being judged, was refused, and is not counted here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Connections that ended by themselves, or with a closing handshake.
    pub graceful: u32,
    /// Connections whose transport had to be dropped: the closing handshake had begun, by whomever, and was not over within
    /// `closing_timeout` of the configuration; or connection and session were not over at the drain's deadline. One that is
    /// lost without a Close, a client that has crashed for instance, has ended by itself.
    pub forced: u32,
    /// How long it took.
    pub took: Duration,
}

/// Ending.
impl<P: Protocol> Server<P> {
    /// Ends all connections as planned, and resolves when none is left: no session, no socket.
    ///
    /// From the first poll on nobody is let in any more, for ever: requests get a 503 with `Retry-After`, those that are being judged as
    /// soon as the gate has answered, and [`Server::is_ready`] is false. It ends within `grace + spread + close_deadline`, whatever the peers do, and a moment for
    /// their tasks. If it is called again meanwhile, both calls end the same connections, as the first one planned. Dropping
    /// the future leaves those open that were not told to close yet, until it is called again.
    pub async fn drain(&self, plan: Plan) -> Report {
        let house = &*self.house;
        let began = house.begin_drain(&plan);
        loop {
            let mut changed = pin!(house.changed.notified());
            changed.as_mut().enable();
            let batch = house.drain_step();
            batch.actions.into_iter().for_each(|action| house.perform(action, batch.code));
            if let Some(tally) = batch.over {
                house.empty().await;
                let took = Duration::from_millis(house.now().as_millis().saturating_sub(began.as_millis()));
                let strangers = house.rooms().strangers;
                let graceful = tally.graceful.saturating_sub(strangers.graceful);
                return Report { graceful, forced: tally.forced.saturating_sub(strangers.forced), took };
            }
            tokio::select! {
                () = &mut changed => {}
                () = tokio::time::sleep(batch.wait) => {}
            }
        }
    }
}

/// What is to be done now, and how long it takes to the next.
struct Batch {
    actions: Vec<Action<Key>>,
    wait: Duration,
    over: Option<Tally>,
    /// What the first one planned.
    code: CloseCode,
}

impl<P: Protocol> House<P> {
    fn begin_drain(&self, plan: &Plan) -> Instant {
        let now = self.now();
        let mut rooms = self.rooms();
        if rooms.drain.is_none() {
            let Plan { grace, spread, close_deadline, .. } = *plan;
            let farewell = self.settings.farewell.is_some();
            let plan_of_core = drain::Plan { farewell, grace, spread, closing_timeout: close_deadline };
            let mut drain = drain::Drain::new(plan_of_core, vec![Seat::EMPTY; rooms.registry.capacity()]);
            let _refuse = drain.step(now, 0, Event::Begin);
            for guest in rooms.registry.iter() {
                let _taken_into_account = drain.step(now, 0, Event::Joined(guest.key));
            }
            rooms.drain = Some(drain);
            (rooms.retry_after, rooms.drain_code) = (plan.hint, plan.code);
            let connections = rooms.registry.len();
            drop(rooms);
            self.counters.drain_began();
            tracing::info!(connections, "draining");
        }
        now
    }

    fn drain_step(&self) -> Batch {
        let now = self.now();
        let mut batch = Batch { actions: Vec::new(), wait: Duration::ZERO, over: None, code: CloseCode::GOING_AWAY };
        let mut rooms = self.rooms();
        batch.code = rooms.drain_code;
        let Some(drain) = &mut rooms.drain else { return batch };
        while batch.actions.len() < BATCH_MAX {
            match drain.deadline() {
                Some(deadline) if deadline <= now => {}
                Some(deadline) => {
                    batch.wait = Duration::from_millis(deadline.as_millis().saturating_sub(now.as_millis()));
                    break;
                }
                None => break,
            }
            match drain.step(now, fastrand::u32(..), Event::Timeout) {
                Reaction::Do(Action::Drained(_)) | Reaction::Wait | Reaction::Ignored => {}
                Reaction::Do(action) => batch.actions.push(action),
            }
        }
        if drain.state() == State::Drained {
            batch.over = Some(drain.tally());
            let was_closed = std::mem::replace(&mut rooms.closed, true);
            drop(rooms);
            if !was_closed {
                self.counters.drain_ended();
            }
            self.changed.notify_waiters();
        }
        batch
    }

    fn perform(&self, action: Action<Key>, code: CloseCode) {
        match action {
            Action::Farewell(key) => {
                let known = match self.rooms().registry.get(key) {
                    Ok(guest) => guest.about().map(|about| (guest.client.clone(), about.clone())),
                    Err(Gone) => None,
                };
                let Some((client, about)) = known else { return };
                if let Some(message) = self.settings.farewell.as_ref().and_then(|farewell| farewell(&about)) {
                    // Who cannot take it will see the Close.
                    let _ = client.try_send(message);
                }
            }
            Action::Close(key) => self.end_drained(key, code),
            Action::Force(key) => {
                let mut rooms = self.rooms();
                let Ok(guest) = rooms.registry.get_mut(key) else { return };
                guest.cause.get_or_insert((Cause::Drained, code));
                guest.dropped = true;
                if let Some(task) = &guest.task {
                    task.abort();
                }
                let is_stranger = !guest.is_let_in();
                rooms.strangers.forced += u32::from(is_stranger);
            }
            Action::Refuse | Action::Drained(_) => {}
        }
    }

    /// Waits until the tasks of all connections have ended, those that are being refused among them.
    async fn empty(&self) {
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            if self.rooms().registry.is_empty() && self.refusals.load(Ordering::Acquire) == 0 {
                return;
            }
            changed.await;
        }
    }

    /// Waits until the server has ended.
    pub(super) async fn over(&self) {
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            if self.rooms().closed {
                return;
            }
            changed.await;
        }
    }

    pub(super) fn rejection(&self, refused: Refused) -> Rejection {
        match refused {
            Refused::Limit => Rejection::unavailable(self.settings.limits.retry_after, "there are as many connections as there may be"),
            Refused::Ending => {
                let why = "sessions like this one are being ended, again and again; come back later";
                Rejection::unavailable(self.settings.limits.retry_after, why)
            }
            Refused::Draining => Rejection::unavailable(self.rooms().retry_after, "the server is about to end; come back later"),
        }
    }
}
