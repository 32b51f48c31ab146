//! Owns HTTP answers other than 101 to an opening handshake, as bytes.

use std::time::{Duration, SystemTime};

use tokio_tungstenite::tungstenite::http::StatusCode;

/// An HTTP answer that refuses the upgrade, in one packet or with its body in a second one.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The status: 409, 429, 503, 401, 403, 301, 200 …
    pub status: u16,
    /// What `Retry-After` says, if it is there.
    pub retry_after: Option<RetryAfter>,
    /// Other headers, in this order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
    /// How long after the head the body is sent. Zero is in the same packet.
    pub body_after: Duration,
}

/// The two forms of `Retry-After` (RFC 9110 §10.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// A number of seconds.
    Seconds(u32),
    /// An HTTP date this far from the moment of the answer, rounded up to a whole second.
    Date(Duration),
}

impl Refusal {
    /// An answer with this status, the status' own words as its body, all in one packet.
    #[must_use]
    pub fn new(status: u16) -> Self {
        let (headers, body) = (Vec::new(), reason(status).to_owned());
        Self { status, retry_after: None, headers, body, body_after: Duration::ZERO }
    }

    /// The same with a `Retry-After`.
    #[must_use]
    pub fn retry_after(self, when: RetryAfter) -> Self {
        Self { retry_after: Some(when), ..self }
    }

    /// The same with one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with this body, `after` the head and in a packet of its own.
    #[must_use]
    pub fn late_body(self, body: &str, after: Duration) -> Self {
        Self { body: body.to_owned(), body_after: after, ..self }
    }

    /// The bytes of the head; `now` is what the date in `Retry-After` is counted from.
    pub(crate) fn head(&self, now: SystemTime) -> String {
        let mut head = format!("HTTP/1.1 {} {}\r\nConnection: close\r\n", self.status, reason(self.status));
        if let Some(when) = self.retry_after {
            head += &format!("Retry-After: {}\r\n", when.value(now));
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head + &format!("Content-Type: text/plain\r\nContent-Length: {}\r\n\r\n", self.body.len())
    }
}

impl RetryAfter {
    fn value(self, now: SystemTime) -> String {
        match self {
            Self::Seconds(seconds) => seconds.to_string(),
            // An HTTP date shows whole seconds and drops the rest; one nanosecond less than a second more rounds up.
            Self::Date(distance) => httpdate::fmt_http_date(now + distance + Duration::from_nanos(999_999_999)),
        }
    }
}

fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Refused")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_never_earlier_than_asked() {
        let answer = Refusal::new(429).retry_after(RetryAfter::Date(Duration::from_secs(2)));
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(10_001);
        assert!(answer.head(now).contains("\r\nRetry-After: Thu, 01 Jan 1970 00:00:13 GMT\r\n"), "{}", answer.head(now));
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(10);
        assert!(answer.head(now).contains("\r\nRetry-After: Thu, 01 Jan 1970 00:00:12 GMT\r\n"), "{}", answer.head(now));
    }

    #[test]
    fn a_head_names_its_status_and_the_length_of_its_body() {
        let head = Refusal::new(301).header("Location", "https://elsewhere.example/").head(SystemTime::UNIX_EPOCH);
        assert!(head.starts_with("HTTP/1.1 301 Moved Permanently\r\n"), "{head}");
        assert!(head.contains("\r\nLocation: https://elsewhere.example/\r\n"), "{head}");
        assert!(head.ends_with("\r\nContent-Length: 17\r\n\r\n"), "{head}");
    }
}
