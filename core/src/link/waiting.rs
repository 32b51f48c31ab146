//! Owns the states that hold no connection: Idle, Backoff, Shutdown.

use super::fate::due;
use super::{At, Link, Next};
use crate::backoff::scale;
use crate::{Event, Instant, Millis, Pairing, State};

impl<H: Pairing> Link<H> {
    pub(super) fn idle(&self, at: At, event: Event) -> Option<Next<H>> {
        match event {
            Event::Start => Some(self.start(at)),
            Event::Stop(_) | Event::Drain(..) => Some(self.gone(self.stopped())),
            Event::Timeout | Event::Of(..) => None,
        }
    }

    pub(super) fn backoff(&self, at: At, event: Event, until: Instant) -> Option<Next<H>> {
        match event {
            Event::Start => self.sooner(at, until),
            Event::Stop(_) | Event::Drain(..) => Some(self.gone(self.stopped())),
            Event::Timeout if due(at, until) => Some(self.dial(at, self.past)),
            Event::Timeout | Event::Of(..) => None,
        }
    }

    pub(super) fn shutdown(&self, at: At, event: Event) -> Option<Next<H>> {
        match event {
            Event::Start if self.config.redial => Some(self.start(at)),
            Event::Start | Event::Stop(_) | Event::Drain(..) | Event::Timeout | Event::Of(..) => None,
        }
    }

    /// The very first dial, or the first one afresh.
    fn start(&self, at: At) -> Next<H> {
        let mut past = self.past;
        past.forgive();
        let spread = Millis(scale(at.roll, self.config.start_spread.0));
        let until = at.now.after(spread).max(past.not_before);
        if due(at, until) { self.dial(at, past) } else { self.to(State::Backoff { until }).with(past) }
    }

    /// Shortens the wait to the floor.
    fn sooner(&self, at: At, until: Instant) -> Option<Next<H>> {
        let floor = self.past.not_before;
        if due(at, floor) {
            Some(self.dial(at, self.past))
        } else if floor < until {
            Some(self.to(State::Backoff { until: floor }))
        } else {
            None
        }
    }
}
