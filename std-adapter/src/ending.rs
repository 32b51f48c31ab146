//! The reasons why an attempt or a connection ended, each with a sentence for a person.

mod fault;
mod peer;
mod phase;

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

use relink_core::Verdict;

pub use fault::{HandshakeFault, RequestFault, TlsFault, TlsProblem, Violation};
pub use peer::{PeerClose, Quote, Refusal};
pub use phase::{Phase, Stage};

use crate::redaction::{Foreign, ForeignError};

/// Why an attempt failed or a connection ended. Cheap to clone; `Display` says what happened and what can be done.
///
/// What an ending means for the next attempt is said by [`classify::verdict`](crate::classify::verdict), in one place.
///
/// Whatever a peer, a library or your own code has said in it is shown by `Display` and `Debug` with its secrets hidden, as
/// [`Redaction`](crate::message_log::Redaction) does by default. Since `Display` says all there is to say, there is no
/// [`source`](Error::source), which a report would show as it is; the fields hold everything, whole.
#[derive(Clone)]
#[non_exhaustive]
pub enum Ending {
    /// The peer's Close frame came in (RFC 6455 §5.5.1).
    Closed(PeerClose),
    /// The transport ended after the closing handshake, as it should.
    Finished,
    /// The transport ended without a Close frame.
    Eof,
    /// Reading from or writing to the transport failed.
    Io(Arc<io::Error>),
    /// The peer broke the protocol (RFC 6455 §7.1.7).
    Protocol(Violation),
    /// Something did not come in time. Says what, and after how long.
    Timeout(Phase),

    /// The host name could not be resolved.
    Dns {
        /// The name, as it stood in the URL.
        host: Arc<str>,
        /// What the resolver said.
        error: Arc<io::Error>,
    },
    /// No address of the host could be connected to.
    Dial {
        /// Host and port, or what the connector calls its destination.
        target: Arc<str>,
        /// How many addresses were tried.
        tried: usize,
        /// What the last of them answered.
        error: Arc<io::Error>,
    },
    /// The TLS handshake failed, or TLS failed later on.
    Tls(TlsFault),
    /// The peer answered the Upgrade with something else than 101 (RFC 6455 §4.1).
    Refused(Arc<Refusal>),
    /// The peer's answer to the Upgrade is not HTTP at all; this is how it begins.
    NotHttp(Quote),
    /// The peer ended the transport in the middle of the opening handshake.
    HandshakeCut {
        /// How many bytes of its answer had come.
        received_bytes: usize,
    },
    /// The peer's answer to the Upgrade is not a valid acceptance of it (RFC 6455 §4.1).
    Handshake(HandshakeFault),
    /// The request given for this attempt cannot be made.
    Request(RequestFault),
    /// On the accepting side: the client was not let in, and got an HTTP answer.
    Rejected {
        /// The status of that answer.
        status: u16,
        /// What it was told.
        why: Arc<str>,
    },
    /// On the accepting side: the client ended the connection before its request was complete.
    RequestCut {
        /// How many bytes of the request had come.
        received_bytes: usize,
    },
    /// The provider of the URL failed; the verdict is its own.
    Provider(Arc<dyn Error + Send + Sync>, Verdict),
    /// An error of a transport other than WebSocket; the verdict is its own.
    Other(Arc<dyn Error + Send + Sync>, Verdict),

    /// The peer asked for this connection to end, in its own protocol; with the reason it gave, if any.
    Asked(Arc<str>),
    /// The connection reached the greatest age it may have.
    Aged,
    /// A successor took over.
    Replaced,
    /// The user stopped the link.
    Stopped,
}

impl Ending {
    /// A short name for metrics and logs, one a variant: `closed`, `refused`, `dns` …
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Closed(_) => "closed",
            Self::Finished => "finished",
            Self::Eof => "eof",
            Self::Io(_) => "io",
            Self::Protocol(_) => "protocol",
            Self::Timeout(phase) => phase.label(),
            Self::Dns { .. } => "dns",
            Self::Dial { .. } => "dial",
            Self::Tls(_) => "tls",
            Self::Refused(_) => "refused",
            Self::NotHttp(_) => "not_http",
            Self::HandshakeCut { .. } => "handshake_cut",
            Self::Handshake(_) => "handshake",
            Self::Request(_) => "request",
            Self::Rejected { .. } => "rejected",
            Self::RequestCut { .. } => "request_cut",
            Self::Provider(..) => "provider",
            Self::Other(..) => "other",
            Self::Asked(_) => "asked",
            Self::Aged => "aged",
            Self::Replaced => "replaced",
            Self::Stopped => "stopped",
        }
    }

    /// The HTTP status of a refused upgrade.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        if let Self::Refused(refusal) = self { Some(refusal.status) } else { None }
    }

    /// The code of the peer's Close frame; `None` also if the frame carried none.
    #[must_use]
    pub fn close_code(&self) -> Option<relink_core::CloseCode> {
        if let Self::Closed(close) = self { close.code } else { None }
    }

    /// An ending from an error that carries nothing but its text.
    pub fn other(error: impl Into<Box<dyn Error + Send + Sync>>, verdict: Verdict) -> Self {
        Self::Other(Arc::from(error.into()), verdict)
    }
}

impl From<io::Error> for Ending {
    fn from(error: io::Error) -> Self {
        Self::Io(Arc::new(error))
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(close) => close.fmt(f),
            Self::Finished => f.write_str("the connection was closed properly"),
            Self::Eof => f.write_str(
                "the peer ended the connection without a Close frame: it may have crashed, or something between dropped the connection",
            ),
            Self::Io(error) => write!(f, "the connection broke: {}", ForeignError(error)),
            Self::Protocol(violation) => write!(f, "the peer broke the WebSocket protocol: {violation}"),
            Self::Timeout(phase) => phase.fmt(f),
            Self::Dns { host, error } => {
                write!(f, "the host name {host:?} could not be resolved: {}; check the name and the network", ForeignError(error))
            }
            Self::Dial { target, tried, error } => dial(f, target, *tried, error),
            Self::Tls(fault) => fault.fmt(f),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::NotHttp(quote) => write!(
                f,
                "the peer does not speak HTTP, its answer begins with {quote}: check the port, and whether it should be ws:// or wss://"
            ),
            Self::HandshakeCut { received_bytes: 0 } => {
                f.write_str("the peer ended the connection without answering the upgrade: check that a WebSocket server listens there")
            }
            Self::HandshakeCut { received_bytes } => write!(
                f,
                "the peer ended the connection in the middle of its answer to the upgrade, after {received_bytes} bytes: it may have crashed"
            ),
            Self::Handshake(fault) => write!(f, "the answer to the upgrade is not valid: {fault}"),
            Self::Request(fault) => write!(f, "the connection cannot be requested: {fault}"),
            Self::Rejected { status, why } => write!(f, "the client was not let in, it got HTTP {status}: {}", Foreign(why)),
            Self::RequestCut { received_bytes } => {
                write!(f, "the client ended the connection after {received_bytes} bytes of its request: a port scan, a probe, or a crash")
            }
            Self::Provider(error, _) => write!(f, "the request of this attempt could not be made: {}", ForeignError(&**error)),
            Self::Other(error, _) => ForeignError(&**error).fmt(f),
            Self::Asked(reason) if reason.is_empty() => f.write_str("the peer asked for this connection to end"),
            Self::Asked(reason) => write!(f, "the peer asked for this connection to end: {}", Foreign(reason)),
            Self::Aged => f.write_str("the connection reached its greatest age and is renewed"),
            Self::Replaced => f.write_str("a newer connection took over"),
            Self::Stopped => f.write_str("the link was stopped"),
        }
    }
}

impl fmt::Debug for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut one = |name, field: &dyn fmt::Debug| f.debug_tuple(name).field(field).finish();
        match self {
            Self::Closed(close) => one("Closed", close),
            Self::Io(error) => one("Io", &ForeignError(error)),
            Self::Protocol(violation) => one("Protocol", violation),
            Self::Timeout(phase) => one("Timeout", phase),
            Self::Dns { host, error } => f.debug_struct("Dns").field("host", host).field("error", &ForeignError(error)).finish(),
            Self::Dial { target, tried, error } => {
                let (target, error) = (Foreign(target), ForeignError(error));
                f.debug_struct("Dial").field("target", &target).field("tried", tried).field("error", &error).finish()
            }
            Self::Tls(fault) => one("Tls", fault),
            Self::Refused(refusal) => one("Refused", refusal),
            Self::NotHttp(quote) => one("NotHttp", quote),
            Self::HandshakeCut { received_bytes } => f.debug_struct("HandshakeCut").field("received_bytes", received_bytes).finish(),
            Self::Handshake(fault) => one("Handshake", fault),
            Self::Request(fault) => one("Request", fault),
            Self::Provider(error, verdict) => f.debug_tuple("Provider").field(&ForeignError(&**error)).field(verdict).finish(),
            Self::Other(error, verdict) => f.debug_tuple("Other").field(&ForeignError(&**error)).field(verdict).finish(),
            Self::Rejected { status, why } => f.debug_struct("Rejected").field("status", status).field("why", &Foreign(why)).finish(),
            Self::RequestCut { received_bytes } => f.debug_struct("RequestCut").field("received_bytes", received_bytes).finish(),
            Self::Asked(reason) => one("Asked", &Foreign(reason)),
            Self::Finished => f.write_str("Finished"),
            Self::Eof => f.write_str("Eof"),
            Self::Aged => f.write_str("Aged"),
            Self::Replaced => f.write_str("Replaced"),
            Self::Stopped => f.write_str("Stopped"),
        }
    }
}

impl Error for Ending {}

fn dial(f: &mut fmt::Formatter<'_>, target: &str, tried: usize, error: &io::Error) -> fmt::Result {
    let hint = match error.kind() {
        io::ErrorKind::ConnectionRefused => "nothing listens there: check the address and that the server runs",
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => "check the network",
        _ => "check the address and the network",
    };
    let (target, error) = (Foreign(target), ForeignError(error));
    match tried {
        0 | 1 => write!(f, "could not connect to {target}: {error}; {hint}"),
        _ => write!(f, "could not connect to {target}, none of {tried} addresses answered: {error}; {hint}"),
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;
    use std::io;
    use std::sync::Arc;

    use relink_core::{CloseCode, Millis, Verdict};

    use super::*;

    const fn is_shareable<T: Clone + Send + Sync + Error + 'static>() {}
    const _: () = is_shareable::<Ending>();

    /// An ending travels in results and events.
    const _: () = assert!(size_of::<Ending>() <= 64);

    #[test]
    fn sentences_for_people() {
        let second = Millis::from_secs(1);
        let refused = Arc::new(io::Error::from(io::ErrorKind::ConnectionRefused));
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        let close = PeerClose { code: Some(CloseCode::SERVICE_RESTART), reason: "new \"version\"\n".into() };
        let table = [
            (Ending::Closed(close), r#"the peer closed the connection with 1012 (it restarts), saying "new \"version\"""#),
            (Ending::from(reset), "the connection broke: connection reset"),
            (
                Ending::Timeout(Phase::Opening(Millis::from_secs(10), Stage::Tls)),
                "the connection was not open after 10s: the peer did not finish the TLS handshake; check that it speaks TLS on this port",
            ),
            (Ending::Timeout(Phase::Message(second)), "the peer's message comes too slowly: it is not complete, and was waited for for 1s"),
            (Ending::Timeout(Phase::Closing(second)), "the peer did not end the connection within 1s of the Close; it was dropped"),
            (
                Ending::Timeout(Phase::Write(Millis::new(1500))),
                "the peer took no data for 1.5s: it no longer reads, or the network is gone",
            ),
            (
                Ending::Dial { target: "h:1".into(), tried: 3, error: refused },
                "could not connect to h:1, none of 3 addresses answered: connection refused; nothing listens there: check the address and \
                 that the server runs",
            ),
            (Ending::other("a line without an end", Verdict::Retry), "a line without an end"),
        ];
        for (ending, sentence) in table {
            assert_eq!(ending.to_string(), sentence);
        }
    }

    #[test]
    fn a_quote_is_short_and_harmless() {
        assert_eq!(Quote::new(&b" \x1b[31mred\0\xff "[..]).to_string(), "\"\\u{1b}[31mred\\0\u{fffd}\"");
        let long = Quote::new(vec![b'x'; 5000]).to_string();
        assert!(long.ends_with("x\"…") && long.len() < 210, "{long}");
    }

    #[test]
    fn no_source_shows_what_the_sentence_hides() {
        let ending = Ending::from(io::Error::other("no cable at https://me:secret@h/"));
        assert_eq!(ending.to_string(), "the connection broke: no cable at https://***@h/");
        assert!(ending.source().is_none());
    }
}
