//! Owns what a ledger says, as C reads it.

use relink_core::ledger;
use relink_core::{Attempt, Instant};

use crate::{Id, NEVER};

/// What is to be done with an envelope that was received.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// Seen for the first time, and recorded: hand it out.
    New = 0,
    /// In hand already: do not hand it out. The user's one acknowledgement will answer on this connection, too.
    Joined = 1,
    /// Acknowledged before: do not hand it out; acknowledge it again, on this connection and now.
    Known = 2,
    /// Seen for the first time, but all memory is taken by what is in hand: hand it out, and acknowledge it on the connection that
    /// brought it. Nothing of it is recorded: it is not warned of, and its redelivery is handed out, too.
    Unrecorded = 3,
    /// In hand already, but all memory is taken by what is in hand: do not hand it out. If the peer insists, it delivers again.
    Unjoined = 4,
}

/// Where an acknowledgement is to be sent.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerKind {
    /// Send it on the connection of `attempt`, and ask again: there may be another one.
    On = 0,
    /// Nothing is to be sent any more.
    Done = 1,
    /// Every connection that brought it is gone, so nothing can be sent. It is remembered: should it come again, it is
    /// RELINK_RECEIVED_KNOWN.
    Nowhere = 2,
    /// There is no record of it: it was RELINK_RECEIVED_UNRECORDED, dropped, or forgotten since.
    Unknown = 3,
}

/// Where an acknowledgement is to be sent.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether it is to be sent.
    pub kind: AnswerKind,
    /// The attempt whose connection it is to be sent on; 0 if none.
    pub attempt: u32,
}

/// What becomes of an envelope that was not acknowledged.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was not in hand.
    Nothing = 0,
    /// The peer delivers it again.
    Again = 1,
    /// The peer never delivers it again.
    Never = 2,
    /// Another connection that brought it is still there: it can be acknowledged.
    Elsewhere = 3,
}

/// What a ledger tells by itself.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Nothing more, for now.
    Nothing = 0,
    /// The acknowledgement of `id` on `attempt` is pressing: by `due_ms` at the latest, or RELINK_NEVER if there is no such time.
    Pressing = 1,
    /// The acknowledgement of `id` on `attempt` is late. It is still in hand, and may still be acknowledged.
    Late = 2,
    /// The connection of `attempt` was lost before `id` was acknowledged there, and `fate` becomes of it. It is still in hand: if it
    /// comes again it joins.
    Lost = 3,
}

/// Something to tell.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is.
    pub kind: NoticeKind,
    /// Lost: what becomes of the envelope.
    pub fate: Fate,
    /// Which connection.
    pub attempt: u32,
    /// Pressing: by when, in milliseconds on the ledger's clock.
    pub due_ms: u64,
    /// Which envelope.
    pub id: Id,
}

impl Received {
    pub(crate) fn of(received: ledger::Received<Id>) -> Self {
        match received {
            ledger::Received::New => Self::New,
            ledger::Received::Joined => Self::Joined,
            ledger::Received::Known => Self::Known,
            ledger::Received::Unrecorded(_) => Self::Unrecorded,
            ledger::Received::Unjoined => Self::Unjoined,
        }
    }
}

impl Answer {
    pub(crate) fn of(answer: ledger::Answer) -> Self {
        match answer {
            ledger::Answer::On(on) => Self { kind: AnswerKind::On, attempt: on.number() },
            ledger::Answer::Done => Self { kind: AnswerKind::Done, attempt: 0 },
            ledger::Answer::Nowhere => Self { kind: AnswerKind::Nowhere, attempt: 0 },
            ledger::Answer::Unknown => Self { kind: AnswerKind::Unknown, attempt: 0 },
        }
    }
}

impl Fate {
    pub(crate) const fn of(fate: ledger::Fate) -> Self {
        match fate {
            ledger::Fate::Again => Self::Again,
            ledger::Fate::Never => Self::Never,
            ledger::Fate::Elsewhere => Self::Elsewhere,
        }
    }
}

impl Notice {
    /// Nothing to tell.
    pub(crate) const NOTHING: Self =
        Self { kind: NoticeKind::Nothing, fate: Fate::Nothing, attempt: 0, due_ms: NEVER, id: Id { bytes: [0; 16] } };

    pub(crate) fn of(notice: ledger::Notice<'_, Id>) -> Self {
        let on = |kind, id: &Id, on: Attempt| Self { kind, id: *id, attempt: on.number(), ..Self::NOTHING };
        match notice {
            ledger::Notice::Pressing { id, on: at, due } => Self { due_ms: Instant::as_millis(due), ..on(NoticeKind::Pressing, id, at) },
            ledger::Notice::Late { id, on: at } => on(NoticeKind::Late, id, at),
            ledger::Notice::Lost { id, on: at, fate } => Self { fate: Fate::of(fate), ..on(NoticeKind::Lost, id, at) },
        }
    }
}
