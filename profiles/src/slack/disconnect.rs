//! The `disconnect`, by which Slack announces the end of a connection, and its reasons.

use core::fmt;

use super::Error;
use crate::fields::{Field, Odd};
use crate::json::Text;

/// Slack will drop this connection, or wants it dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disconnect<'a> {
    /// Why.
    pub reason: Reason<'a>,
    /// The host at the other end.
    pub host: Option<Text<'a>>,
    /// The first field that held something else than expected, and was taken for missing.
    pub odd: Option<Error>,
}

/// Why Slack ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason<'a> {
    /// The connection is old, and dropped in about [`WARNING_LEAD`](super::limits::WARNING_LEAD).
    Warning,
    /// The host is being recycled. Often follows a warning.
    RefreshRequested,
    /// More than [`CONNECTIONS_MAX`](super::limits::CONNECTIONS_MAX) are registered; can come before the hello.
    TooManyWebsockets,
    /// Socket Mode was switched off for the app.
    LinkDisabled,
    /// A reason that nobody has told us about; empty if there was none. Treated as a warning.
    Other(Text<'a>),
}

impl<'a> Disconnect<'a> {
    pub(super) fn read(reason: Option<Field<'a>>, debug_info: Option<Field<'a>>) -> Self {
        let mut odd = Odd::default();
        let [host] = odd.object(debug_info, ["host"]);
        Self { reason: Reason::named(odd.text(reason).unwrap_or_default()), host: odd.text(host), odd: odd.0 }
    }
}

impl<'a> Reason<'a> {
    const KNOWN: [(&'static str, Reason<'static>); 4] = [
        ("warning", Reason::Warning),
        ("refresh_requested", Reason::RefreshRequested),
        ("too_many_websockets", Reason::TooManyWebsockets),
        ("link_disabled", Reason::LinkDisabled),
    ];

    /// The reason with this name.
    #[must_use]
    pub fn named(name: Text<'a>) -> Self {
        let known = Self::KNOWN.into_iter().find(|(known, _)| name == *known);
        known.map_or(Self::Other(name), |(_, reason)| reason)
    }

    /// What it means, for a person; where somebody has to do something, what.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Warning => "Slack ends this connection soon, as it does every few hours; another one takes over",
            Self::RefreshRequested => "Slack recycles the host of this connection; another one takes over",
            Self::TooManyWebsockets => {
                "more than 10 connections are registered for the app: stop other instances, or wait until Slack has forgotten dead ones"
            }
            Self::LinkDisabled => "Socket Mode is switched off for the app: switch it on in the app's settings, then start again",
            Self::Other(_) => "Slack ends this connection for a reason that is not known here; another one takes over",
        }
    }
}

/// The name Slack gives it.
impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Other(name) = self {
            return name.fmt(f);
        }
        let known = Self::KNOWN.into_iter().find(|(_, reason)| reason == self);
        f.write_str(known.map_or("", |(name, _)| name))
    }
}
