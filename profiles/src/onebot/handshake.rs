//! The opening handshake: which services a connection offers, under which path or header.

/// The header that says whose implementation dials (`communication/ws-reverse.md`).
pub const SELF_ID_HEADER: &str = "X-Self-ID";

/// The header that says what the implementation that dials offers (`communication/ws-reverse.md`).
pub const CLIENT_ROLE_HEADER: &str = "X-Client-Role";

/// The path under which an implementation takes actions (`communication/ws.md`).
pub const API_PATH: &str = "/api";

/// The path under which an implementation sends events (`communication/ws.md`).
pub const EVENT_PATH: &str = "/event";

/// The path under which an implementation does both (`communication/ws.md`).
pub const UNIVERSAL_PATH: &str = "/";

/// What an implementation offers on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// It takes actions.
    Api,
    /// It sends events.
    Event,
    /// It does both.
    Universal,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Api, Self::Event, Self::Universal];

    /// The role as it stands in the header of a reverse WebSocket.
    #[must_use]
    pub const fn header(self) -> &'static str {
        match self {
            Self::Api => "API",
            Self::Event => "Event",
            Self::Universal => "Universal",
        }
    }

    /// The role in a header; its case does not matter, as it does not to aiocqhttp.
    #[must_use]
    pub fn in_header(header: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.header().eq_ignore_ascii_case(header.trim()))
    }

    /// The path of a forward WebSocket.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Api => API_PATH,
            Self::Event => EVENT_PATH,
            Self::Universal => UNIVERSAL_PATH,
        }
    }

    /// The role under a path, with a slash behind it or without; the query, if there is one, does not matter.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        let path = cut(path, b'?').map_or(path, |(path, _)| path);
        match path.strip_suffix('/').unwrap_or(path) {
            "" => Some(Self::Universal),
            API_PATH => Some(Self::Api),
            EVENT_PATH => Some(Self::Event),
            _ => None,
        }
    }

    /// Whether actions are taken.
    #[must_use]
    pub const fn takes_actions(self) -> bool {
        matches!(self, Self::Api | Self::Universal)
    }

    /// Whether events are sent, and lifecycle `connect` before all others.
    #[must_use]
    pub const fn sends_events(self) -> bool {
        matches!(self, Self::Event | Self::Universal)
    }
}

/// What is before a byte of ASCII, and what is behind it. (The standard library's ways to say so can panic, as far as a
/// compiler can tell.)
pub(super) fn cut(text: &str, at: u8) -> Option<(&str, &str)> {
    let before = text.bytes().position(|byte| byte == at)?;
    Some((text.get(..before)?, text.get(before.saturating_add(1)..)?))
}
