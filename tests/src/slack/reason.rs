//! Owns the words of Slack's that say why: the reasons of a `disconnect`, the errors of `apps.connections.open`, the kinds of envelopes.

use std::fmt;

/// Why the server says `disconnect`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The connection ends in about ten seconds.
    Warning,
    /// The connection ends because its host is recycled.
    RefreshRequested,
    /// The app has as many registrations as it may have.
    TooManyWebsockets,
    /// Socket Mode was switched off.
    LinkDisabled,
    /// Another one.
    Other(String),
}

impl Reason {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Warning => "warning",
            Self::RefreshRequested => "refresh_requested",
            Self::TooManyWebsockets => "too_many_websockets",
            Self::LinkDisabled => "link_disabled",
            Self::Other(word) => word,
        }
    }
}

impl From<&str> for Reason {
    fn from(word: &str) -> Self {
        let known = [Self::Warning, Self::RefreshRequested, Self::TooManyWebsockets, Self::LinkDisabled];
        known.into_iter().find(|reason| reason.as_str() == word).unwrap_or_else(|| Self::Other(word.to_owned()))
    }
}

/// Why `apps.connections.open` gives no URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiError {
    /// The token is wrong.
    InvalidAuth,
    /// There is no token.
    NotAuthed,
    /// The app's account is deactivated.
    AccountInactive,
    /// The user who installed the app is gone.
    UserRemovedFromTeam,
    /// The workspace is disabled.
    TeamDisabled,
    /// The token was revoked.
    TokenRevoked,
    /// The token is not an app-level one.
    NotAllowedTokenType,
    /// The token lacks `connections:write`.
    MissingScope,
    /// Access is denied.
    AccessDenied,
    /// Too many calls, said without a status of its own.
    RateLimited,
    /// Slack failed.
    InternalError,
    /// Slack failed, perhaps halfway.
    FatalError,
    /// Another one.
    Other(String),
}

impl ApiError {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::InvalidAuth => "invalid_auth",
            Self::NotAuthed => "not_authed",
            Self::AccountInactive => "account_inactive",
            Self::UserRemovedFromTeam => "user_removed_from_team",
            Self::TeamDisabled => "team_disabled",
            Self::TokenRevoked => "token_revoked",
            Self::NotAllowedTokenType => "not_allowed_token_type",
            Self::MissingScope => "missing_scope",
            Self::AccessDenied => "access_denied",
            Self::RateLimited => "ratelimited",
            Self::InternalError => "internal_error",
            Self::FatalError => "fatal_error",
            Self::Other(word) => word,
        }
    }
}

impl From<&str> for ApiError {
    fn from(word: &str) -> Self {
        let known = [
            Self::InvalidAuth,
            Self::NotAuthed,
            Self::AccountInactive,
            Self::UserRemovedFromTeam,
            Self::TeamDisabled,
            Self::TokenRevoked,
            Self::NotAllowedTokenType,
            Self::MissingScope,
            Self::AccessDenied,
            Self::RateLimited,
            Self::InternalError,
            Self::FatalError,
        ];
        known.into_iter().find(|error| error.as_str() == word).unwrap_or_else(|| Self::Other(word.to_owned()))
    }
}

/// What an envelope holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An event: sent again until it is acknowledged, three times at most.
    EventsApi,
    /// A click, a submission: never sent again.
    Interactive,
    /// A slash command: never sent again.
    SlashCommands,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::EventsApi, Self::Interactive, Self::SlashCommands];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EventsApi => "events_api",
            Self::Interactive => "interactive",
            Self::SlashCommands => "slash_commands",
        }
    }

    /// Whether Slack sends it again.
    #[must_use]
    pub const fn comes_again(self) -> bool {
        match self {
            Self::EventsApi => true,
            Self::Interactive | Self::SlashCommands => false,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
