//! What a ledger says: of what was received, of an acknowledgement, and of what became due or lost.

use crate::{Attempt, Instant};

/// What is to be done with an envelope that was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "an envelope is handed out, acknowledged or left alone, by what the ledger knows of it"]
pub enum Received<I> {
    /// Seen for the first time, and recorded: hand it out.
    New,
    /// In hand already: do not hand it out. The user's one acknowledgement will answer on this connection, too.
    Joined,
    /// Acknowledged before: do not hand it out; acknowledge it again, on this connection and now.
    Known,
    /// Seen for the first time, but all memory is taken by what is in hand: hand it out. Nothing of it is recorded, here is
    /// its id back: it is not warned of, its redelivery is handed out, too, and [`acknowledge`](super::Ledger::acknowledge)
    /// will not know it, so its acknowledgement goes to the connection that brought it.
    Unrecorded(I),
    /// In hand already, but all memory is taken by what is in hand: do not hand it out. The acknowledgement goes only to
    /// the connections recorded before; if the peer insists, it delivers again.
    Unjoined,
}

/// Where an acknowledgement is to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "an acknowledgement is sent where the ledger says"]
pub enum Answer<C = Attempt> {
    /// Send it on this connection, and ask again: there may be another one.
    On(C),
    /// Nothing is to be sent any more.
    Done,
    /// Every connection that brought it is gone, so nothing can be sent. It is remembered: should the peer deliver it
    /// again, it is [`Received::Known`].
    Nowhere,
    /// There is no record of it: it was [`Received::Unrecorded`], dropped, or forgotten since.
    Unknown,
}

/// What becomes of an envelope that was not acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Fate {
    /// The peer delivers it again.
    Again,
    /// The peer never delivers it again.
    Never,
    /// Another connection that brought it is still there: it can be acknowledged.
    Elsewhere,
}

/// Something to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Notice<'a, I, C = Attempt> {
    /// Its acknowledgement is pressing.
    Pressing {
        /// Which envelope.
        id: &'a I,
        /// The connection where the peer waits for it.
        on: C,
        /// By when it must be acknowledged; [`Instant::NEVER`] if there is no such time.
        due: Instant,
    },
    /// Its acknowledgement is late. It is still in hand, and may still be acknowledged.
    Late {
        /// Which envelope.
        id: &'a I,
        /// The connection where the peer has waited for it.
        on: C,
    },
    /// The connection was lost before it was acknowledged there. It is still in hand: if it comes again it joins.
    Lost {
        /// Which envelope.
        id: &'a I,
        /// The connection.
        on: C,
        /// What becomes of it.
        fate: Fate,
    },
}
