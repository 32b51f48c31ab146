//! Owns frames: the guard that checks each byte of them, and what it needs for that.

mod code;
mod guard;
mod header;
mod utf8;

pub(super) use code::may_be_sent;
pub(super) use guard::{Control, Guard, Seen, close};

/// The longest payload of a control frame (RFC 6455 §5.5).
pub(super) const CONTROL_BYTES_MAX: usize = 125;

/// The longest header of a frame from a server: without a mask (RFC 6455 §5.2).
pub(super) const HEADER_BYTES_MAX: usize = 10;
