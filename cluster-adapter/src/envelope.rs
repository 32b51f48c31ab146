//! What the queue carries.

use bytes::Bytes;

use crate::{Group, Token};

/// One thing to be worked on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// What makes it the same when it comes again: the sender's own id. Visible ASCII characters only, 1..=512.
    pub id: Box<str>,
    /// What is kept in order: messages of one key take one lane. Visible ASCII characters only, 0..=512.
    pub key: Box<str>,
    /// The content.
    pub payload: Bytes,
}

/// One of the lanes that the queue is cut into. Each group has its own, so that its fence is its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lane<'a> {
    /// Whose it is: those who compete for this group's lease write to it, one after the other.
    pub group: &'a Group,
    /// Which one, `0..lanes`.
    pub number: u16,
}

/// What is appended to a lane.
#[derive(Clone, Copy, Debug)]
pub enum Entry<'a> {
    /// Something to be worked on.
    Envelope(&'a Envelope),
    /// From here on the lane belongs to the token. It is never delivered.
    Marker,
}

/// The newest entry of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Last {
    /// Its place in the queue.
    pub sequence: u64,
    /// Whose it is.
    pub token: Token,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// It is stored here.
    New(u64),
    /// Its id was stored before, here. The entry was not stored again.
    Duplicate(u64),
}

/// What is delivered and not answered, to whomever it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// How many there are.
    pub count: u64,
    /// None of them is behind this place in the queue; what was not delivered to anybody yet is.
    pub last: u64,
}

/// What nobody could work on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its place among the dead letters: where to read on.
    pub position: u64,
    /// What it was; `None` if the queue has forgotten it meanwhile.
    pub envelope: Option<Envelope>,
    /// Why it is here.
    pub reason: Reason,
}

/// Why something is a dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A worker said so.
    Said(Box<str>),
    /// It was delivered so often, and nobody said anything.
    Deliveries(u64),
}

/// The token of what was stored without one.
pub(crate) const UNFENCED: Token = Token::new(0);

const REASON_CHARS_MAX: usize = 1000;

/// A reason as every engine can keep it: one line of bounded length.
pub(crate) fn one_line(reason: &str) -> Box<str> {
    let line: String = reason.chars().take(REASON_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.trim().into()
}
