//! The envelope: what Slack delivers, and wants acknowledged.

use super::Error;
use crate::json::Text;

/// Something for the app, to be acknowledged within [`ACK_TIMEOUT`](super::limits::ACK_TIMEOUT) on the connection it came on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// What names it. The same one can come again: after a retry, or on another connection.
    pub id: Text<'a>,
    /// What kind of thing is in it.
    pub kind: Kind,
    /// The payload: a checked JSON value, the exact bytes that came.
    pub payload: &'a str,
    /// Whether the acknowledgement may carry a payload of its own.
    pub accepts_response_payload: bool,
    /// Which try this is, where Slack says so (of [`Kind::EventsApi`]).
    pub retry: Option<Retry<'a>>,
    /// The first field that held something else than expected, and was taken for missing.
    pub odd: Option<Error>,
}

/// What kind of thing an envelope holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `events_api`: something happened.
    EventsApi,
    /// `slash_commands`: somebody typed a command.
    SlashCommands,
    /// `interactive`: somebody pressed a button, submitted a form, used a shortcut.
    Interactive,
}

/// Which try a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry<'a> {
    /// 0 for the first delivery.
    pub attempt: u32,
    /// Why the one before did not count (`timeout`, for instance); may be empty.
    pub reason: Option<Text<'a>>,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::EventsApi, Self::SlashCommands, Self::Interactive];

    /// The kind with this name.
    #[must_use]
    pub fn named(name: Text<'_>) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| name == kind.as_str())
    }

    /// The name Slack gives it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EventsApi => "events_api",
            Self::SlashCommands => "slash_commands",
            Self::Interactive => "interactive",
        }
    }

    /// Whether one that was not acknowledged comes [again](super::limits::REDELIVERIES). If not, it is lost to the app.
    #[must_use]
    pub const fn comes_again(self) -> bool {
        match self {
            Self::EventsApi => true,
            Self::SlashCommands | Self::Interactive => false,
        }
    }
}
