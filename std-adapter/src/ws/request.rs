//! The request of one attempt: where to, with which headers and subprotocols, and its text on the wire.

use std::fmt;
use std::str::FromStr;

use tungstenite::http::uri::{Authority, InvalidUri};
use tungstenite::http::{HeaderName, HeaderValue, Uri};

use crate::ending::RequestFault;
use crate::redaction::{Foreign, ForeignName, ForeignUrl};

/// Where an attempt goes, and what its Upgrade carries (RFC 6455 §4.1). Its `Debug` shows no value of the query
/// or a header.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    target: Target,
    resource: Box<str>,
    headers: Vec<(HeaderName, HeaderValue)>,
    subprotocols: Vec<Box<str>>,
}

/// The far end of a dial: all a connector needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Target {
    /// The host name or address, an IPv6 address without brackets.
    pub host: Box<str>,
    /// The port; 80 for `ws://` and 443 for `wss://` where the URL names none.
    pub port: u16,
    /// Whether TLS is spoken (`wss://`).
    pub secure: bool,
}

impl Request {
    /// A request for this URL, `ws://host[:port][/path][?query]` or `wss://…`.
    ///
    /// A fragment is left out, as RFC 6455 §3 wants. Credentials in the URL are refused: nobody would see them get lost.
    pub fn new(url: &str) -> Result<Self, RequestFault> {
        let uri = Uri::from_str(url).map_err(|error| unreadable(url, &error))?;
        let secure = match uri.scheme_str() {
            Some(scheme) if scheme.eq_ignore_ascii_case("ws") => false,
            Some(scheme) if scheme.eq_ignore_ascii_case("wss") => true,
            scheme => return Err(RequestFault::Scheme(scheme.unwrap_or("").into())),
        };
        let authority = uri.authority().ok_or(RequestFault::NoHost)?;
        if authority.as_str().contains('@') {
            return Err(RequestFault::Url("it holds a user name, which is not sent; give an Authorization header instead".into()));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(RequestFault::NoHost);
        }
        let port = port(authority)?.unwrap_or(if secure { 443 } else { 80 });
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let resource = format!("{}{query}", uri.path()).into();
        Ok(Self { target: Target { host: host.into(), port, secure }, resource, headers: Vec::new(), subprotocols: Vec::new() })
    }

    /// Adds a header. Those that the handshake itself is made of are refused; `Host` and `User-Agent` replace ours.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, RequestFault> {
        let fault = |what: &str| RequestFault::Header(format!("{:?}: {what}", Foreign(name)).into());
        let name = HeaderName::from_str(name).map_err(|_| fault("its name is not one in HTTP (letters, digits and some signs)"))?;
        if OURS.contains(&name.as_str()) {
            return Err(fault("it is set by the handshake itself"));
        }
        let value = HeaderValue::from_str(value).map_err(|_| fault(&unsendable(value)))?;
        self.headers.push((name, value));
        Ok(self)
    }

    /// Asks for a subprotocol, less preferred than those before it.
    pub fn subprotocol(mut self, name: &str) -> Result<Self, RequestFault> {
        let is_token = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && !br#"()<>@,;:\"/[]?={}"#.contains(&byte));
        if !is_token || self.subprotocols.iter().any(|other| **other == *name) {
            return Err(RequestFault::Subprotocol(name.into()));
        }
        self.subprotocols.push(name.into());
        Ok(self)
    }

    /// Where it goes.
    #[must_use]
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// The subprotocols asked for, the most preferred first.
    pub fn subprotocols(&self) -> impl Iterator<Item = &str> {
        self.subprotocols.iter().map(|name| &**name)
    }

    /// The URL, without what [`Request::new`] leaves out. Its query may hold secrets.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.target.secure { "wss" } else { "ws" };
        format!("{scheme}://{}{}", self.target.authority(), self.resource)
    }

    /// The headers that were added, names in lower case. They may hold secrets.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()))
    }

    /// Asks for these where none is asked for yet.
    pub(super) fn or_subprotocols(&mut self, names: &[&'static str]) {
        if self.subprotocols.is_empty() {
            self.subprotocols = names.iter().map(|&name| name.into()).collect();
        }
    }

    /// The request as it is written (RFC 6455 §4.1).
    pub(super) fn head(&self, key: &str) -> Vec<u8> {
        let mut head = format!("GET {} HTTP/1.1\r\n", self.resource).into_bytes();
        let mut line = |name: &str, value: &[u8]| {
            for part in [name.as_bytes(), b": ", value, b"\r\n"] {
                head.extend_from_slice(part);
            }
        };
        if !self.has("host") {
            line("Host", self.target.authority().as_bytes());
        }
        line("Connection", b"Upgrade");
        line("Upgrade", b"websocket");
        line("Sec-WebSocket-Version", b"13");
        line("Sec-WebSocket-Key", key.as_bytes());
        if !self.subprotocols.is_empty() {
            line("Sec-WebSocket-Protocol", self.subprotocols.join(", ").as_bytes());
        }
        if !self.has("user-agent") {
            line("User-Agent", USER_AGENT.as_bytes());
        }
        for (name, value) in &self.headers {
            line(name.as_str(), value.as_bytes());
        }
        head.extend_from_slice(b"\r\n");
        head
    }

    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(other, _)| other == name)
    }
}

impl Target {
    /// Host and port as in a URL, the port left out where it is the scheme's own.
    fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.to_string() };
        match (self.secure, self.port) {
            (false, 80) | (true, 443) => host,
            (_, port) => format!("{host}:{port}"),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') { write!(f, "[{}]:{}", self.host, self.port) } else { write!(f, "{}:{}", self.host, self.port) }
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        let subprotocols: Vec<_> = self.subprotocols().map(ForeignName).collect();
        f.debug_struct("Request")
            .field("target", &self.target)
            .field("resource", &ForeignUrl(&self.resource))
            .field("headers", &names)
            .field("subprotocols", &subprotocols)
            .finish()
    }
}

impl FromStr for Request {
    type Err = RequestFault;

    fn from_str(url: &str) -> Result<Self, RequestFault> {
        Self::new(url)
    }
}

impl TryFrom<&str> for Request {
    type Error = RequestFault;

    fn try_from(url: &str) -> Result<Self, RequestFault> {
        Self::new(url)
    }
}

impl TryFrom<String> for Request {
    type Error = RequestFault;

    fn try_from(url: String) -> Result<Self, RequestFault> {
        Self::new(&url)
    }
}

/// The port that the URL names. `http` takes one that is none, and forgets it.
fn port(authority: &Authority) -> Result<Option<u16>, RequestFault> {
    match authority.as_str().get(authority.host().len()..).unwrap_or_default() {
        "" | ":" => Ok(None),
        text => match text.trim_start_matches(':').parse() {
            Ok(0) | Err(_) => Err(RequestFault::Url(format!("its port {text:?} is not a number from 1 to 65535").into())),
            Ok(port) => Ok(Some(port)),
        },
    }
}

fn unreadable(url: &str, error: &InvalidUri) -> RequestFault {
    match url.split_once("://") {
        Some((_, "")) => return RequestFault::NoHost,
        Some((scheme, _)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {}
        Some(_) | None => return RequestFault::Scheme("".into()),
    }
    let odd = url.chars().find(|letter| !letter.is_ascii_graphic());
    RequestFault::Url(match odd {
        Some(odd) => format!("it holds {odd:?}; write that percent-encoded, or, in the name of a host, in Punycode (xn--…)").into(),
        None => error.to_string().into(),
    })
}

/// Why a header's value cannot be sent. It may be a secret, so it is not quoted.
fn unsendable(value: &str) -> String {
    let is_odd = |byte: &u8| byte.is_ascii_control() && *byte != b'\t';
    let at = value.bytes().position(|byte| is_odd(&byte)).unwrap_or_default();
    format!(
        "its value holds a line break or another control character, at byte {at} of {}; was it read from a file and not trimmed?",
        value.len()
    )
}

/// Some firewalls answer 403 to a request without one.
const USER_AGENT: &str = concat!("relink/", env!("CARGO_PKG_VERSION"));

const OURS: [&str; 9] = [
    "connection",
    "upgrade",
    "sec-websocket-version",
    "sec-websocket-key",
    "sec-websocket-protocol",
    "sec-websocket-extensions",
    "sec-websocket-accept",
    "content-length",
    "transfer-encoding",
];

#[cfg(test)]
mod tests {
    use super::Request;
    use crate::ending::RequestFault;

    fn head(request: &Request) -> String {
        String::from_utf8(request.head("KEY")).expect("text")
    }

    #[test]
    fn the_head_holds_what_rfc_6455_wants() {
        let request = Request::new("ws://example.com/a/b?c=d#e").and_then(|r| r.header("x-team", "relink")).unwrap();
        let request = request.subprotocol("one").unwrap().subprotocol("two").unwrap();
        let expected = "GET /a/b?c=d HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
            Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: KEY\r\nSec-WebSocket-Protocol: one, two\r\n";
        assert!(head(&request).starts_with(expected), "{}", head(&request));
        assert!(head(&request).ends_with("\r\nx-team: relink\r\n\r\n"), "{}", head(&request));
    }

    #[test]
    fn host_and_port() {
        for (url, host, shown) in [
            ("ws://h", "Host: h\r\n", "h:80"),
            ("wss://h", "Host: h\r\n", "h:443"),
            ("ws://h:443/", "Host: h:443\r\n", "h:443"),
            ("wss://[::1]:9/x", "Host: [::1]:9\r\n", "[::1]:9"),
            ("WSS://h:/", "Host: h\r\n", "h:443"),
            ("ws://h?q=1", "GET /?q=1 HTTP/1.1\r\nHost: h\r\n", "h:80"),
        ] {
            let request = Request::new(url).unwrap();
            assert!(head(&request).contains(host), "{url}: {}", head(&request));
            assert_eq!(request.target().to_string(), shown);
        }
        let own = Request::new("ws://h/").and_then(|r| r.header("Host", "other")).unwrap();
        assert!(head(&own).contains("host: other\r\n") && !head(&own).contains("Host: h"));
    }

    #[test]
    fn what_cannot_be_asked_for_is_a_typed_fault() {
        assert!(matches!(Request::new("http://h/"), Err(RequestFault::Scheme(s)) if &*s == "http"));
        assert!(matches!(Request::new("/path"), Err(RequestFault::Scheme(_))));
        assert!(matches!(Request::new("ws://"), Err(RequestFault::NoHost)));
        assert!(matches!(Request::new("ws://:80/"), Err(RequestFault::NoHost | RequestFault::Url(_))));
        assert!(matches!(Request::new("ws://me:secret@h/"), Err(RequestFault::Url(_))));
        assert!(matches!(Request::new("ws://h /"), Err(RequestFault::Url(_))));
        let request = Request::new("ws://h/").unwrap();
        for (name, value) in [("Connection", "x"), ("a b", "x"), ("a", "x\r\nEvil: y")] {
            assert!(matches!(request.clone().header(name, value), Err(RequestFault::Header(_))), "{name}");
        }
        for name in ["", "a b", "a,b"] {
            assert!(matches!(request.clone().subprotocol(name), Err(RequestFault::Subprotocol(_))), "{name}");
        }
        let twice = request.subprotocol("a").and_then(|r| r.subprotocol("a"));
        assert!(matches!(twice, Err(RequestFault::Subprotocol(_))));
    }

    #[test]
    fn a_port_that_is_none_is_never_another_one() {
        for url in ["ws://h:65536", "ws://h:99999/", "wss://h:443443/x", "ws://h:0/", "ws://h:80a/", "ws://[::1]:65536/"] {
            let Err(RequestFault::Url(why)) = Request::new(url) else { panic!("{url}") };
            assert!(why.contains("is not a number from 1 to 65535"), "{url}: {why}");
        }
    }

    #[test]
    fn a_fault_says_what_to_do_and_no_secret() {
        let said = |url: &str| Request::new(url).unwrap_err().to_string();
        for url in ["example.com", "ws:/foo", "/path", ""] {
            assert_eq!(said(url), "the URL has no scheme: it begins with ws:// or wss://", "{url}");
        }
        assert_eq!(said("http://h/"), "the URL begins with http://: for a WebSocket it is ws://, or wss:// over TLS");
        assert!(said("ws://m\u{fc}nchen.example/").contains("'\u{fc}'") && said("ws://h /").contains("' '"));
        let header = Request::new("ws://h/").unwrap().header("authorization", "Bearer secret\n").unwrap_err().to_string();
        assert!(header.contains("\"authorization\": its value holds a line break") && header.contains("byte 13 of 14"), "{header}");
        assert!(!header.contains("secret"), "{header}");
    }

    #[test]
    fn debug_hides_secrets() {
        let request = Request::new("wss://h/p?ticket=secret").and_then(|r| r.header("authorization", "secret")).unwrap();
        let text = format!("{request:?}");
        assert!(!text.contains("secret") && text.contains("authorization") && text.contains("/p"), "{text}");
    }
}
