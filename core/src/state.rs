//! The states of a link. Each owns its data: its attempt, its deadlines, what follows.

use crate::{Attempt, CloseCode, Instant};

/// Where a link is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum State {
    /// Never started.
    Idle,
    /// An attempt is under way: address, dial, opening handshake.
    Connecting {
        /// The attempt.
        attempt: Attempt,
        /// When it is given up.
        deadline: Instant,
    },
    /// The connection is open, the peer has yet to accept us.
    Open {
        /// The connection's attempt.
        attempt: Attempt,
        /// When the acceptance is given up.
        deadline: Instant,
    },
    /// Accepted: messages flow.
    Ready(Ready),
    /// Ending once nothing is in hand.
    Draining(Draining),
    /// A Close frame was sent or received: waiting for the transport's end.
    Closing(Closing),
    /// Waiting to dial.
    Backoff {
        /// When to dial.
        until: Instant,
    },
    /// Ended; only a Start begins afresh.
    Shutdown {
        /// Why.
        because: End,
    },
}

/// Why a link ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum End {
    /// The user asked for it.
    Stopped,
    /// A verdict said [`GiveUp`](crate::Verdict::GiveUp).
    GivenUp,
    /// `failures_max` was reached.
    Exhausted,
    /// The one connection of a link that does not redial is over.
    Over,
}

/// What follows when the connections at hand are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Then {
    /// Dial again, no sooner than this.
    Dial(Instant),
    /// Shut down: [`End::Stopped`].
    Stop,
    /// Shut down: [`End::GivenUp`].
    GiveUp,
    /// Shut down: [`End::Exhausted`].
    Exhaust,
    /// Shut down: [`End::Over`].
    Over,
}

/// What has been done about a silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Probe {
    /// Nothing yet.
    Quiet,
    /// A ping was sent.
    Pinged,
    /// One more was sent because the clock had jumped; the next missed deadline decides.
    Probed,
}

/// Messages flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Ready {
    /// The current connection.
    pub attempt: Attempt,
    /// What has been done about its silence.
    pub probe: Probe,
    /// When the silence, or the wait for a pong, has lasted long enough.
    pub silent_at: Instant,
    /// When the peer's own heartbeat is overdue.
    pub pulse_by: Instant,
    /// The change of connection.
    pub handover: Handover,
}

/// How far the change from one connection to the next has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Handover {
    /// There is one connection.
    Alone(Age),
    /// The current connection stays while a successor is sought.
    Seeking(Successor),
    /// A successor was refused for good: the current connection is the last.
    Last(Then),
    /// The current connection has replaced an older one that still goes on.
    Replaced(Age, Predecessor),
}

/// What follows from a connection's age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Age {
    /// From here on the link is stable: failures are forgiven.
    pub stable_at: Instant,
    /// From here on the connection is to be renewed.
    pub renew_at: Instant,
}

/// The attempt that is to replace the current connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Successor {
    /// Waiting to dial.
    Backoff {
        /// When to dial.
        until: Instant,
    },
    /// Under way.
    Connecting {
        /// The attempt.
        attempt: Attempt,
        /// When it is given up.
        deadline: Instant,
    },
    /// Open, not yet accepted.
    Open {
        /// The attempt.
        attempt: Attempt,
        /// When it is given up.
        deadline: Instant,
    },
}

/// The connection that was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Predecessor {
    /// Its attempt.
    pub attempt: Attempt,
    /// When it is closed, or if it is closing, aborted.
    pub until: Instant,
    /// Whether its closing handshake has begun.
    pub closing: bool,
}

/// Ending once nothing is in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Draining {
    /// The current connection.
    pub attempt: Attempt,
    /// Whether something may be in hand on it.
    pub busy: bool,
    /// The close code to end with.
    pub code: CloseCode,
    /// When it ends, whatever is in hand.
    pub until: Instant,
    /// What follows.
    pub then: Then,
    /// The older connection beside it.
    pub older: Older,
}

/// A second connection while draining.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Older {
    /// There is none.
    None,
    /// The connection, and whether something may be in hand on it.
    Held(Attempt, bool),
}

/// Waiting for the transport's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Closing {
    /// The connection.
    pub attempt: Attempt,
    /// When it is aborted.
    pub deadline: Instant,
    /// What follows.
    pub then: Then,
    /// A second connection that ends with it.
    pub other: Other,
}

/// A second connection while closing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Other {
    /// There is none.
    None,
    /// It is to be aborted in the next step.
    ToAbort(Attempt),
    /// It is to be closed in the next step.
    ToClose(Attempt, CloseCode),
    /// Its closing handshake has begun too.
    Closing(Attempt),
}

/// A link that may hold a replaced connection beside its successor, if its `overlap_max` says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Overlap;

/// A link that never holds two connections, whatever its `overlap_max` says. The code for a second one is not compiled
/// in: a device pays for one connection only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Single;

/// How many connections a link can hold: implemented by [`Overlap`] and [`Single`] only.
pub trait Pairing: private::Sealed {
    /// Whether a second connection can exist. Where it is `false`, what concerns one is dead code to the compiler.
    const PAIRED: bool;
}

impl Pairing for Overlap {
    const PAIRED: bool = true;
}

impl Pairing for Single {
    const PAIRED: bool = false;
}

mod private {
    pub trait Sealed {}
    impl Sealed for super::Overlap {}
    impl Sealed for super::Single {}
}
