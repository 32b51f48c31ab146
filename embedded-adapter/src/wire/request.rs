//! Owns the upgrade request: what goes into it, that nothing else gets into it, and its text.

use core::fmt;

use super::bytes::copy;
use super::error::{TooSmall, Unsendable};
use super::handshake::KEY_BYTES;

/// How many subprotocols may be asked for.
pub const SUBPROTOCOLS_MAX: usize = 16;

/// The headers that are the handshake's own, and those that would make the request another one.
const RESERVED: [&str; 10] = [
    "host",
    "upgrade",
    "connection",
    "sec-websocket-key",
    "sec-websocket-version",
    "sec-websocket-protocol",
    "sec-websocket-extensions",
    "sec-websocket-accept",
    "content-length",
    "transfer-encoding",
];

/// What an upgrade request asks for. Its `Debug` shows no value of the query or a header.
#[derive(Clone, Copy, Default)]
pub struct Request<'a> {
    /// The host, with its port if that is not the usual one.
    pub host: &'a str,
    /// The path, and the query if there is one: `/`, `/socket?token=5f2d`.
    pub path: &'a str,
    /// The subprotocols, the most wanted first; at most [`SUBPROTOCOLS_MAX`].
    pub subprotocols: &'a [&'a str],
    /// More headers, such as `Authorization`.
    pub headers: &'a [(&'a str, &'a str)],
}

impl Request<'_> {
    /// Whether nothing in it can become something else on the wire (a line's end in a header is another header).
    pub(super) fn check(&self) -> Result<(), Unsendable> {
        if self.host.is_empty() || !self.host.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Unsendable::Host);
        }
        if !self.path.starts_with('/') || !self.path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
            return Err(Unsendable::Path);
        }
        if self.subprotocols.len() > SUBPROTOCOLS_MAX {
            return Err(Unsendable::Subprotocols { count_max: SUBPROTOCOLS_MAX });
        }
        for (index, name) in self.subprotocols.iter().enumerate() {
            if !is_token(name) || self.subprotocols.iter().take(index).any(|before| before == name) {
                return Err(Unsendable::Subprotocol { index });
            }
        }
        for (index, (name, value)) in self.headers.iter().enumerate() {
            if !is_token(name) || !value.bytes().all(is_in_value) {
                return Err(Unsendable::Header { index });
            }
            if RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
                return Err(Unsendable::Reserved { index });
            }
        }
        Ok(())
    }

    /// Writes it to the beginning of `out`, and tells how long it is.
    pub(super) fn write(&self, key: &[u8; KEY_BYTES], out: &mut [u8]) -> Result<usize, Unsendable> {
        let mut writer = Writer { out, len: 0 };
        writer.all(&["GET ", self.path, " HTTP/1.1\r\nHost: ", self.host]);
        writer.all(&["\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "]);
        writer.put(key);
        for (index, name) in self.subprotocols.iter().enumerate() {
            writer.all(&[if index == 0 { "\r\nSec-WebSocket-Protocol: " } else { ", " }, name]);
        }
        for (name, value) in self.headers {
            writer.all(&["\r\n", name, ": ", value]);
        }
        writer.all(&["\r\n\r\n"]);
        writer.finish().map_err(|bytes_min| Unsendable::TooSmall(TooSmall::Send { bytes_min }))
    }

    /// Writes the subprotocols, each with a comma behind it, to the beginning of `out`, where `spare` bytes must stay free.
    pub(super) fn write_subprotocols(&self, out: &mut [u8], spare: usize) -> Result<usize, Unsendable> {
        let free = out.len().saturating_sub(spare);
        let mut writer = Writer { out: out.get_mut(..free).unwrap_or_default(), len: 0 };
        for name in self.subprotocols {
            writer.all(&[name, ","]);
        }
        writer.finish().map_err(|len| Unsendable::TooSmall(TooSmall::Receive { bytes_min: len.saturating_add(spare) }))
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.split('?').next().unwrap_or_default();
        let mut shown = f.debug_struct("Request");
        shown.field("host", &self.host).field("path", &path).field("subprotocols", &self.subprotocols);
        for (name, _) in self.headers {
            shown.field("header", name);
        }
        shown.finish_non_exhaustive()
    }
}

/// Writes what there is room for, and counts what there is not.
struct Writer<'o> {
    out: &'o mut [u8],
    len: usize,
}

impl Writer<'_> {
    fn all(&mut self, pieces: &[&str]) {
        for piece in pieces {
            self.put(piece.as_bytes());
        }
    }

    fn put(&mut self, bytes: &[u8]) {
        copy(self.out, self.len, bytes);
        self.len = self.len.saturating_add(bytes.len());
    }

    /// The length of all; an error, if that did not fit.
    fn finish(self) -> Result<usize, usize> {
        if self.len <= self.out.len() { Ok(self.len) } else { Err(self.len) }
    }
}

/// RFC 9110 §5.6.2.
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(is_in_token)
}

pub(super) const fn is_in_token(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'Z' | b'^'..=b'z' | b'|' | b'~' | b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.')
}

/// RFC 9110 §5.5.
pub(super) const fn is_in_value(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~' | 0x80..)
}
