//! The core's vocabulary: what can be told to a link, and what it can ask for.

use crate::{Attempt, CloseCode, Instant, Millis};

/// Something that happened, told to [`Link::step`](crate::Link::step).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Event {
    /// The user wants the link; while it waits: the user wants it sooner.
    Start,
    /// The user wants the link ended now: close what is open with this code.
    Stop(CloseCode),
    /// The user wants the link ended once nothing is in hand, at this point in time at the latest.
    Drain(Instant, CloseCode),
    /// The clock may have passed [`Link::deadline`](crate::Link::deadline). Always safe to send.
    Timeout,
    /// The transport, or whoever reads the protocol on it, reports on one attempt.
    Of(Attempt, Report),
}

/// What is reported of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Report {
    /// The opening handshake is done (RFC 6455 §4.1).
    Opened,
    /// The peer has accepted us in its own protocol: its greeting, or its answer to ours.
    Accepted,
    /// A frame came in: a sign of life. Several between two steps may be merged into one.
    Heard,
    /// The peer's own heartbeat, with the time in which it promises the next one; 0 ms ends the promise.
    Pulse(Millis),
    /// Nothing is in hand on this connection any more.
    Drained,
    /// The peer announces its leaving, or asks for ours; the connection still works.
    Asked(Verdict),
    /// The peer's Close frame came in (RFC 6455 §5.5.1); the shell has answered it.
    Closed(Verdict),
    /// The peer broke the protocol; the connection is to be closed with this code (RFC 6455 §7.1.7).
    Broken(CloseCode),
    /// The transport is gone, or never came up.
    Lost(Verdict),
}

/// What an ending means for the next attempt. Whoever knows the protocol judges, the link decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Verdict {
    /// Try again after the policy's delay.
    Retry,
    /// Try again no sooner than this (`Retry-After`), with the policy's delay on top.
    RetryAfter(Millis),
    /// Try again after this delay in place of the policy's own, at most its `delay_max`: the user's own curve. Counts as a failure.
    RetryIn(Millis),
    /// The attempt was not made, a budget is spent: wait this long. Not a failure.
    Postpone(Millis),
    /// A planned change of connection.
    ///
    /// Where the connection is gone, or is closed first, the redial falls at random within this time: the random delay is what
    /// keeps a fleet from dialling as one. Where [`Config::overlap_max`](crate::Config::overlap_max) lets the current connection go
    /// on, a stable link opens the successor at once, whatever is given here: nobody is cut off by waiting for it, and the peer
    /// that asks has picked the moment. (On an unstable link the policy's delay or this, whichever is longer, comes first.)
    Renew {
        /// The time over which a fleet's redials are spread; without effect on a stable link that overlaps.
        within: Millis,
    },
    /// Never try again, until the next [`Event::Start`].
    GiveUp,
}

/// The one thing a shell must do after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Action {
    /// Begin this attempt: find the address, dial, shake hands.
    Open(Attempt),
    /// Send a ping: any inbound frame answers it.
    Ping(Attempt),
    /// Send a Close frame with this code, and nothing after it (RFC 6455 §5.5.1).
    Close(Attempt, CloseCode),
    /// Drop this attempt's transport, or stop dialling, now. Reports about it no longer matter. Where no Close was sent, a shell may
    /// write one before, if nothing has to wait for it: a server then frees the connection's place at once.
    Abort(Attempt),
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "an action that is not performed leaves the link waiting for its effect"]
pub enum Reaction {
    /// Perform this action.
    Do(Action),
    /// Taken into account; nothing to perform.
    Wait,
    /// Means nothing here: the link is unchanged.
    Ignored,
}
