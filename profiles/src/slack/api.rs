//! The errors of `apps.connections.open`, and what a person can do about them.

use core::fmt;

use relink_core::Verdict;

use crate::json::Text;

/// Slack refuses a URL, and says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiError<'a> {
    /// Which error it is.
    pub error: Text<'a>,
    /// The scope that is needed (with `missing_scope`).
    pub needed: Option<Text<'a>>,
    /// The scopes that the token has (with `missing_scope`).
    pub provided: Option<Text<'a>>,
}

/// An error of Slack's Web API by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorName<'a> {
    /// The token is not one of Slack's.
    InvalidAuth,
    /// There is no token in the request.
    NotAuthed,
    /// The token is of a deleted user or workspace.
    AccountInactive,
    /// The token's user is not in the workspace any more.
    UserRemovedFromTeam,
    /// The workspace is disabled.
    TeamDisabled,
    /// The token was revoked.
    TokenRevoked,
    /// The token has expired.
    TokenExpired,
    /// The token is no app-level token.
    NotAllowedTokenType,
    /// The token lacks `connections:write`.
    MissingScope,
    /// The app may not do this.
    AccessDenied,
    /// Too many calls, together with status 429 and `Retry-After`.
    Ratelimited,
    /// Trouble at Slack.
    InternalError,
    /// Trouble at Slack, in the middle of the call.
    FatalError,
    /// Trouble at Slack.
    ServiceUnavailable,
    /// The request did not arrive as a whole.
    RequestTimeout,
    /// The workspace is being moved, and is back later.
    TeamAddedToOrg,
    /// An error that nobody has told us about.
    Other(&'a str),
}

const KNOWN: [(&str, ErrorName<'static>); 16] = [
    ("invalid_auth", ErrorName::InvalidAuth),
    ("not_authed", ErrorName::NotAuthed),
    ("account_inactive", ErrorName::AccountInactive),
    ("user_removed_from_team", ErrorName::UserRemovedFromTeam),
    ("team_disabled", ErrorName::TeamDisabled),
    ("token_revoked", ErrorName::TokenRevoked),
    ("token_expired", ErrorName::TokenExpired),
    ("not_allowed_token_type", ErrorName::NotAllowedTokenType),
    ("missing_scope", ErrorName::MissingScope),
    ("access_denied", ErrorName::AccessDenied),
    ("ratelimited", ErrorName::Ratelimited),
    ("internal_error", ErrorName::InternalError),
    ("fatal_error", ErrorName::FatalError),
    ("service_unavailable", ErrorName::ServiceUnavailable),
    ("request_timeout", ErrorName::RequestTimeout),
    ("team_added_to_org", ErrorName::TeamAddedToOrg),
];

impl<'a> ApiError<'a> {
    /// The error by its name.
    #[must_use]
    pub fn name(&self) -> ErrorName<'a> {
        ErrorName::named(self.error.raw())
    }

    /// What it means for the link, where no `Retry-After` came with it.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.name().verdict()
    }
}

impl fmt::Display for ApiError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slack gives no URL: {} ({}", self.name().advice(), self.error)?;
        if let Some(needed) = self.needed {
            write!(f, ", needed: {needed}")?;
        }
        if let Some(provided) = self.provided {
            write!(f, ", provided: {provided}")?;
        }
        f.write_str(")")
    }
}

impl core::error::Error for ApiError<'_> {}

impl<'a> ErrorName<'a> {
    /// The error with this name.
    #[must_use]
    pub fn named(name: &'a str) -> Self {
        let known = KNOWN.into_iter().find(|(known, _)| name == *known);
        known.map_or(Self::Other(name), |(_, error)| error)
    }

    /// The name Slack gives it.
    #[must_use]
    pub fn as_str(self) -> &'a str {
        if let Self::Other(name) = self {
            return name;
        }
        KNOWN.into_iter().find(|(_, error)| *error == self).map_or("", |(name, _)| name)
    }

    /// What it means, for a person; where somebody has to do something, what.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::InvalidAuth => "the token is not valid: copy the app-level token (xapp-…) from the app's settings, Basic Information",
            Self::NotAuthed => "no token was given: set the app-level token (xapp-…)",
            Self::AccountInactive => "the token is of a deleted user or workspace: generate another app-level token",
            Self::UserRemovedFromTeam => "the token's user is not in the workspace any more: let a member generate another app-level token",
            Self::TeamDisabled => "the workspace is disabled",
            Self::TokenRevoked => "the token was revoked: generate another app-level token",
            Self::TokenExpired => "the token has expired: generate another app-level token",
            Self::NotAllowedTokenType => "the token is of the wrong type: an app-level token begins with xapp-, not with xoxb- or xoxp-",
            Self::MissingScope => "the token lacks a scope: generate an app-level token with connections:write",
            Self::AccessDenied => "the app may not use Socket Mode: switch it on in the app's settings, or ask the workspace's admin",
            Self::Ratelimited => "too many URLs were asked for: it is tried again when Slack allows it",
            Self::InternalError | Self::FatalError | Self::ServiceUnavailable => "Slack is in trouble: it is tried again",
            Self::RequestTimeout => "the request did not arrive as a whole: it is tried again",
            Self::TeamAddedToOrg => "the workspace is being moved to an organisation: it is tried again",
            Self::Other(_) => "an error that is not known here: look it up in the reference of apps.connections.open",
        }
    }
}
