//! The reading of an event: the part that is the same in every state.

use super::Step;
use crate::{Attempt, Event, Pairing, Report, State};

/// An event as the state functions match it. What it carries is noted in the [`Step`].
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Signal {
    /// A report of an attempt that is not held any more.
    Nothing,
    Start,
    /// Close with [`Step::code`].
    Stop,
    /// To be over at [`Step::until`], closed with [`Step::code`].
    Drain,
    /// A deadline may have passed: each state looks at its own.
    Timeout,
    Opened,
    Accepted,
    Heard,
    /// The next one is promised by [`Step::until`].
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
    /// So do we, since the peer wants us gone, with whatever is beside the connection.
    Asked,
}

/// The number that no attempt has: for states that hold none.
pub(super) const NOBODY: Attempt = Attempt(0);

impl<H: Pairing> Step<'_, H> {
    /// The event as it concerns a link in this state: whether it is about an attempt that is held, and which.
    pub(super) fn read(&mut self, event: Event, state: &State) -> Signal {
        match event {
            Event::Start => Signal::Start,
            Event::Stop(code) => {
                self.code = code;
                Signal::Stop
            }
            Event::Drain(until, code) => {
                (self.until, self.code) = (until, code);
                Signal::Drain
            }
            Event::Timeout => Signal::Timeout,
            Event::Of(NOBODY, _) => Signal::Nothing,
            Event::Of(attempt, report) => {
                if attempt != state.first() {
                    self.beside = H::PAIRED && attempt == state.second();
                    if !self.beside {
                        return Signal::Nothing;
                    }
                }
                self.read_report(report)
            }
        }
    }

    fn read_report(&mut self, report: Report) -> Signal {
        match report {
            Report::Opened | Report::Accepted | Report::Heard | Report::Drained => {}
            Report::Pulse(next) => self.until = self.unless_off(next),
            Report::Asked(verdict) | Report::Closed(verdict) | Report::Lost(verdict) => self.verdict = verdict,
            Report::Broken(code) => self.code = code,
        }
        match report {
            Report::Opened => Signal::Opened,
            Report::Accepted => Signal::Accepted,
            Report::Heard => Signal::Heard,
            Report::Pulse(_) => Signal::Pulse,
            Report::Drained => Signal::Drained,
            Report::Asked(_) => Signal::Asked,
            Report::Closed(_) => Signal::Closed,
            Report::Broken(_) => Signal::Broken,
            Report::Lost(_) => Signal::Lost,
        }
    }
}
