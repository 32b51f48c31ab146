//! The states that hold no connection: Idle, Backoff, Shutdown.

use super::signal::Signal;
use super::{Effect, Step};
use crate::backoff::scale;
use crate::{Instant, Millis, Pairing, State};

impl<H: Pairing> Step<'_, H> {
    pub(super) fn idle(&mut self, signal: Signal) -> Effect {
        match signal {
            Signal::Start => self.start(),
            Signal::Stop | Signal::Drain => self.gone(),
            Signal::Nothing | Signal::Timeout | Signal::Opened | Signal::Accepted => self.ignored(),
            Signal::Heard | Signal::Pulse | Signal::Drained | Signal::Asked | Signal::Closed | Signal::Broken | Signal::Lost => {
                self.ignored()
            }
        }
    }

    pub(super) fn backoff(&mut self, signal: Signal, until: Instant) -> Effect {
        match signal {
            Signal::Start => self.sooner(until),
            Signal::Stop | Signal::Drain => self.gone(),
            Signal::Timeout if self.due(until) => self.dial(),
            Signal::Nothing | Signal::Timeout | Signal::Opened | Signal::Accepted | Signal::Heard => self.ignored(),
            Signal::Pulse | Signal::Drained | Signal::Asked | Signal::Closed | Signal::Broken | Signal::Lost => self.ignored(),
        }
    }

    pub(super) fn shutdown(&mut self, signal: Signal) -> Effect {
        match signal {
            Signal::Start if self.on.config.redial => self.start(),
            Signal::Start | Signal::Stop | Signal::Drain | Signal::Timeout => self.ignored(),
            Signal::Nothing | Signal::Opened | Signal::Accepted | Signal::Heard => self.ignored(),
            Signal::Pulse | Signal::Drained | Signal::Asked | Signal::Closed | Signal::Broken | Signal::Lost => self.ignored(),
        }
    }

    /// The very first dial, or the first one afresh.
    fn start(&mut self) -> Effect {
        self.on.past.forgive();
        let spread = Millis(scale(self.roll, self.on.config.start_spread.0));
        self.dial_at(self.after(spread).max(self.on.past.not_before))
    }

    /// Shortens the wait to the floor.
    fn sooner(&mut self, until: Instant) -> Effect {
        let floor = self.on.past.not_before;
        if floor >= until && !self.due(until) {
            return self.ignored();
        }
        self.dial_at(floor)
    }

    fn dial_at(&mut self, until: Instant) -> Effect {
        if self.due(until) { self.dial() } else { self.to(State::Backoff { until }) }
    }
}
