//! Owns how a connection behaves once it is open, as its trouble will have it.

use std::time::Duration;

use super::order::Order;
use super::reason::Reason;
use super::trouble::{LinkTrouble, Oddity};

/// How one connection behaves.
#[derive(Debug)]
pub(crate) struct Manner {
    /// What is done first.
    pub(crate) first: First,
    /// Whether the client's pings are answered.
    pub(crate) pong: bool,
    /// Whether the client's Close is answered.
    pub(crate) answer_close: bool,
    /// What is said after hello.
    pub(crate) says: Vec<Oddity>,
    /// What is done so long after hello.
    pub(crate) later: Option<(Duration, Later)>,
}

/// What a connection does first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum First {
    /// It says hello after this time.
    Hello(Duration),
    /// It never says hello.
    Nothing,
    /// It says `disconnect`, and Close.
    Disconnect(Reason),
}

/// What a connection does later.
#[derive(Clone, Debug)]
pub(crate) enum Later {
    /// It says nothing any more, but reads.
    Silence,
    /// Something that it could also be told.
    Do(Order),
}

impl Manner {
    pub(crate) fn of(trouble: Option<LinkTrouble>, too_many: bool) -> Self {
        let mut manner = Self { first: First::Hello(Duration::ZERO), pong: true, answer_close: true, says: Vec::new(), later: None };
        match trouble {
            Some(LinkTrouble::DisconnectFirst(reason)) => manner.first = First::Disconnect(reason),
            Some(LinkTrouble::NoHello) => manner.first = First::Nothing,
            Some(LinkTrouble::LateHello(time)) => manner.first = First::Hello(time),
            Some(LinkTrouble::NoPong) => manner.pong = false,
            Some(LinkTrouble::Says(oddities)) => manner.says = oddities,
            Some(LinkTrouble::Silent(after)) => manner.later = Some((after, Later::Silence)),
            Some(LinkTrouble::HalfOpen(after)) => manner.later = Some((after, Later::Do(Order::Freeze))),
            Some(LinkTrouble::CloseAfter(after, code)) => manner.later = Some((after, Later::Do(Order::Part(None, code)))),
            Some(LinkTrouble::LostAfter(after, how)) => manner.later = Some((after, Later::Do(Order::Lose(how)))),
            Some(LinkTrouble::CloseUnanswered) => manner.answer_close = false,
            // Those end before there is a connection.
            Some(LinkTrouble::Status(_) | LinkTrouble::StatusWithRetryAfter { .. } | LinkTrouble::Hang | LinkTrouble::Hangup(_)) | None => {
            }
        }
        if too_many {
            manner.first = First::Disconnect(Reason::TooManyWebsockets);
        }
        manner
    }
}
