//! Owns what the core does otherwise than it is meant to, each to be mended; until then the account follows the core.
//!
//! Whoever mends one sets its switch to `false`: the exploration then holds the core to its word.

use relink_core::{Handover, Link, State};

use super::node::Node;

/// A replaced connection that is closing is forgotten, not dropped, when the current one dies of silence.
const LEFT_BEHIND: bool = true;

/// A Timeout is late by each deadline alone, not by the first of them.
pub(super) const EACH_ALONE: bool = true;

/// Whether this step forgets all that is held.
pub(super) fn leaves_behind(before: &Node, after: &Link) -> bool {
    let State::Ready(ready) = before.link.state() else { return false };
    let closing = matches!(ready.handover, Handover::Replaced(_, old) if old.closing);
    LEFT_BEHIND && closing && matches!(after.state(), State::Backoff { .. } | State::Shutdown { .. })
}
