//! The vocabulary of an elector: what can be told to it, and what it asks for.

use crate::{Instant, Millis};

/// The name of one request to the store. Compared only for equality.
///
/// Numbers begin at 1, grow by 1 with each request and start over after 2³²−1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Request(pub(super) u32);

impl Request {
    /// The request with this number.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// The fencing token of a lead: whoever stores something in its name refuses what comes with a smaller one. Above 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Token(u64);

impl Token {
    /// Below every token.
    pub(super) const NONE: Self = Self(0);

    /// The token with this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// Something that happened, told to [`Elector::step`](super::Elector::step).
///
/// What is told of a lead names it by its token, and what is told of a request names that: of another one it means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Event {
    /// The user wants to lead.
    Start,
    /// The user wants to lead no more: drain, release, and be idle.
    Stop,
    /// The clock may have passed [`Elector::deadline`](super::Elector::deadline). Always safe to send.
    Timeout,
    /// The lease has become free, as far as somebody who watches the store can tell: a hint, which may be late or wrong.
    Vacant,
    /// The lease of this lead is not ours any more: seen in the store.
    Lost(Token),
    /// After [`Action::StepDown`]: nothing is in hand any more, nothing happens in this lead's name from here on.
    Drained(Token),
    /// What this lead is for works: dialling has succeeded.
    Serving(Token),
    /// It does not: dialling has failed.
    DialFailed(Token),
    /// The answer to this request.
    Of(Request, Reply),
}

/// What the store answers, as whoever speaks to it understands it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Reply {
    /// This very request was carried out; the lease has this token.
    Granted(Token),
    /// It was not, since an earlier one of the same [`series`](Action::Acquire::series) had been: its mark was found in the store.
    Found(Token),
    /// Somebody else holds the lease, for this long at the most (0: not known); or, to a renewal or a release, it is not ours.
    Refused(Millis),
    /// No answer, or none from which the outcome can be told. Also for a request that was never sent.
    Unknown,
}

/// The one thing a shell must do after a step.
///
/// At most one request is under way: whoever performs the next one drops what is left of the one before, and none is asked for while
/// the answer to another may still come in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Action {
    /// Create the lease if there is none, marked as of this series.
    Acquire {
        /// The request.
        request: Request,
        /// The first request of its series: those since the last certain outcome. Together with a name of the process that no other
        /// run has, it makes the mark by which a series finds its own earlier request.
        series: Request,
    },
    /// Replace the lease, if it still has the revision that was last confirmed, with one marked as of this series.
    Renew {
        /// The request.
        request: Request,
        /// The first request of its series, as of [`Action::Acquire`].
        series: Request,
    },
    /// Delete the lease if it is the one that this series of Acquires has created, whatever its revision: not a later one of ours, for
    /// a request may be on its way for long.
    Release {
        /// The request.
        request: Request,
        /// The first Acquire of the series that has created it. It stands in the lease beside the mark, and no renewal changes it.
        lease: Request,
    },
    /// Begin to lead, with this fencing token: dial.
    Lead(Token),
    /// Begin to end the lead: no new dial, nothing new is taken in hand, acknowledge, close; then [`Event::Drained`].
    StepDown {
        /// When it must be over; sooner is better.
        until: Instant,
    },
    /// End the lead now: drop what is in hand and every transport. From here on nothing happens in its name, and no
    /// [`Event::Drained`] is needed.
    Halt,
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "an action that is not performed leaves the elector waiting for its effect"]
pub enum Reaction {
    /// Perform this action.
    Do(Action),
    /// Taken into account; nothing to perform.
    Wait,
    /// Means nothing here: the state is unchanged.
    Ignored,
}
