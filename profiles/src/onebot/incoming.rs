//! The recognition of what an implementation sends: an event by its type, all else as the answer to an action.

use super::event::Event;
use super::meta::{Common, Heartbeat, Lifecycle};
use super::response::{Parts, Response};
use crate::Error;
use crate::fields::{Fields, pick, required};
use crate::json::Members;

/// A message from an implementation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// Something about its own life.
    Lifecycle(Lifecycle<'a>),
    /// It works.
    Heartbeat(Heartbeat<'a>),
    /// Something for the user.
    Event(Event<'a>),
    /// What came of an action.
    Response(Response<'a>),
}

const NAMES: [&str; 13] = [
    "post_type",
    "meta_event_type",
    "sub_type",
    "time",
    "self_id",
    "status",
    "interval",
    "retcode",
    "data",
    "echo",
    "wording",
    "message",
    "msg",
];

/// What stands in every text that says something to the link: the type of a meta event, as it is or with an escape of an ASCII character
/// in it (which no other escape stands for), or a code that refuses the connection.
const MARKS: [&str; 4] = ["meta_event", "\\u00", "1401", "1403"];

impl Incoming<'_> {
    /// Whether this text has to be read to know what it says to the link. If not, it is a sign of life, and nothing else: most messages
    /// are, and what looks for them is much faster than what reads them.
    #[must_use]
    pub fn may_report(text: &str) -> bool {
        MARKS.iter().any(|mark| text.contains(mark))
    }
}

pub(super) fn read(text: &str) -> Result<Incoming<'_>, Error> {
    let Fields { values, error } = pick(Members::of(text), NAMES);
    if let Some(error) = error {
        return Err(error);
    }
    let [post_type, meta, sub_type, time, self_id, status, interval, retcode, data, echo, wording, message, msg] = values;
    let is_answer = status.or(retcode).or(echo).is_some();
    if post_type.is_none() && is_answer {
        let parts = Parts { status, retcode, data, echo, words: [wording, message, msg] };
        return Ok(Incoming::Response(Response::read(&parts)));
    }
    let post_type = required("post_type", post_type)?;
    let common = Common { time, self_id };
    let meta = meta.filter(|_| post_type == "meta_event").and_then(|field| field.value.text());
    Ok(match meta {
        Some(meta) if meta == "lifecycle" => Incoming::Lifecycle(Lifecycle::read(common, sub_type)),
        Some(meta) if meta == "heartbeat" => Incoming::Heartbeat(Heartbeat::read(common, status, interval)),
        Some(_) | None => Incoming::Event(Event::read(text, post_type, common)),
    })
}
