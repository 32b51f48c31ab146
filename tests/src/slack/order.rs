//! Owns what a connection's task is told to do by others.

use super::reason::Reason;
use crate::fault::{Frame, Leave};

/// One thing to do, in its turn.
#[derive(Clone, Debug)]
pub(crate) enum Order {
    /// Send this.
    Say(Frame),
    /// Send a `disconnect`, and no more.
    Tell(Reason),
    /// Send the `warning`, and part when its time is over.
    Warn,
    /// Send a `disconnect`, if there is a reason, and then Close with this code, if it is to have one.
    Part(Option<Reason>, Option<u16>),
    /// End the connection without a Close.
    Lose(Leave),
    /// Be as good as gone: neither read nor write nor end.
    Freeze,
}
