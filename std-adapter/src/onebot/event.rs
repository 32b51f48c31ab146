//! What happens to an account, as its bot sees it.

use std::fmt;

use relink_core::Millis;
use relink_profiles::onebot as profile;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::SelfId;
use crate::Ending;
use crate::ws::Utf8Bytes;

/// What happens to an account, or to the connection with it.
///
/// `Up` and `Down` come in strict pairs. What an implementation says before its connection is accepted comes before the `Up`: its
/// lifecycle `connect`, for instance, where that is the acceptance.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The connection is up: actions can be called.
    Up,
    /// The implementation says something of itself.
    Meta(Meta),
    /// Everything else: a message, a notice, a request, or of a kind that nobody has told us about.
    Post(Post),
    /// Here, so many events are missing: they came in faster than they were taken.
    Missed {
        /// How many.
        events: u64,
    },
    /// The connection is over. All calls that were pending on it have failed.
    Down {
        /// Why.
        why: Ending,
        /// Whether the implementation has announced it, by lifecycle `disable`.
        expected: bool,
        /// When the next attempt is made; `None`: none will be, or the implementation is the one to dial.
        retry_at: Option<Instant>,
    },
    /// An attempt never came up.
    Failed {
        /// Why.
        why: Ending,
        /// When the next attempt is made; `None`: none will be.
        retry_at: Option<Instant>,
    },
    /// The link has given up: a person has to mend what it says.
    GaveUp {
        /// Why.
        why: Ending,
    },
}

/// What an implementation says of itself (OneBot v11, `event/meta.md`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meta {
    /// Something about its own life.
    Lifecycle(Lifecycle),
    /// It works.
    Heartbeat(Heartbeat),
}

/// Something about an implementation's own life.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lifecycle {
    /// What.
    pub stage: Stage,
    /// When, in seconds since 1970.
    pub time: Option<i64>,
    /// Whose implementation it is.
    pub self_id: Option<SelfId>,
    /// All of it, as it came.
    pub text: Utf8Bytes,
}

/// What happened to an implementation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// This connection is up.
    Connect,
    /// The implementation was switched on. Over a WebSocket it is an extension.
    Enable,
    /// The implementation was switched off: the end of the connection follows. Over a WebSocket it is an extension.
    Disable,
    /// Something that nobody has told us about; empty if nothing was said.
    Other(Box<str>),
}

/// The implementation works, and says when it will say so again. If it does not, its connection is left, though pongs go on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Heartbeat {
    /// When, in seconds since 1970.
    pub time: Option<i64>,
    /// Whose implementation it is.
    pub self_id: Option<SelfId>,
    /// Whether the account is online; `None` where that cannot be told.
    pub online: Option<bool>,
    /// Whether all is as it should be.
    pub good: Option<bool>,
    /// The time to the next one.
    pub interval: Option<Millis>,
    /// All of it, as it came.
    pub text: Utf8Bytes,
}

/// An event whose content is the user's.
#[derive(Clone, PartialEq, Eq)]
pub struct Post {
    post_type: PostType,
    time: Option<i64>,
    self_id: Option<SelfId>,
    text: Utf8Bytes,
}

/// What kind of thing an event is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PostType {
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
    Other(Box<str>),
}

impl Post {
    /// What kind of thing it is.
    #[must_use]
    pub const fn post_type(&self) -> &PostType {
        &self.post_type
    }

    /// When, in seconds since 1970.
    #[must_use]
    pub const fn time(&self) -> Option<i64> {
        self.time
    }

    /// Whose event it is.
    #[must_use]
    pub const fn self_id(&self) -> Option<SelfId> {
        self.self_id
    }

    /// All of it: a JSON object, the exact bytes that came.
    #[must_use]
    pub fn text(&self) -> &str {
        self.text.as_str()
    }

    /// All of it, as a type of yours.
    ///
    /// # Errors
    /// serde's, if it does not fit.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.text())
    }

    pub(super) fn new(event: &profile::Event<'_>, text: &Utf8Bytes) -> Self {
        Self { post_type: event.post_type.into(), time: event.time, self_id: event.self_id, text: text.clone() }
    }
}

impl Meta {
    pub(super) fn lifecycle(lifecycle: &profile::Lifecycle<'_>, text: &Utf8Bytes) -> Self {
        let profile::Lifecycle { stage, time, self_id, .. } = *lifecycle;
        Self::Lifecycle(Lifecycle { stage: stage.into(), time, self_id, text: text.clone() })
    }

    pub(super) fn heartbeat(heartbeat: &profile::Heartbeat<'_>, text: &Utf8Bytes) -> Self {
        let profile::Heartbeat { time, self_id, online, good, interval, .. } = *heartbeat;
        Self::Heartbeat(Heartbeat { time, self_id, online, good, interval, text: text.clone() })
    }
}

impl From<profile::Stage<'_>> for Stage {
    fn from(stage: profile::Stage<'_>) -> Self {
        match stage {
            profile::Stage::Connect => Self::Connect,
            profile::Stage::Enable => Self::Enable,
            profile::Stage::Disable => Self::Disable,
            profile::Stage::Other(name) => Self::Other(name.to_string().into()),
        }
    }
}

impl From<profile::PostType<'_>> for PostType {
    fn from(kind: profile::PostType<'_>) -> Self {
        match kind {
            profile::PostType::Message => Self::Message,
            profile::PostType::MessageSent => Self::MessageSent,
            profile::PostType::Notice => Self::Notice,
            profile::PostType::Request => Self::Request,
            profile::PostType::MetaEvent => Self::MetaEvent,
            profile::PostType::Other(name) => Self::Other(name.to_string().into()),
        }
    }
}

/// Whose event of which kind, and how long it is: what people write is theirs.
impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { post_type, time: _, self_id, text } = self;
        f.debug_struct("Post").field("post_type", post_type).field("self_id", self_id).field("bytes", &text.len()).finish()
    }
}
