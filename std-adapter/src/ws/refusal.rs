//! What is read of an answer other than 101: Retry-After, Location, and the beginning of the body.

use std::time::{Duration, SystemTime};

use httparse::{Response, Status};
use relink_core::Millis;
use tokio::io::AsyncReadExt;
use tokio::time::timeout;

use super::Limits;
use super::source::Socket;
use super::upgrade::{has_token, header};
use crate::ending::{Quote, Refusal};

/// Where the body ends (RFC 9112 §6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Length(usize),
    Chunked,
    UntilEof,
}

/// What the head of a refusal says; its body is yet to be read.
pub(super) fn read_head(status: u16, response: &Response<'_, '_>) -> (Refusal, Framing) {
    let text = |name| header(response, name).map(|value| String::from_utf8_lossy(value).into_owned());
    let refusal = Refusal {
        status,
        phrase: response.reason.unwrap_or("").into(),
        retry_after: text("retry-after").and_then(|value| retry_after(&value, text("date").as_deref(), SystemTime::now())),
        location: text("location").map(Into::into),
        body: Quote::default(),
    };
    let framing = if matches!(status, 204 | 304) {
        Framing::Length(0)
    } else if has_token(response, "transfer-encoding", "chunked") {
        Framing::Chunked
    } else {
        text("content-length").and_then(|length| length.parse().ok()).map_or(Framing::UntilEof, Framing::Length)
    };
    (refusal, framing)
}

/// Reads the body as far as the limits go. Whatever goes wrong, what has come so far is the answer: it is only quoted.
pub(super) async fn read_body(stream: &mut Socket, mut raw: Vec<u8>, framing: Framing, limits: &Limits) -> Vec<u8> {
    let bytes_max = limits.refusal_bytes_max;
    let reading = async {
        while !is_whole(&raw, framing, bytes_max) {
            raw.reserve(1024);
            match stream.read_buf(&mut raw).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
    };
    // Too slow is as good as cut off.
    let _ = timeout(limits.refusal_time_max.as_duration(), reading).await;
    let mut body = match framing {
        Framing::Chunked => dechunk(&raw).0,
        Framing::Length(length) => {
            raw.truncate(length);
            raw
        }
        Framing::UntilEof => raw,
    };
    body.truncate(bytes_max);
    body
}

fn is_whole(raw: &[u8], framing: Framing, bytes_max: usize) -> bool {
    let enough = match framing {
        Framing::Length(length) => length.min(bytes_max),
        Framing::Chunked if dechunk(raw).1 => return true,
        // One-byte chunks are six times as long as what they carry; whoever does that is quoted in part.
        Framing::Chunked => bytes_max.saturating_mul(2),
        Framing::UntilEof => bytes_max,
    };
    raw.len() >= enough
}

/// The payload of the chunks that are there (RFC 9112 §7.1), and whether there will be no more. Of something malformed
/// the raw bytes are kept.
fn dechunk(mut raw: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        match httparse::parse_chunk_size(raw) {
            Ok(Status::Complete((_, 0))) => return (body, true),
            Ok(Status::Complete((begin, size))) => {
                let chunk = &raw[begin..];
                let size = usize::try_from(size).unwrap_or(usize::MAX);
                body.extend_from_slice(&chunk[..chunk.len().min(size)]);
                let Some(next) = chunk.get(size.saturating_add(2)..) else { return (body, false) };
                raw = next;
            }
            Ok(Status::Partial) => return (body, false),
            Err(_) => {
                body.extend_from_slice(raw);
                return (body, true);
            }
        }
    }
}

/// `Retry-After` as a time to wait (RFC 9110 §10.2.3). A date is compared with the peer's own clock where it tells it:
/// ours may be wrong.
pub(crate) fn retry_after(value: &str, date: Option<&str>, now: SystemTime) -> Option<Millis> {
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        let secs = value.parse().unwrap_or(u64::MAX);
        return Some(Millis::from_duration(Duration::from_secs(secs)));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let now = date.and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or(now);
    Some(Millis::from_duration(until.duration_since(now).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use relink_core::Millis;

    use super::{dechunk, retry_after};

    #[test]
    fn retry_after_in_both_forms() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(retry_after("120", None, now), Some(Millis::from_secs(120)));
        assert_eq!(retry_after("0", None, now), Some(Millis::ZERO));
        assert_eq!(retry_after("99999999999999999999999", None, now), Some(Millis::MAX));
        // 1994-11-06 08:49:37 GMT is 784,111,777 s after the epoch (RFC 9110 §5.6.7).
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:50:37 GMT", None, now), Some(Millis::from_secs(60)));
        assert_eq!(retry_after("Sunday, 06-Nov-94 08:50:37 GMT", None, now), Some(Millis::from_secs(60)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:48:37 GMT", None, now), Some(Millis::ZERO));
        for nonsense in ["", "soon", "-1", "1.5", "12 s"] {
            assert_eq!(retry_after(nonsense, None, now), None, "{nonsense}");
        }
    }

    #[test]
    fn a_date_is_read_by_the_peers_clock() {
        let ours = SystemTime::now();
        let wait = retry_after("Sun, 06 Nov 1994 08:50:37 GMT", Some("Sun, 06 Nov 1994 08:49:37 GMT"), ours);
        assert_eq!(wait, Some(Millis::from_secs(60)));
    }

    #[test]
    fn chunks_cut_anywhere() {
        let raw = b"4\r\nWiki\r\n5;name=value\r\npedia\r\n0\r\n\r\n";
        assert_eq!(dechunk(raw), (b"Wikipedia".to_vec(), true));
        for cut in 0..raw.len() - 4 {
            let (body, whole) = dechunk(&raw[..cut]);
            assert!(b"Wikipedia".starts_with(&body), "{cut}");
            assert!(!whole, "{cut}");
        }
        assert_eq!(dechunk(b"<html>"), (b"<html>".to_vec(), true));
        assert_eq!(dechunk(b"FFFFFFFFFFFFFFFF\r\nabc"), (b"abc".to_vec(), false));
    }
}
