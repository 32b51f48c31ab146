//! Owns what C can read of a link.

use relink_core::{Attempt, Handover, Link, Older, Other, Pairing, Successor, Then};

/// Where a link is.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Never started.
    Idle = 0,
    /// An attempt is under way: address, dial, opening handshake.
    Connecting = 1,
    /// The connection is open, the peer has yet to accept us.
    Open = 2,
    /// Accepted: messages flow.
    Ready = 3,
    /// Ending once nothing is in hand.
    Draining = 4,
    /// A Close was sent or received: waiting for the transport's end.
    Closing = 5,
    /// Waiting to dial.
    Backoff = 6,
    /// Ended; only a start begins afresh.
    Shutdown = 7,
}

/// What stands beside the current connection.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// Nothing.
    Nothing = 0,
    /// Ready: a successor waits to be dialled.
    Backoff = 1,
    /// Ready: a successor is being dialled.
    Connecting = 2,
    /// Ready: a successor is open and waits to be accepted.
    Open = 3,
    /// Ready: a successor was refused for good, the current connection is the last.
    Last = 4,
    /// Ready, draining: the older connection goes on.
    Old = 5,
    /// Draining: the older connection is there, with nothing in hand.
    OldDrained = 6,
    /// Ready: the older connection is closing.
    OldClosing = 7,
    /// Closing: a second connection is to be aborted in the next step.
    ToAbort = 8,
    /// Closing: a second connection is to be closed in the next step.
    ToClose = 9,
    /// Closing: a second connection is closing, too.
    Closing = 10,
}

/// Why a link ended, or will have when its connections are gone.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It does not end: another dial follows.
    None = 0,
    /// The user asked for it.
    Stopped = 1,
    /// A verdict was RELINK_VERDICT_GIVE_UP.
    GivenUp = 2,
    /// failures_max was reached.
    Exhausted = 3,
    /// The one connection of a link that does not redial is over.
    Over = 4,
}

/// What can be read of a link.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Where it is.
    pub state: State,
    /// Ready, draining, closing: what stands beside the current connection.
    pub beside: Beside,
    /// Draining, closing, shutdown: how it ends.
    pub end: End,
    /// Draining: whether something may be in hand on the current connection.
    pub busy: bool,
    /// The current attempt; 0: there is none.
    pub attempt: u32,
    /// The attempt beside it; 0: there is none.
    pub other: u32,
    /// Failures since the link was last stable.
    pub failures: u32,
    /// The number of the latest attempt; 0 before the first. After 4294967295 it starts over.
    pub attempts: u32,
    /// The ceiling (with RELINK_JITTER_DECORRELATED the delay) of the failure before, in milliseconds; 0 after none.
    pub backoff_memory_ms: u32,
    /// No dial happens before this point, whoever asks.
    pub not_before_ms: u64,
}

impl View {
    pub(crate) fn of<H: Pairing>(link: &Link<H>) -> Self {
        let (current, other) = link.state().attempts();
        let number = |attempt: Option<Attempt>| attempt.map_or(0, Attempt::number);
        let (state, beside, end, busy) = columns(&link.state());
        Self {
            state,
            beside,
            end,
            busy,
            attempt: number(current),
            other: number(other),
            failures: link.failures(),
            attempts: link.attempts(),
            backoff_memory_ms: link.backoff_memory().get(),
            not_before_ms: link.not_before().as_millis(),
        }
    }
}

fn columns(state: &relink_core::State) -> (State, Beside, End, bool) {
    let alone = |state| (state, Beside::Nothing, End::None, false);
    match state {
        relink_core::State::Idle => alone(State::Idle),
        relink_core::State::Connecting { .. } => alone(State::Connecting),
        relink_core::State::Open { .. } => alone(State::Open),
        relink_core::State::Backoff { .. } => alone(State::Backoff),
        relink_core::State::Ready(ready) => (State::Ready, beside_ready(&ready.handover), End::None, false),
        relink_core::State::Draining(draining) => {
            let beside = match draining.older {
                Older::None => Beside::Nothing,
                Older::Held(_, true) => Beside::Old,
                Older::Held(_, false) => Beside::OldDrained,
            };
            (State::Draining, beside, follows(draining.then), draining.busy)
        }
        relink_core::State::Closing(closing) => {
            let beside = match closing.other {
                Other::None => Beside::Nothing,
                Other::ToAbort(_) => Beside::ToAbort,
                Other::ToClose(_, _) => Beside::ToClose,
                Other::Closing(_) => Beside::Closing,
            };
            (State::Closing, beside, follows(closing.then), false)
        }
        relink_core::State::Shutdown { because } => (State::Shutdown, Beside::Nothing, ended(*because), false),
    }
}

const fn beside_ready(handover: &Handover) -> Beside {
    match handover {
        Handover::Alone(_) => Beside::Nothing,
        Handover::Seeking(Successor::Backoff { .. }) => Beside::Backoff,
        Handover::Seeking(Successor::Connecting { .. }) => Beside::Connecting,
        Handover::Seeking(Successor::Open { .. }) => Beside::Open,
        Handover::Last(_) => Beside::Last,
        Handover::Replaced(_, old) if old.closing => Beside::OldClosing,
        Handover::Replaced(_, _) => Beside::Old,
    }
}

const fn follows(then: Then) -> End {
    match then {
        Then::Dial(_) => End::None,
        Then::Stop => End::Stopped,
        Then::GiveUp => End::GivenUp,
        Then::Exhaust => End::Exhausted,
        Then::Over => End::Over,
    }
}

const fn ended(because: relink_core::End) -> End {
    match because {
        relink_core::End::Stopped => End::Stopped,
        relink_core::End::GivenUp => End::GivenUp,
        relink_core::End::Exhausted => End::Exhausted,
        relink_core::End::Over => End::Over,
    }
}
