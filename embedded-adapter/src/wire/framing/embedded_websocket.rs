//! Owns the framing of the crate `embedded-websocket`.
//!
//! A connection of that crate is stuck for ever after a fragment that came in two reads, gives an empty Close the code 1011,
//! and sends a pong as a continuation where a message is sent in fragments. Here it reads nothing, and each frame that it writes
//! has a connection of its own: none of that can happen.

use embedded_websocket::{WebSocketClient, WebSocketSendMessageType, WebSocketState};
use rand_core_06::{Error, RngCore};

use super::{Frame, Framing, WsFramer};

/// That crate writes a payload of this length with a longer header than RFC 6455 §5.2 allows: it goes in two fragments, under one key.
const WRITTEN_WRONG: usize = 65_535;

/// The framing of the crate `embedded-websocket`, and in it of `rand_core` 0.6.
#[derive(Clone, Copy, Debug)]
pub struct EmbeddedWebsocket;

impl Framing for EmbeddedWebsocket {
    fn written_len(payload_len: usize) -> usize {
        if payload_len == WRITTEN_WRONG { WRITTEN_WRONG.saturating_add(16) } else { WsFramer::written_len(payload_len) }
    }

    #[inline(never)]
    fn write(frame: Frame<'_>, key: [u8; 4], out: &mut [u8]) -> Option<usize> {
        let mut close = [0; 125];
        let (kind, payload) = match frame {
            Frame::Text(text) => (WebSocketSendMessageType::Text, text.as_bytes()),
            Frame::Binary(bytes) => (WebSocketSendMessageType::Binary, bytes),
            Frame::Ping(bytes) => (WebSocketSendMessageType::Ping, bytes),
            Frame::Pong(bytes) => (WebSocketSendMessageType::Pong, bytes),
            Frame::Close(code, reason) => {
                let len = reason.len().checked_add(2)?;
                let code = code.to_be_bytes().into_iter();
                close.get_mut(..len)?.iter_mut().zip(code.chain(reason.bytes())).for_each(|(to, byte)| *to = byte);
                (WebSocketSendMessageType::CloseReply, close.get(..len)?)
            }
        };
        let mut client = client(key);
        if payload.len() != WRITTEN_WRONG {
            return client.write(kind, true, payload, out).ok();
        }
        let (first, rest) = payload.split_at_checked(payload.len() / 2)?;
        let len = client.write(kind, false, first, out).ok()?;
        len.checked_add(client.write(kind, true, rest, out.get_mut(len..)?).ok()?)
    }
}

/// A connection for one frame.
fn client(key: [u8; 4]) -> WebSocketClient<Key> {
    let mut client = WebSocketClient::new_client(Key(key));
    client.state = WebSocketState::Open;
    client
}

/// The caller's key, as that crate wants to be given it: each frame asks once.
struct Key([u8; 4]);

impl RngCore for Key {
    fn next_u32(&mut self) -> u32 {
        u32::from_ne_bytes(self.0)
    }

    fn next_u64(&mut self) -> u64 {
        u64::from(self.next_u32())
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        bytes.iter_mut().zip(self.0.into_iter().cycle()).for_each(|(byte, key)| *byte = key);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}
