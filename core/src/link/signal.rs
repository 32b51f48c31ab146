//! Owns the reading of an event: the part that is the same in every state.

use super::Step;
use crate::{Attempt, Event, Instant, Pairing, Report};

/// An event as the state functions match it. What the event
/// carries is noted in the [`Step`].
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Signal {
    /// A report of an attempt that is not held any more, or a Timeout before the deadline.
    Nothing,
    Start,
    /// Close with [`Step::code`].
    Stop,
    /// To be over at [`Step::until`], closed with [`Step::code`].
    Drain,
    /// A deadline has passed.
    Timeout,
    Opened,
    Accepted,
    Heard,
    /// The next one is promised within [`Step::pulse`].
    Pulse,
    Drained,
    /// This and the next three end an attempt, with [`Step::verdict`].
    Asked,
    Closed,
    /// To be closed with [`Step::code`].
    Broken,
    Lost,
}

/// How an attempt or connection ends.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum How {
    /// Its transport is gone.
    Lost,
    /// Its transport is to be dropped.
    Dead,
    /// The peer closes it.
    Closed,
    /// We close it, with [`Step::code`].
    Leave,
}

/// The number that no attempt has: for states that hold none.
pub(super) const NOBODY: Attempt = Attempt(0);

impl<H: Pairing> Step<'_, H> {
    /// The event as it concerns a state that holds these attempts (or [`NOBODY`]) and waits until `deadline`.
    pub(super) fn read(&mut self, current: Attempt, beside: Attempt, deadline: Instant) -> Signal {
        match self.event {
            Event::Start => Signal::Start,
            Event::Stop(code) => {
                self.code = code;
                Signal::Stop
            }
            Event::Drain(until, code) => {
                (self.until, self.code) = (until, code);
                Signal::Drain
            }
            Event::Timeout if self.due(deadline) => Signal::Timeout,
            Event::Timeout | Event::Of(NOBODY, _) => Signal::Nothing,
            Event::Of(attempt, report) => {
                self.beside = H::PAIRED && attempt == beside;
                if attempt == current || self.beside { self.read_report(report) } else { Signal::Nothing }
            }
        }
    }

    fn read_report(&mut self, report: Report) -> Signal {
        let (signal, verdict) = match report {
            Report::Opened => return Signal::Opened,
            Report::Accepted => return Signal::Accepted,
            Report::Heard => return Signal::Heard,
            Report::Pulse(next) => {
                self.pulse = next;
                return Signal::Pulse;
            }
            Report::Drained => return Signal::Drained,
            Report::Broken(code) => {
                self.code = code;
                return Signal::Broken;
            }
            Report::Asked(verdict) => (Signal::Asked, verdict),
            Report::Closed(verdict) => (Signal::Closed, verdict),
            Report::Lost(verdict) => (Signal::Lost, verdict),
        };
        self.verdict = verdict;
        signal
    }
}
