//! What the peer said when it ended something: its Close frame, its HTTP refusal, the beginning of its text.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use relink_core::{CloseCode, Millis};

use crate::redaction::{Foreign, ForeignUrl};

/// The peer's Close frame (RFC 6455 §5.5.1).
#[derive(Clone, PartialEq, Eq)]
pub struct PeerClose {
    /// Its code; `None` if the frame carried none.
    pub code: Option<CloseCode>,
    /// Its reason, at most 123 bytes; often empty.
    pub reason: Arc<str>,
}

/// An HTTP answer to the Upgrade other than 101.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The words beside the status; may be empty.
    pub phrase: Box<str>,
    /// `Retry-After`, as the time to wait from when it came.
    pub retry_after: Option<Millis>,
    /// `Location`, for a redirect, whole: it may hold secrets.
    pub location: Option<Box<str>>,
    /// The beginning of the body.
    pub body: Quote,
}

/// The beginning of what a peer sent, quoted safely: secrets are hidden as [`Redaction`](crate::message_log::Redaction) says,
/// control characters are escaped, and no more than 200 characters shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Quote {
    /// The bytes that were kept.
    pub bytes: Bytes,
}

impl fmt::Display for PeerClose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            None => f.write_str("the peer closed the connection without saying why")?,
            Some(code) => {
                write!(f, "the peer closed the connection with {}", code.get())?;
                if let Some(meaning) = code_meaning(code.get()) {
                    write!(f, " ({meaning})")?;
                }
            }
        }
        if self.reason.is_empty() { Ok(()) } else { write!(f, ", saying {}", Quote::from(&*self.reason)) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the peer answered the upgrade with HTTP {}", self.status)?;
        if !self.phrase.is_empty() {
            write!(f, " {}", Foreign(&self.phrase).to_string().escape_debug())?;
        }
        if let Some(location) = &self.location {
            write!(f, " to {:?}", ForeignUrl(location))?;
        }
        write!(f, ": {}", status_hint(self.status))?;
        if let Some(wait) = self.retry_after {
            write!(f, "; it asks to wait {:?}", wait.as_duration())?;
        }
        if self.body.bytes.is_empty() { Ok(()) } else { write!(f, "; it says {}", self.body) }
    }
}

impl Refusal {
    /// A refusal with this status and nothing else.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self { status, phrase: "".into(), retry_after: None, location: None, body: Quote::default() }
    }
}

impl Quote {
    const CHARS_MAX: usize = 200;

    /// Quotes these bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: bytes.into() }
    }
}

impl From<&str> for Quote {
    fn from(text: &str) -> Self {
        Self::new(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl fmt::Display for Quote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Foreign(&String::from_utf8_lossy(&self.bytes)).to_string();
        let text = text.trim();
        let shown: String = text.chars().take(Self::CHARS_MAX).collect();
        write!(f, "{shown:?}{}", if shown.len() < text.len() { "…" } else { "" })
    }
}

impl fmt::Debug for PeerClose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerClose").field("code", &self.code).field("reason", &Foreign(&self.reason)).finish()
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusal")
            .field("status", &self.status)
            .field("phrase", &Foreign(&self.phrase))
            .field("retry_after", &self.retry_after)
            .field("location", &self.location.as_deref().map(ForeignUrl))
            .field("body", &self.body)
            .finish()
    }
}

impl fmt::Debug for Quote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Quote({self})")
    }
}

/// What the registries say of a code (RFC 6455 §7.4.1, IANA WebSocket Close Code Number Registry).
const fn code_meaning(code: u16) -> Option<&'static str> {
    Some(match code {
        1000 => "normal closure",
        1001 => "going away",
        1002 => "it says we broke the protocol",
        1003 => "it cannot take this kind of data",
        1007 => "it says our data is malformed",
        1008 => "a policy of its own is violated; check the credentials and what was sent",
        1009 => "our message is too big for it",
        1010 => "it wants an extension",
        1011 => "an error on its side",
        1012 => "it restarts",
        1013 => "it is overloaded",
        1014 => "a gateway got a bad answer",
        3000 => "unauthorized; check the credentials",
        3003 => "forbidden; check the permissions",
        3008 => "something took too long for it",
        _ => return None,
    })
}

const fn status_hint(status: u16) -> &'static str {
    match status {
        200..=299 => "this is a web page, not a WebSocket; check the path, and whether a login page or proxy stands in between",
        300..=399 => "redirects are not followed; give the address it leads to",
        401 => "check the token or password",
        403 => "check the token or password, and what it is allowed to do",
        404 => "nothing is served under this path; check the URL",
        407 => "a proxy wants credentials",
        408 => "it had to wait too long for the request",
        409 => "another connection stands in the way",
        410 => "the service is gone from this address",
        426 => "it wants another protocol version",
        429 => "too many requests",
        400..=499 => "it does not like the request; check the URL, headers and subprotocol",
        500..=599 => "the service is in trouble",
        _ => "this status means nothing here",
    }
}
