//! What a receiver tells whoever looks on.

use super::judge::Why;
use crate::{Stored, Token};

/// What a receiver has just done, or what has just happened to it: to be shown or counted. It is told on the receiver's own task:
/// whoever hears it does not wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice<'a> {
    /// It leads, and has taken the lanes over: it dials now.
    TookOver {
        /// With this token.
        token: Token,
    },
    /// It has a connection.
    Up,
    /// It has none.
    Down,
    /// The queue has confirmed something.
    Stored {
        /// Its id.
        id: &'a str,
        /// Its key.
        key: &'a str,
        /// Whether it was stored now.
        stored: Stored,
    },
    /// A worker has answered.
    Answered {
        /// What was asked.
        id: &'a str,
    },
    /// Something was acknowledged.
    Acknowledged {
        /// Its id.
        id: &'a str,
    },
    /// Something was let go.
    Left {
        /// Its id.
        id: &'a str,
        /// Why.
        why: Why,
        /// Whether nobody sends it again.
        is_lost: bool,
    },
    /// The lead begins to end.
    StepsDown,
    /// The lead is over, nothing of it is left.
    Over,
}
