//! Who is let in: what the user's gate sees, and what it answers before anything of a session exists.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use relink_core::Millis;
use tungstenite::http::{Extensions, HeaderName, HeaderValue, StatusCode, header};

use super::Upgrade;
use crate::redaction::{Foreign, ForeignName};

pub(super) type Gate = Arc<dyn Fn(Arc<Upgrade>) -> Pin<Box<dyn Future<Output = Result<Admission, Rejection>> + Send>> + Send + Sync>;

/// Somebody is let in.
#[derive(Default)]
pub struct Admission {
    pub(super) identity: Option<Arc<str>>,
    pub(super) subprotocol: Option<Box<str>>,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) extensions: Extensions,
}

impl Admission {
    /// Let in, and nothing is known of who it is.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Who it is. At most one connection serves with an identity: the newest; the one before is ended. An empty one is none.
    #[must_use]
    pub fn identity(mut self, identity: impl Into<Arc<str>>) -> Self {
        self.identity = Some(identity.into()).filter(|identity| !identity.is_empty());
        self
    }

    /// The subprotocol to speak, which must be one of those offered. Without it, the first one offered that the
    /// [protocol](super::Builder::protocol) knows.
    #[must_use]
    pub fn subprotocol(mut self, name: impl Into<Box<str>>) -> Self {
        self.subprotocol = Some(name.into());
        self
    }

    /// Adds a header to the answer.
    ///
    /// # Errors
    /// [`ReservedHeader`]: the server writes this one itself.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Result<Self, ReservedHeader> {
        self.headers.push((ReservedHeader::check(name)?, value));
        Ok(self)
    }

    /// Keeps something of the request, or found out about it, for the session: see [`About::get`](super::About::get).
    #[must_use]
    pub fn with<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.extensions.insert(value);
        self
    }
}

/// Somebody is not let in: an HTTP answer in place of the upgrade.
#[derive(Clone)]
pub struct Rejection {
    pub(super) status: StatusCode,
    pub(super) why: Cow<'static, str>,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
}

impl Rejection {
    /// An answer with this status, and a sentence that tells the client what to do.
    #[must_use]
    pub fn new(status: StatusCode, why: impl Into<Cow<'static, str>>) -> Self {
        Self { status, why: why.into(), headers: Vec::new() }
    }

    /// 401: who are you?
    #[must_use]
    pub fn unauthorized(why: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, why).with(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// 403: not you.
    #[must_use]
    pub fn forbidden(why: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, why)
    }

    /// 503: not now, but after this time.
    #[must_use]
    pub fn unavailable(retry_after: Millis, why: impl Into<Cow<'static, str>>) -> Self {
        let seconds = retry_after.get().div_ceil(1000);
        Self::new(StatusCode::SERVICE_UNAVAILABLE, why).with(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    pub(super) fn bad_request(why: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, why)
    }

    /// Adds a header to the answer; a `Content-Type` takes the place of `text/plain`.
    ///
    /// # Errors
    /// [`ReservedHeader`]: the server writes this one itself.
    pub fn header(self, name: HeaderName, value: HeaderValue) -> Result<Self, ReservedHeader> {
        Ok(self.with(ReservedHeader::check(name)?, value))
    }

    pub(super) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.status, Foreign(&self.why))
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Rejection").field("status", &self.status).field("why", &Foreign(&self.why)).field("headers", &headers).finish()
    }
}

impl fmt::Debug for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { identity, subprotocol, headers, extensions: _ } = self;
        let headers: Vec<_> = headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Admission")
            .field("identity", identity)
            .field("subprotocol", &subprotocol.as_deref().map(ForeignName))
            .field("headers", &headers)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Rejection {}

/// A header that belongs to the handshake or frames the answer: a second one would make it mean something else, or end elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReservedHeader(HeaderName);

impl ReservedHeader {
    fn check(name: HeaderName) -> Result<HeaderName, Self> {
        const OURS: [HeaderName; 4] = [header::CONNECTION, header::UPGRADE, header::CONTENT_LENGTH, header::TRANSFER_ENCODING];
        if OURS.contains(&name) || name.as_str().starts_with("sec-websocket-") { Err(Self(name)) } else { Ok(name) }
    }

    /// Which one.
    #[must_use]
    pub const fn name(&self) -> &HeaderName {
        &self.0
    }
}

impl fmt::Display for ReservedHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the header {:?} cannot be added to an answer: the server writes it itself", self.0.as_str())?;
        if self.0 == header::SEC_WEBSOCKET_PROTOCOL { f.write_str("; see Admission::subprotocol") } else { Ok(()) }
    }
}

impl std::error::Error for ReservedHeader {}

/// By `?` in a gate: its mistake is not told to the client, which gets a 500.
impl From<ReservedHeader> for Rejection {
    fn from(reserved: ReservedHeader) -> Self {
        tracing::error!(%reserved, "a gate's answer cannot be sent");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the server has made a mistake")
    }
}

/// Which pages of which origins a browser may connect from.
#[derive(Clone, Debug, Default)]
pub(super) enum Origins {
    #[default]
    Any,
    These(Arc<[Box<str>]>),
}

impl Origins {
    /// Only a browser sends an Origin (RFC 6455 §10.2): who sends none could as well send any.
    pub(super) fn check(&self, upgrade: &Upgrade) -> Result<(), Rejection> {
        let (Self::These(allowed), Some(origin)) = (self, upgrade.headers().get(header::ORIGIN)) else { return Ok(()) };
        if allowed.iter().any(|allowed| allowed.as_bytes().eq_ignore_ascii_case(origin.as_bytes())) {
            return Ok(());
        }
        Err(Rejection::forbidden("pages of this origin may not connect here"))
    }
}
