//! A client's request to be let in: read, and checked as RFC 6455 §4.2.1 wants.

use std::fmt;
use std::net::SocketAddr;

use httparse::{EMPTY_HEADER, Status};
use tungstenite::handshake::derive_accept_key;
use tungstenite::http::request::Parts;
use tungstenite::http::uri::Authority;
use tungstenite::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, Version, header};

use super::Rejection;
use crate::redaction::ForeignUrl;
use crate::ws::head::{self, HeadFault};
use crate::ws::source::Socket;

/// More headers than any client sends, and few enough for the stack.
const HEADERS_MAX: usize = 128;

/// The request of a client that wants to be let in. Its `Debug` shows neither query nor header values.
pub struct Upgrade {
    parts: Parts,
    remote: Option<SocketAddr>,
}

impl Upgrade {
    pub(super) const fn new(parts: Parts, remote: Option<SocketAddr>) -> Self {
        Self { parts, remote }
    }

    /// What was asked for: path and query.
    #[must_use]
    pub const fn uri(&self) -> &Uri {
        &self.parts.uri
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &str {
        self.parts.uri.path()
    }

    /// The value of a parameter of the query, as it stands there: nothing is decoded.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        let pairs = self.parts.uri.query()?.split('&');
        pairs.filter_map(|pair| pair.split_once('=')).find_map(|(key, value)| (key == name).then_some(value))
    }

    /// All headers.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// The value of a header, where it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name)?.to_str().ok()
    }

    /// The token of `Authorization: Bearer …` (RFC 6750 §2.1).
    #[must_use]
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    }

    /// The subprotocols that the client offers, in its order (RFC 6455 §1.9).
    pub fn subprotocols(&self) -> impl Iterator<Item = &str> {
        let lines = self.parts.headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).into_iter();
        lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(',')).map(str::trim).filter(|name| !name.is_empty())
    }

    /// Whence it came, where that is known.
    #[must_use]
    pub const fn remote(&self) -> Option<SocketAddr> {
        self.remote
    }

    /// The request of an HTTP server that was put around, with its extensions.
    #[must_use]
    pub const fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Checks that it is a WebSocket handshake, in the order of RFC 6455 §4.2.1. Answers with the key of the acceptance.
    pub(super) fn check(&self) -> Result<String, Rejection> {
        let Parts { method, version, headers, .. } = &self.parts;
        let asks = |name, token| has_token(headers, name, token);
        if *method != Method::GET {
            let rejection = Rejection::new(StatusCode::METHOD_NOT_ALLOWED, "a WebSocket handshake is a GET request");
            return Err(rejection.with(header::ALLOW, HeaderValue::from_static("GET")));
        }
        if !asks(header::UPGRADE, "websocket") || !asks(header::CONNECTION, "upgrade") {
            let rejection = Rejection::new(StatusCode::UPGRADE_REQUIRED, "this is a WebSocket: Connection: Upgrade, Upgrade: websocket");
            return Err(rejection.with(header::UPGRADE, HeaderValue::from_static("websocket")));
        }
        if *version < Version::HTTP_11 || !only(headers, header::HOST).is_some_and(is_host) {
            return Err(Rejection::bad_request("a WebSocket handshake is HTTP/1.1 and names its Host, once"));
        }
        if headers.get_all(header::SEC_WEBSOCKET_VERSION).iter().nth(1).is_some() {
            return Err(Rejection::bad_request("Sec-WebSocket-Version must be there once"));
        }
        if only(headers, header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version.as_bytes() != b"13") {
            let rejection = Rejection::new(StatusCode::UPGRADE_REQUIRED, "Sec-WebSocket-Version must be 13");
            return Err(rejection.with(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13")));
        }
        match only(headers, header::SEC_WEBSOCKET_KEY) {
            Some(key) if is_key(key.as_bytes()) => Ok(derive_accept_key(key.as_bytes())),
            Some(_) | None => Err(Rejection::bad_request("Sec-WebSocket-Key must be 16 bytes in base64, once")),
        }
    }
}

impl fmt::Debug for Upgrade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upgrade").field("path", &ForeignUrl(self.path())).field("remote", &self.remote).finish_non_exhaustive()
    }
}

/// Reads a request's head, and says what came behind it: a client may send frames only after the answer, but bytes are bytes.
pub(super) async fn read(stream: &mut Socket, bytes_max: usize) -> Result<(Parts, Vec<u8>), Unread> {
    let mut buffer = Vec::with_capacity(1024);
    let end = match head::read(stream, &mut buffer, bytes_max, may_be_http).await {
        Ok(end) => end,
        Err(HeadFault::NotHttp) => {
            return Err(Unread::Rejected(Rejection::bad_request("this is not HTTP; a WebSocket is meant to be here")));
        }
        Err(HeadFault::TooLarge) => {
            let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
            return Err(Unread::Rejected(Rejection::new(status, format!("the head of a request has at most {bytes_max} bytes here"))));
        }
        Err(HeadFault::Cut) => return Err(Unread::Cut(buffer.len())),
        Err(HeadFault::Io(error)) => return Err(Unread::Io(error)),
    };
    let parts = parse(&buffer[..end]).map_err(Unread::Rejected)?;
    buffer.drain(..end);
    buffer.shrink_to_fit();
    Ok((parts, buffer))
}

/// Why there is no request.
pub(super) enum Unread {
    Rejected(Rejection),
    /// The client ended the connection after so many bytes.
    Cut(usize),
    Io(std::io::Error),
}

/// Methods are written in capitals: a TLS hello and other noise ends here, after its first byte.
fn may_be_http(buffer: &[u8]) -> bool {
    buffer.first().is_none_or(u8::is_ascii_uppercase)
}

fn parse(head: &[u8]) -> Result<Parts, Rejection> {
    let malformed = |what: &dyn fmt::Display| Rejection::bad_request(format!("the request is malformed: {what}"));
    let mut headers = [EMPTY_HEADER; HEADERS_MAX];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(head) {
        Ok(Status::Complete(_)) => {}
        Ok(Status::Partial) => return Err(malformed(&"its head is not complete")),
        Err(httparse::Error::TooManyHeaders) => {
            return Err(Rejection::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, format!("more than {HEADERS_MAX} headers")));
        }
        Err(error) => return Err(malformed(&error)),
    }
    let version = if request.version == Some(0) { Version::HTTP_10 } else { Version::HTTP_11 };
    let mut parts = Request::builder()
        .method(request.method.unwrap_or_default())
        .uri(request.path.unwrap_or_default())
        .version(version)
        .body(())
        .map_err(|error| malformed(&error))?
        .into_parts()
        .0;
    for header in request.headers.iter() {
        let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|error| malformed(&error))?;
        let value = HeaderValue::from_bytes(header.value).map_err(|error| malformed(&error))?;
        parts.headers.append(name, value);
    }
    Ok(parts)
}

/// The value of a header that must not be there twice.
fn only(headers: &HeaderMap, name: HeaderName) -> Option<&HeaderValue> {
    let mut lines = headers.get_all(name).into_iter();
    lines.next().filter(|_| lines.next().is_none())
}

/// What may stand in a Host: who is asked for, or nothing (RFC 9110 §7.2). What an intermediary could read otherwise may not (RFC 9112 §3.2).
fn is_host(value: &HeaderValue) -> bool {
    value.is_empty() || Authority::try_from(value.as_bytes()).is_ok_and(|host| !host.as_str().contains('@'))
}

fn has_token(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    let lines = headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|part| part.trim().eq_ignore_ascii_case(token))
}

/// Sixteen bytes in base64 (RFC 6455 §4.1): 22 characters, the last of which carries 2 bits, and the padding.
fn is_key(key: &[u8]) -> bool {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    matches!(key, [digits @ .., b'=', b'='] if digits.len() == 22 && digits.iter().all(is_base64))
}
