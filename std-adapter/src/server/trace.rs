//! What is written to logs about the accepting side: one span a connection, and in it who was let in, refused, and how they ended.

use std::fmt;
use std::net::SocketAddr;

use relink_core::CloseCode;
use relink_core::registry::Key;
use tracing::field::{Empty, display};
use tracing::{Span, debug, error};

use super::{Record, Rejection};
use crate::redaction::{Foreign, ForeignName};

/// The span of a connection, where anybody listens: most of ten thousand connections have none, and it is 40 bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct Line(Option<Box<Span>>);

impl Line {
    pub(super) fn new(remote: Option<SocketAddr>) -> Self {
        let span = tracing::info_span!("connection", key = Empty, remote = remote.map(display), identity = Empty);
        Self((!span.is_disabled()).then(|| Box::new(span)))
    }

    pub(super) fn span(&self) -> &Span {
        static NONE: Span = Span::none();
        self.0.as_deref().unwrap_or(&NONE)
    }

    /// It has a place, and with it a name.
    pub(super) fn named(&self, key: Key) {
        self.span().record("key", display(Name(key)));
    }

    pub(super) fn let_in(&self, identity: Option<&str>, subprotocol: Option<&str>) {
        let span = self.span();
        if let Some(identity) = identity {
            span.record("identity", identity);
        }
        debug!(parent: span, subprotocol = subprotocol.map(|name| tracing::field::debug(ForeignName(name))), "let in");
    }

    pub(super) fn refused(&self, rejection: &Rejection) {
        debug!(parent: self.span(), status = rejection.status.as_u16(), why = %Foreign(&rejection.why), "refused");
    }

    pub(super) fn turned_away(&self) {
        debug!(parent: self.span(), "turned away: there are too many that are being refused");
    }

    pub(super) fn ended(&self, record: &Record) {
        let Record { key, about, cause, code, ending, forced, age, messages_in, bytes_in, messages_out, bytes_out } = record;
        // By itself, too, it says who that was: a line is often all that is kept.
        debug!(
            parent: self.span(),
            key = %Name(*key),
            remote = about.remote().map(display),
            identity = about.identity(),
            cause = cause.label(),
            code = code.map(CloseCode::get),
            %ending,
            forced,
            ?age,
            messages_in,
            bytes_in,
            messages_out,
            bytes_out,
            "ended"
        );
    }

    pub(super) fn session_panicked(&self, key: Key) {
        error!(parent: self.span(), key = %Name(key), "the future of a session has panicked; its connection is closed with 1011");
    }

    pub(super) fn teller_panicked(&self, key: Key) {
        error!(parent: self.span(), key = %Name(key), "what is told of a connection's end has panicked");
    }
}

/// A connection's name as logs have it: its slot, and how many were in it before.
struct Name(Key);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0.slot(), self.0.generation())
    }
}
