//! Owns bytes as a server sends them, and a random source that a test can foretell.

use relink_embedded::Entropy;

/// Random enough for a test, and the same in each run.
#[derive(Clone, Debug)]
pub(crate) struct Seeded(pub(crate) u64);

impl Entropy for Seeded {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (self.0 >> 33) as u8;
        }
    }
}

/// The Sec-WebSocket-Key of a request.
pub(crate) fn key(request: &[u8]) -> &str {
    let request = std::str::from_utf8(request).unwrap();
    request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).expect("a key")
}

/// The right answer to a request, with these headers more.
pub(crate) fn answer(request: &[u8], more: &str) -> Vec<u8> {
    let accept = tungstenite::handshake::derive_accept_key(key(request).as_bytes());
    let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
    format!("{head}Sec-WebSocket-Accept: {accept}\r\n{more}\r\n").into_bytes()
}

/// A frame of a server, with this first byte, in the shortest form.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        len @ 0..=125 => frame.push(len as u8),
        len @ 126..=0xFFFF => {
            frame.push(126);
            frame.extend((len as u16).to_be_bytes());
        }
        len => {
            frame.push(127);
            frame.extend((len as u64).to_be_bytes());
        }
    }
    frame.extend(payload);
    frame
}
