//! Owns a connection that is played from its upgrade on: pieces come in, what is said and written is kept.

use std::sync::LazyLock;

use relink_embedded::wire::{Framing, Request, Wire};

use crate::bytes::{Seeded, answer};
use crate::told::Told;

pub(crate) const SUBPROTOCOLS: &[&str] = &["one", "two", "one.2"];

/// The request of every connection here.
pub(crate) const REQUEST: Request<'_> =
    Request { host: "192.0.2.1:8080", path: "/a?b=c", subprotocols: SUBPROTOCOLS, headers: &[("Authorization", "Bearer x")] };

/// What stands for the right `Sec-WebSocket-Accept` in a head.
pub(crate) const ACCEPT: &str = "{accept}";

/// The right answer to the request, before the blank line: the key is the same each time.
static ANSWER: LazyLock<String> = LazyLock::new(|| {
    let (mut receive, mut send) = ([0; 256], [0; 512]);
    let mut wire: Wire<'_> = Wire::new(&mut receive, &mut send).unwrap();
    wire.open(&REQUEST, &mut Seeded(1)).unwrap();
    let whole = String::from_utf8(answer(wire.halves().1, "")).unwrap();
    whole.strip_suffix("\r\n").unwrap().to_owned()
});

/// The right answer, and frames behind it.
pub(crate) fn opened(frames: &[u8]) -> Vec<u8> {
    [ANSWER.as_bytes(), b"\r\n", frames].concat()
}

/// A head in which [`ACCEPT`] stands for the right one.
pub(crate) fn with_accept(head: &[u8]) -> Vec<u8> {
    let accept = ANSWER.split("Accept: ").nth(1).unwrap().trim_end().as_bytes();
    let mut filled = Vec::with_capacity(head.len() + accept.len());
    let mut rest = head;
    while let Some(at) = rest.windows(ACCEPT.len()).position(|part| part == ACCEPT.as_bytes()) {
        filled.extend_from_slice(&rest[..at]);
        filled.extend_from_slice(accept);
        rest = &rest[at + ACCEPT.len()..];
    }
    filled.extend_from_slice(rest);
    filled
}

/// What a connection did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Played {
    pub(crate) told: Vec<Told>,
    /// What was written after the request.
    pub(crate) written: Vec<u8>,
}

/// Plays one connection in which the stream comes in pieces that end at these places.
pub(crate) fn play<F: Framing>(receive_len: usize, stream: &[u8], cuts: impl IntoIterator<Item = usize>) -> Played {
    let (mut receive, mut send) = (vec![0xEE; receive_len], vec![0; 1024]);
    let mut wire = Wire::<F>::new(&mut receive, &mut send).unwrap();
    let mut entropy = Seeded(1);
    wire.open(&REQUEST, &mut entropy).unwrap();
    let request = wire.halves().1.len();
    wire.sent(request);
    let mut played = Played::default();
    let mut from = 0;
    for to in cuts.into_iter().chain([stream.len()]) {
        let to = to.clamp(from, stream.len());
        feed(&mut wire, &stream[from..to], &mut entropy, &mut played);
        from = to;
    }
    // Each thing that is said costs a byte of the stream: there is no end without one.
    assert!(played.told.len() <= stream.len());
    played
}

fn feed<F: Framing>(wire: &mut Wire<'_, F>, mut piece: &[u8], entropy: &mut Seeded, played: &mut Played) {
    while !piece.is_empty() {
        let space = wire.halves().0;
        let count = space.len().min(piece.len());
        assert!(count > 0, "there is always room, or a connection could not go on");
        space[..count].copy_from_slice(&piece[..count]);
        wire.received(count);
        piece = &piece[count..];
        loop {
            let told = wire.next(entropy).map(Told::from);
            let (_, unsent) = wire.halves();
            played.written.extend_from_slice(unsent);
            let count = unsent.len();
            wire.sent(count);
            match told {
                Some(told) => played.told.push(told),
                None => break,
            }
        }
    }
}

/// The frames of a client, without their masks: first byte and payload.
pub(crate) fn unmasked(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut frames = Vec::new();
    while let [first, second, rest @ ..] = bytes {
        assert!(second & 0x80 != 0, "a client masks");
        let (len, rest) = match second & 0x7F {
            126 => (usize::from(u16::from_be_bytes([rest[0], rest[1]])), &rest[2..]),
            127 => (u64::from_be_bytes(rest[..8].try_into().unwrap()) as usize, &rest[8..]),
            len => (usize::from(len), rest),
        };
        assert!(len < 126 || second & 0x7F >= 126);
        let (key, rest) = rest.split_at(4);
        let payload = rest[..len].iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
        frames.push((*first, payload));
        bytes = &rest[len..];
    }
    assert_eq!(bytes, [], "no half of a header");
    frames
}
