//! The states of an elector. Each owns its data: its requests, its deadlines, what follows.

use super::{Request, Terms, Token};
use crate::Instant;

/// Where an elector is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum State {
    /// Not started, or stopped.
    Idle,
    /// Another one holds the lease, or did.
    Waiting {
        /// When to ask again.
        until: Instant,
    },
    /// Held the lease for long without serving: the others' turn.
    Resting {
        /// When to ask again.
        until: Instant,
    },
    /// An Acquire is under way.
    Asking {
        /// The request.
        asked: Asked,
        /// Whether to lead if it is granted; else it is released.
        wanted: bool,
    },
    /// What became of the last Acquire is not known.
    Unsure {
        /// When to ask again.
        until: Instant,
        /// The series that goes on.
        series: Series,
    },
    /// Leads.
    Leading(Leading),
    /// The lead is ending.
    Draining(Draining),
    /// The lead is over; the lease is given back.
    Releasing(Releasing),
}

/// A request that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Sent {
    /// The request.
    pub request: Request,
    /// When it was sent.
    pub at: Instant,
}

/// Requests of one kind since the last certain outcome: any of them may have been carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Series {
    /// The first one.
    pub first: Sent,
}

/// A request that is under way, and its series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Asked {
    /// The request.
    pub sent: Sent,
    /// Its series.
    pub series: Series,
}

/// Leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Leading {
    /// The fencing token.
    pub token: Token,
    /// The first request for its lease.
    pub lease: Request,
    /// From where the lease is counted: the sending of the request that is known to have been carried out.
    pub since: Instant,
    /// How far its renewal is.
    pub renewal: Renewal,
    /// When it has been held long enough without serving; never, while it serves.
    pub serving_by: Instant,
}

/// How far a renewal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Renewal {
    /// To be asked for at this point.
    Due(Instant),
    /// Under way.
    Under(Asked),
    /// What became of the last one is not known: to be asked for again at this point.
    Again(Instant, Series),
}

/// The lead is ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Draining {
    /// The fencing token.
    pub token: Token,
    /// The first request for its lease.
    pub lease: Request,
    /// When it must be over.
    pub until: Instant,
    /// Whether a renewal is still under way.
    pub renewal: Leftover,
    /// What follows.
    pub then: Then,
}

/// A renewal that the end of the lead has overtaken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Leftover {
    /// There is none.
    None,
    /// It is under way.
    Under(Sent),
}

/// The lease is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Releasing {
    /// The first request for it.
    pub lease: Request,
    /// How far it is.
    pub release: Release,
    /// By then the lease has ended by itself: no more is asked for.
    pub by: Instant,
    /// What follows.
    pub then: Then,
}

/// How far a release is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Release {
    /// Another request is under way: its answer comes first.
    Behind(Sent),
    /// To be asked for at this point.
    Due(Instant),
    /// Under way.
    Under(Sent),
}

/// What follows when the lease is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Then {
    /// Nothing: idle.
    Stop,
    /// Ask again.
    Ask,
    /// Ask again after a rest.
    Rest,
}

impl State {
    /// The request that is under way.
    #[must_use]
    pub const fn under_way(&self) -> Option<Request> {
        match self {
            Self::Asking { asked, .. } => Some(asked.sent.request),
            Self::Leading(Leading { renewal: Renewal::Under(asked), .. }) => Some(asked.sent.request),
            Self::Draining(Draining { renewal: Leftover::Under(sent), .. }) => Some(sent.request),
            Self::Releasing(Releasing { release: Release::Behind(sent) | Release::Under(sent), .. }) => Some(sent.request),
            Self::Idle | Self::Waiting { .. } | Self::Resting { .. } | Self::Unsure { .. } => None,
            Self::Leading(Leading { renewal: Renewal::Due(_) | Renewal::Again(..), .. }) => None,
            Self::Draining(Draining { renewal: Leftover::None, .. }) => None,
            Self::Releasing(Releasing { release: Release::Due(_), .. }) => None,
        }
    }

    /// The token of the lead, from its beginning until nothing happens in its name any more.
    #[must_use]
    pub const fn leads(&self) -> Option<Token> {
        match self {
            Self::Leading(Leading { token, .. }) | Self::Draining(Draining { token, .. }) => Some(*token),
            Self::Idle | Self::Waiting { .. } | Self::Resting { .. } => None,
            Self::Asking { .. } | Self::Unsure { .. } | Self::Releasing(_) => None,
        }
    }

    /// When a Timeout is due.
    pub(super) fn deadline(&self, terms: &Terms) -> Option<Instant> {
        let answer = |sent: &Sent| sent.at.plus(terms.request_timeout);
        match self {
            Self::Idle => None,
            Self::Waiting { until } | Self::Resting { until } | Self::Unsure { until, .. } => Some(*until),
            Self::Asking { asked, .. } => Some(answer(&asked.sent)),
            Self::Leading(lead) => {
                let renewal = match &lead.renewal {
                    Renewal::Due(at) | Renewal::Again(at, _) => *at,
                    Renewal::Under(asked) => answer(&asked.sent),
                };
                Some(renewal.min(lead.serving_by).min(terms.step_down_at(lead.since)))
            }
            Self::Draining(draining) => Some(match &draining.renewal {
                Leftover::None => draining.until,
                Leftover::Under(sent) => answer(sent).min(draining.until),
            }),
            Self::Releasing(releasing) => Some(match &releasing.release {
                Release::Behind(sent) | Release::Under(sent) => answer(sent),
                Release::Due(at) => *at,
            }),
        }
    }
}
