//! The events that are the user's: recognised by their type, handed on as they came.

use core::fmt;

use super::SelfId;
use super::meta::Common;
use crate::Error;
use crate::fields::Odd;
use crate::json::Text;

/// Something for the user (`event/README.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// What kind of thing it is.
    pub post_type: PostType<'a>,
    /// When, in seconds since 1970.
    pub time: Option<i64>,
    /// Whose event it is.
    pub self_id: Option<SelfId>,
    /// All of it: a checked JSON object, the exact bytes that came.
    pub text: &'a str,
    /// The first of these fields that held something else than expected, and was taken for missing.
    pub odd: Option<Error>,
}

/// What kind of thing an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostType<'a> {
    /// Somebody wrote something.
    Message,
    /// The account itself wrote something (an extension of several implementations).
    MessageSent,
    /// Something happened.
    Notice,
    /// Somebody wants something.
    Request,
    /// Something about the implementation, of a kind that nobody has told us about.
    MetaEvent,
    /// A kind that nobody has told us about.
    Other(Text<'a>),
}

impl<'a> Event<'a> {
    pub(super) fn read(text: &'a str, post_type: Text<'a>, common: Common<'a>) -> Self {
        let mut odd = Odd::default();
        let (time, self_id) = common.read(&mut odd);
        Self { post_type: PostType::named(post_type), time, self_id, text, odd: odd.0 }
    }
}

impl<'a> PostType<'a> {
    const KNOWN: [(&'static str, PostType<'static>); 5] = [
        ("message", PostType::Message),
        ("message_sent", PostType::MessageSent),
        ("notice", PostType::Notice),
        ("request", PostType::Request),
        ("meta_event", PostType::MetaEvent),
    ];

    /// The kind with this name.
    #[must_use]
    pub fn named(name: Text<'a>) -> Self {
        let known = Self::KNOWN.into_iter().find(|(known, _)| name == *known);
        known.map_or(Self::Other(name), |(_, kind)| kind)
    }
}

/// The name OneBot gives it.
impl fmt::Display for PostType<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Other(name) = self {
            return name.fmt(f);
        }
        let known = Self::KNOWN.into_iter().find(|(_, kind)| kind == self);
        f.write_str(known.map_or("", |(name, _)| name))
    }
}
