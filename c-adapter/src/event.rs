//! Owns the vocabulary of a step as C speaks it: what happened, and what is to be done.

use relink_core::{Action, Attempt, CloseCode, Instant, Millis, Report};

use crate::Status;
use crate::argument::Plain;

/// What happened. 0 is none of them: an event that nobody has filled in is invalid.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// The user wants the link; while it waits: the user wants it sooner.
    Start = 1,
    /// The user wants the link ended now: close what is open with `code`.
    Stop = 2,
    /// The user wants the link ended once nothing is in hand, at `until_ms` at the latest, with `code`.
    Drain = 3,
    /// The clock may have passed the deadline. Always safe to send.
    Timeout = 4,
    /// From here on: reports on `attempt`. The opening handshake is done (RFC 6455 section 4.1).
    Opened = 5,
    /// The peer has accepted us in its own protocol: its greeting, or its answer to ours.
    Accepted = 6,
    /// Anything came in: a sign of life. Several between two steps may be merged into one.
    Heard = 7,
    /// The peer's own heartbeat; the next one is promised within `delay_ms`, 0 ends the promise.
    Pulse = 8,
    /// Nothing is in hand on this connection any more.
    Drained = 9,
    /// The peer announces its leaving or asks for ours, and the connection still works. With `verdict`.
    Asked = 10,
    /// The peer's Close came in (RFC 6455 section 5.5.1) and was answered. With `verdict`.
    Closed = 11,
    /// The peer broke the protocol: the connection is to be closed with `code`.
    Broken = 12,
    /// The transport is gone, or never came up. With `verdict`.
    Lost = 13,
}

/// What an ending means for the next attempt. 0 is none of them: whoever reports an ending judges it.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Try again after the policy's delay.
    Retry = 1,
    /// Try again no sooner than `delay_ms` (Retry-After), with the policy's delay on top.
    RetryAfter = 2,
    /// Try again after `delay_ms` in place of the policy's delay, at most its delay_max_ms. Counts as a failure.
    RetryIn = 3,
    /// The attempt was not made, a budget is spent: wait `delay_ms`. Not a failure.
    Postpone = 4,
    /// A planned change of connection: the redial falls at random within `delay_ms`. (Where an overlap is allowed and the link is
    /// stable, the successor is dialled at once.)
    Renew = 5,
    /// Never try again, until the next start.
    GiveUp = 6,
}

/// Something that happened. Fields that do not belong to the kind are not looked at; leave them out:
/// `(relink_event){ .kind = RELINK_EVENT_LOST, .attempt = 1, .verdict = RELINK_VERDICT_RETRY }`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// One of enum relink_event_kind.
    pub kind: u8,
    /// Asked, closed, lost: one of enum relink_verdict.
    pub verdict: u8,
    /// Stop, drain, broken: the close code, 0 to 65535 (RFC 6455 section 7.4). It is sent as it is: 1000 is the usual one.
    pub code: u16,
    /// Reports: which attempt they are of, as the reaction RELINK_REACTION_OPEN named it.
    pub attempt: u32,
    /// Pulse, and verdicts with a delay: milliseconds.
    pub delay_ms: u32,
    /// Nothing: 0.
    pub reserved: u32,
    /// Drain: by when, in milliseconds on the link's clock.
    pub until_ms: u64,
}

// SAFETY: numbers without a gap between them.
unsafe impl Plain for Event {}

/// The one thing to do after a step.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReactionKind {
    /// Nothing: the event means nothing here, the link is unchanged.
    Ignored = 0,
    /// Nothing: it was taken into account.
    Wait = 1,
    /// Begin this attempt: find the address, dial, shake hands. Report its opening, or its loss.
    Open = 2,
    /// Send a ping on this attempt's connection: anything that comes in answers it.
    Ping = 3,
    /// Send a Close with `code` on this attempt's connection, and nothing after it (RFC 6455 section 5.5.1).
    Close = 4,
    /// Drop this attempt's transport, or stop dialling, now. Reports about it no longer matter.
    Abort = 5,
}

/// What a step came to.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// What to do.
    pub kind: ReactionKind,
    /// Nothing: 0.
    pub reserved: u8,
    /// Close: with this code; else 0.
    pub code: u16,
    /// Open, ping, close, abort: the attempt, 1 and up; else 0.
    pub attempt: u32,
}

impl Event {
    pub(crate) fn known(self) -> Result<relink_core::Event, Status> {
        let code = CloseCode::new(self.code);
        Ok(match self.kind {
            kind if kind == EventKind::Start as u8 => relink_core::Event::Start,
            kind if kind == EventKind::Stop as u8 => relink_core::Event::Stop(code),
            kind if kind == EventKind::Drain as u8 => relink_core::Event::Drain(Instant::from_millis(self.until_ms), code),
            kind if kind == EventKind::Timeout as u8 => relink_core::Event::Timeout,
            _ => relink_core::Event::Of(Attempt::from_number(self.attempt), self.report()?),
        })
    }

    fn report(self) -> Result<Report, Status> {
        Ok(match self.kind {
            kind if kind == EventKind::Opened as u8 => Report::Opened,
            kind if kind == EventKind::Accepted as u8 => Report::Accepted,
            kind if kind == EventKind::Heard as u8 => Report::Heard,
            kind if kind == EventKind::Pulse as u8 => Report::Pulse(Millis::new(self.delay_ms)),
            kind if kind == EventKind::Drained as u8 => Report::Drained,
            kind if kind == EventKind::Asked as u8 => Report::Asked(self.judged()?),
            kind if kind == EventKind::Closed as u8 => Report::Closed(self.judged()?),
            kind if kind == EventKind::Broken as u8 => Report::Broken(CloseCode::new(self.code)),
            kind if kind == EventKind::Lost as u8 => Report::Lost(self.judged()?),
            _ => return Err(Status::Invalid),
        })
    }

    fn judged(self) -> Result<relink_core::Verdict, Status> {
        let delay = Millis::new(self.delay_ms);
        Ok(match self.verdict {
            verdict if verdict == Verdict::Retry as u8 => relink_core::Verdict::Retry,
            verdict if verdict == Verdict::RetryAfter as u8 => relink_core::Verdict::RetryAfter(delay),
            verdict if verdict == Verdict::RetryIn as u8 => relink_core::Verdict::RetryIn(delay),
            verdict if verdict == Verdict::Postpone as u8 => relink_core::Verdict::Postpone(delay),
            verdict if verdict == Verdict::Renew as u8 => relink_core::Verdict::Renew { within: delay },
            verdict if verdict == Verdict::GiveUp as u8 => relink_core::Verdict::GiveUp,
            _ => return Err(Status::Invalid),
        })
    }
}

impl Reaction {
    /// What is answered where no step was made.
    pub(crate) const IGNORED: Self = Self { kind: ReactionKind::Ignored, reserved: 0, code: 0, attempt: 0 };

    pub(crate) const fn of(reaction: relink_core::Reaction) -> Self {
        match reaction {
            relink_core::Reaction::Ignored => Self::IGNORED,
            relink_core::Reaction::Wait => Self { kind: ReactionKind::Wait, ..Self::IGNORED },
            relink_core::Reaction::Do(Action::Open(attempt)) => Self::on(ReactionKind::Open, attempt),
            relink_core::Reaction::Do(Action::Ping(attempt)) => Self::on(ReactionKind::Ping, attempt),
            relink_core::Reaction::Do(Action::Close(attempt, code)) => Self { code: code.get(), ..Self::on(ReactionKind::Close, attempt) },
            relink_core::Reaction::Do(Action::Abort(attempt)) => Self::on(ReactionKind::Abort, attempt),
        }
    }

    const fn on(kind: ReactionKind, attempt: Attempt) -> Self {
        Self { kind, attempt: attempt.number(), ..Self::IGNORED }
    }
}
