//! The opening handshake: writes the Upgrade, reads the answer's head, and checks it (RFC 6455 §4.1).
//!
//! tungstenite's own handshake is not used: of a refusal it keeps only the body that came in the packet of the head.

use std::io;
use std::sync::Arc;

use httparse::{EMPTY_HEADER, Response, Status};
use tokio::io::AsyncWriteExt;
use tungstenite::handshake::client::generate_key;
use tungstenite::handshake::derive_accept_key;

use super::head::{self, HeadFault};
use super::refusal::{self, Framing};
use super::source::Socket;
use super::{Limits, Request, tls};
use crate::ending::{Ending, HandshakeFault, Quote, Refusal};

/// More headers than any server sends, and few enough for the stack.
const HEADERS_MAX: usize = 128;
/// How much of something that is not HTTP is kept to be quoted.
const GARBAGE_BYTES_MAX: usize = 512;

/// What a valid acceptance says.
pub(super) struct Accepted {
    pub(super) subprotocol: Option<Box<str>>,
    /// What came behind the head: the first frames.
    pub(super) rest: Vec<u8>,
}

enum Answer {
    /// 100, 102, 103: the answer is still to come (RFC 9110 §15.2).
    Interim,
    Accepted(Option<Box<str>>),
    Refused(Refusal, Framing),
}

pub(super) async fn upgrade(stream: &mut Socket, request: &Request, limits: &Limits, host: &Arc<str>) -> Result<Accepted, Ending> {
    let key = generate_key();
    let accept = derive_accept_key(key.as_bytes());
    let mut sent = send(stream, &request.head(&key)).await;
    let mut buffer = Vec::with_capacity(1024);
    let mut room = limits.head_bytes_max;
    loop {
        let end = match (read_head(stream, &mut buffer, room, host).await, sent) {
            (Ok(end), _) => end,
            // The peer may have answered without reading; only when it did not, the failure to write is what happened.
            (Err(Ending::HandshakeCut { received_bytes: 0 } | Ending::Io(_)), Err(error)) => return Err(tls::ending(host, error)),
            (Err(ending), _) => return Err(ending),
        };
        sent = Ok(());
        let (head, rest) = buffer.split_at(end);
        match judge(head, request, &accept)? {
            Answer::Accepted(subprotocol) => return Ok(Accepted { subprotocol, rest: rest.to_vec() }),
            Answer::Refused(mut refusal, framing) => {
                let body = refusal::read_body(stream, rest.to_vec(), framing, limits).await;
                refusal.body = Quote::new(body);
                return Err(Ending::Refused(Arc::new(refusal)));
            }
            Answer::Interim => {
                room = room.saturating_sub(end);
                buffer.drain(..end);
            }
        }
    }
}

async fn send(stream: &mut Socket, head: &[u8]) -> io::Result<()> {
    stream.write_all(head).await?;
    stream.flush().await
}

/// Reads until the buffer holds the answer's head; answers with its length.
async fn read_head(stream: &mut Socket, buffer: &mut Vec<u8>, bytes_max: usize, host: &Arc<str>) -> Result<usize, Ending> {
    head::read(stream, buffer, bytes_max, may_be_http).await.map_err(|fault| match fault {
        HeadFault::NotHttp => not_http(buffer),
        HeadFault::TooLarge => Ending::Handshake(HandshakeFault::HeadTooLarge(bytes_max)),
        HeadFault::Cut => Ending::HandshakeCut { received_bytes: buffer.len() },
        HeadFault::Io(error) => tls::ending(host, error),
    })
}

/// Whether these first bytes can still become a status line.
fn may_be_http(buffer: &[u8]) -> bool {
    const BEGINNING: &[u8] = b"HTTP/1.";
    buffer.iter().zip(BEGINNING).all(|(byte, expected)| byte == expected)
}

fn not_http(buffer: &[u8]) -> Ending {
    Ending::NotHttp(Quote::new(buffer[..buffer.len().min(GARBAGE_BYTES_MAX)].to_vec()))
}

fn judge(head: &[u8], request: &Request, accept: &str) -> Result<Answer, Ending> {
    let mut headers = [EMPTY_HEADER; HEADERS_MAX];
    let mut response = Response::new(&mut headers);
    match response.parse(head) {
        Ok(Status::Complete(_)) => {}
        Err(httparse::Error::TooManyHeaders) => return Err(Ending::Handshake(HandshakeFault::TooManyHeaders(HEADERS_MAX))),
        Ok(Status::Partial) | Err(_) => return Err(not_http(head)),
    }
    match response.code {
        Some(101) => check(&response, request, accept).map(Answer::Accepted).map_err(Ending::Handshake),
        Some(100..=199) => Ok(Answer::Interim),
        Some(status) => {
            let (refusal, framing) = refusal::read_head(status, &response);
            Ok(Answer::Refused(refusal, framing))
        }
        None => Err(not_http(head)),
    }
}

/// The checks of RFC 6455 §4.1, in its order; answers with the subprotocol chosen.
fn check(response: &Response<'_, '_>, request: &Request, accept: &str) -> Result<Option<Box<str>>, HandshakeFault> {
    if response.version != Some(1) {
        return Err(HandshakeFault::Version);
    }
    if !has_token(response, "upgrade", "websocket") {
        return Err(HandshakeFault::Upgrade);
    }
    if !has_token(response, "connection", "upgrade") {
        return Err(HandshakeFault::Connection);
    }
    if header(response, "sec-websocket-accept").is_none_or(|value| value != accept.as_bytes()) {
        return Err(HandshakeFault::Accept);
    }
    if let Some(extension) = header(response, "sec-websocket-extensions").filter(|value| !value.is_empty()) {
        return Err(HandshakeFault::Extension(Quote::new(extension.to_vec())));
    }
    let Some(chosen) = header(response, "sec-websocket-protocol") else {
        return if request.subprotocols().next().is_none() { Ok(None) } else { Err(HandshakeFault::NoSubprotocol) };
    };
    let asked = request.subprotocols().find(|name| name.as_bytes() == chosen);
    asked.map(|name| Some(name.into())).ok_or_else(|| HandshakeFault::UnaskedSubprotocol(Quote::new(chosen.to_vec())))
}

/// The value of the first header of this name.
pub(super) fn header<'h>(response: &Response<'h, '_>, name: &str) -> Option<&'h [u8]> {
    response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value.trim_ascii())
}

/// Whether a header of this name lists the token, in any of its lines.
pub(super) fn has_token(response: &Response<'_, '_>, name: &str, token: &str) -> bool {
    let lines = response.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
    lines.flat_map(|header| header.value.split(|&byte| byte == b',')).any(|part| part.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
}
