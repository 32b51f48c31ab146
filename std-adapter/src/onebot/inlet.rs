//! What comes from a connection, whoever has dialled it.

use relink_core::Attempt;
use tokio::time::Instant;

use crate::server::Session;
use crate::ws::Message;
use crate::{Ending, Events, LinkState};

/// Where messages come from.
pub(super) enum Inlet {
    /// A link that we dial, over many connections.
    Dialled(Events<Message>),
    /// One connection that was accepted.
    Accepted(Session, Stage),
}

/// How much of an accepted connection was told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Arrived,
    Up,
    Over,
}

/// What is told of a connection.
pub(super) enum Told {
    Up(Attempt),
    Message(Message),
    Down { why: Ending, retry_at: Option<Instant> },
    Failed { why: Ending, retry_at: Option<Instant> },
    GaveUp(Ending),
}

impl Inlet {
    pub(super) const fn accepted(session: Session) -> Self {
        Self::Accepted(session, Stage::Arrived)
    }

    /// Nothing, when nothing will come any more. Safe to cancel.
    pub(super) async fn next(&mut self) -> Option<Told> {
        match self {
            Self::Dialled(events) => loop {
                return Some(match events.next().await? {
                    crate::Event::Up { attempt } => Told::Up(attempt),
                    crate::Event::Message { message, .. } => Told::Message(message),
                    crate::Event::Down { why, retry_at, .. } => Told::Down { why, retry_at },
                    crate::Event::Failed { why, retry_at, .. } => Told::Failed { why, retry_at },
                    crate::Event::GaveUp { why } => Told::GaveUp(why),
                    // Nothing overlaps here: of two connections of one identity the newest wins.
                    crate::Event::Renewed { .. } => continue,
                });
            },
            Self::Accepted(session, stage) => match *stage {
                Stage::Arrived => {
                    *stage = Stage::Up;
                    Some(Told::Up(attempt(session)))
                }
                Stage::Up => Some(match session.next().await {
                    Some(message) => Told::Message(message),
                    None => {
                        *stage = Stage::Over;
                        let why = session.client().stats().last_ending.unwrap_or(Ending::Stopped);
                        Told::Down { why, retry_at: None }
                    }
                }),
                Stage::Over => None,
            },
        }
    }
}

/// An accepted connection is its link's first attempt.
fn attempt(session: &Session) -> Attempt {
    match session.client().state() {
        LinkState::Ready { attempt } | LinkState::Draining { attempt } | LinkState::Closing { attempt } => attempt,
        LinkState::Connecting { attempt } | LinkState::Open { attempt } => attempt,
        LinkState::Idle | LinkState::Backoff { .. } | LinkState::Shutdown { .. } => Attempt::from_number(1),
    }
}
