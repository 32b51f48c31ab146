//! What can be wrong with a request, a TLS handshake, an answer to the Upgrade, or a frame.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use relink_core::CloseCode;

use super::Quote;
use crate::redaction::{Foreign, ForeignName};

/// What is wrong with the request of an attempt.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestFault {
    /// The URL cannot be read.
    Url(Arc<str>),
    /// The URL's scheme is neither `ws` nor `wss`.
    Scheme(Arc<str>),
    /// The URL has no host.
    NoHost,
    /// A header's name or value holds what HTTP does not allow, or is one the handshake sets itself.
    Header(Arc<str>),
    /// A subprotocol is not a token of HTTP, or is given twice.
    Subprotocol(Arc<str>),
    /// `wss://` without trust anchors: the feature is off, or the platform has none.
    NoTls(Arc<str>),
}

/// A failure of TLS.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsFault {
    /// The kind.
    pub problem: TlsProblem,
    /// The host whose certificate was expected.
    pub host: Arc<str>,
    /// What the TLS library said.
    pub detail: Arc<str>,
}

/// What failed in TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TlsProblem {
    /// The certificate has expired.
    Expired,
    /// The certificate is not valid yet.
    NotYetValid,
    /// The certificate is for another name.
    WrongName,
    /// The certificate's issuer is not trusted.
    UnknownIssuer,
    /// The certificate was revoked.
    Revoked,
    /// The certificate is bad in another way.
    BadCertificate,
    /// The peer ended the handshake with an alert (RFC 8446 §6).
    Alert,
    /// The peer does not speak TLS.
    NotTls,
    /// The peer and we have no protocol version or cipher in common.
    Incompatible,
    /// The peer ended the connection in the middle of the handshake.
    Cut,
    /// Something else.
    Other,
}

/// What is wrong with an answer to the Upgrade.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HandshakeFault {
    /// The head is longer than this many bytes.
    HeadTooLarge(usize),
    /// There are more headers than this.
    TooManyHeaders(usize),
    /// HTTP/1.0, which has no Upgrade.
    Version,
    /// `Upgrade: websocket` is missing.
    Upgrade,
    /// `Connection: Upgrade` is missing.
    Connection,
    /// `Sec-WebSocket-Accept` is missing or wrong.
    Accept,
    /// An extension that was not asked for.
    Extension(Quote),
    /// A subprotocol that was not asked for.
    UnaskedSubprotocol(Quote),
    /// None of the subprotocols that were asked for.
    NoSubprotocol,
}

/// How a peer broke the protocol on an open connection.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// Text that is not UTF-8 (RFC 6455 §8.1).
    NotUtf8,
    /// A message or frame larger than the limit.
    TooBig {
        /// Its size, as far as it is known.
        size_bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// A frame that RFC 6455 §5 does not allow.
    Frame(Arc<str>),
    /// A Close frame whose code may not be sent, or whose payload is malformed (RFC 6455 §7.4).
    CloseFrame,
    /// Something the protocol on top does not allow; the profile says what.
    Profile(CloseCode, Arc<str>),
}

impl TlsFault {
    /// A failure of this kind with this host, in the words of the TLS library.
    pub fn new(problem: TlsProblem, host: impl Into<Arc<str>>, detail: impl Into<Arc<str>>) -> Self {
        Self { problem, host: host.into(), detail: detail.into() }
    }
}

impl Violation {
    /// The close code to end the connection with.
    #[must_use]
    pub const fn code(&self) -> CloseCode {
        match self {
            Self::NotUtf8 => CloseCode::INVALID_PAYLOAD,
            Self::TooBig { .. } => CloseCode::TOO_BIG,
            Self::Frame(_) | Self::CloseFrame => CloseCode::PROTOCOL_ERROR,
            Self::Profile(code, _) => *code,
        }
    }
}

impl TlsProblem {
    /// Whether the peer's certificate is what is wrong: an operator's slip.
    #[must_use]
    pub const fn is_certificate(self) -> bool {
        match self {
            Self::Expired | Self::NotYetValid | Self::WrongName | Self::UnknownIssuer | Self::Revoked | Self::BadCertificate => true,
            Self::Alert | Self::NotTls | Self::Incompatible | Self::Cut | Self::Other => false,
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::Expired => "its certificate has EXPIRED; the operator must renew it (or this machine's clock is wrong)",
            Self::NotYetValid => "its certificate is NOT YET VALID; check this machine's clock",
            Self::WrongName => "its certificate is for ANOTHER NAME; check the host in the URL, or the operator's certificate",
            Self::UnknownIssuer => "its certificate's issuer is NOT TRUSTED; if it is your own, add its root to the trust anchors",
            Self::Revoked => "its certificate was REVOKED; the operator must replace it",
            Self::BadCertificate => "its certificate is BAD; the operator must replace it",
            Self::Alert => "the peer refused the TLS handshake",
            Self::NotTls => "the peer does not speak TLS; check the port, and whether it should be ws://",
            Self::Incompatible => "the peer offers no TLS version or cipher that is safe to use",
            Self::Cut => "the peer ended the connection in the middle of the TLS handshake",
            Self::Other => "the TLS connection failed",
        }
    }
}

impl fmt::Display for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = if self.problem.is_certificate() { "refused to trust" } else { "no secure connection to" };
        write!(f, "{subject} {:?}: {} ({})", self.host, self.problem.sentence(), Foreign(&self.detail))
    }
}

impl fmt::Display for RequestFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(why) => write!(f, "the URL cannot be read: {}", Foreign(why)),
            Self::Scheme(scheme) if scheme.is_empty() => f.write_str("the URL has no scheme: it begins with ws:// or wss://"),
            Self::Scheme(scheme) => {
                write!(f, "the URL begins with {}://: for a WebSocket it is ws://, or wss:// over TLS", Foreign(scheme))
            }
            Self::NoHost => f.write_str("the URL names no host"),
            Self::Header(which) => write!(f, "cannot send the header {which}"),
            Self::Subprotocol(which) => write!(f, "the subprotocol {:?} is given twice or is not a valid name", ForeignName(which)),
            Self::NoTls(why) => write!(f, "wss:// is not possible: {}", Foreign(why)),
        }
    }
}

impl fmt::Display for HandshakeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeadTooLarge(max) => write!(f, "its head is longer than {max} bytes"),
            Self::TooManyHeaders(max) => write!(f, "it has more than {max} headers"),
            Self::Version => f.write_str("it is HTTP/1.0, which has no upgrade; a proxy that is too old may stand in between"),
            Self::Upgrade => f.write_str("it lacks \"Upgrade: websocket\"; a proxy may have removed it"),
            Self::Connection => f.write_str("it lacks \"Connection: Upgrade\"; a proxy may have removed it"),
            Self::Accept => f.write_str("Sec-WebSocket-Accept is missing or wrong; a cache may stand in between"),
            Self::Extension(which) => write!(f, "it uses the extension {which}, which was not asked for"),
            Self::UnaskedSubprotocol(which) => write!(f, "it chose the subprotocol {which}, which was not asked for"),
            Self::NoSubprotocol => f.write_str("it chose none of the subprotocols asked for; check that the server speaks one of them"),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 => f.write_str("a text that is not UTF-8"),
            Self::TooBig { size_bytes, bytes_max } => {
                write!(f, "a message of {size_bytes} bytes, where at most {bytes_max} are taken; raise the limit if it is legitimate")
            }
            Self::Frame(what) | Self::Profile(_, what) => Foreign(what).fmt(f),
            Self::CloseFrame => f.write_str("a Close frame that is malformed or whose code may not be sent"),
        }
    }
}

impl fmt::Debug for RequestFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(why) => f.debug_tuple("Url").field(&Foreign(why)).finish(),
            Self::Scheme(scheme) => f.debug_tuple("Scheme").field(&Foreign(scheme)).finish(),
            Self::NoHost => f.write_str("NoHost"),
            Self::Header(which) => f.debug_tuple("Header").field(which).finish(),
            Self::Subprotocol(which) => f.debug_tuple("Subprotocol").field(&ForeignName(which)).finish(),
            Self::NoTls(why) => f.debug_tuple("NoTls").field(&Foreign(why)).finish(),
        }
    }
}

impl fmt::Debug for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { problem, host, detail } = self;
        f.debug_struct("TlsFault").field("problem", problem).field("host", host).field("detail", &Foreign(detail)).finish()
    }
}

impl fmt::Debug for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 => f.write_str("NotUtf8"),
            Self::TooBig { size_bytes, bytes_max } => {
                f.debug_struct("TooBig").field("size_bytes", size_bytes).field("bytes_max", bytes_max).finish()
            }
            Self::Frame(what) => f.debug_tuple("Frame").field(&Foreign(what)).finish(),
            Self::CloseFrame => f.write_str("CloseFrame"),
            Self::Profile(code, what) => f.debug_tuple("Profile").field(code).field(&Foreign(what)).finish(),
        }
    }
}

impl Error for RequestFault {}
impl Error for TlsFault {}
impl Error for HandshakeFault {}
impl Error for Violation {}
