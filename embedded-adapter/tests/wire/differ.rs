//! Owns the comparison with tungstenite: what it takes and what it refuses, from connections made by chance.

use std::io::{Cursor, ErrorKind, Read, Write};

use relink_embedded::wire::{Violation, WsFramer};
use tungstenite::protocol::{Role, WebSocket};
use tungstenite::{Error, Message};

use crate::bytes::{Seeded, frame};
use crate::player::{opened, play};
use crate::told::Told;
use relink_embedded::Entropy;

const CONNECTIONS: u64 = 20_000;

/// Text whole, in halves, and wrong.
const TEXTS: &[&[u8]] = &[b"", b"a", "ä€😀".as_bytes(), b"\xe2\x82", b"\xac", b"\xf0\x9f", b"\x98\x80", b"\xff", b"\xed\xa0\x80"];

/// What is read comes from memory; what is written is thrown away.
struct Stream(Cursor<Vec<u8>>);

impl Read for Stream {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        match self.0.read(to)? {
            0 => Err(ErrorKind::WouldBlock.into()),
            count => Ok(count),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What tungstenite says; `None` at the end where it finds something wrong.
fn tungstenite(frames: &[u8]) -> Vec<Option<Told>> {
    let mut socket = WebSocket::from_raw_socket(Stream(Cursor::new(frames.to_vec())), Role::Client, None);
    let mut told = Vec::new();
    loop {
        told.push(Some(match socket.read() {
            Ok(Message::Text(text)) => Told::Text(text.to_string()),
            Ok(Message::Binary(bytes)) => Told::Binary(bytes.to_vec()),
            Ok(Message::Ping(_)) => Told::Ping,
            Ok(Message::Pong(_)) => Told::Pong,
            // So it tells a close code that may not be sent.
            Ok(Message::Close(Some(close))) if close.reason == "Protocol violation" => {
                told.push(None);
                return told;
            }
            Ok(Message::Close(Some(close))) => Told::Closed(Some(close.code.into()), close.reason.to_string()),
            Ok(Message::Close(None)) => Told::Closed(None, String::new()),
            Ok(Message::Frame(_)) => panic!("no message"),
            Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => return told,
            Err(_) => {
                told.push(None);
                return told;
            }
        }));
        if matches!(told.last(), Some(Some(Told::Closed(..)))) {
            return told;
        }
    }
}

fn ours(frames: &[u8]) -> Vec<Option<Told>> {
    let played = play::<WsFramer>(80_000, &opened(frames), []);
    let told = played.told.into_iter().skip(1);
    told.map(|told| if matches!(told, Told::Violation(Violation::Frame(_))) { None } else { Some(told) }).collect()
}

#[test]
fn tungstenite_takes_and_refuses_the_same() {
    let mut chance = Seeded(7);
    let (mut refused, mut messages) = (0, 0);
    for _ in 0..CONNECTIONS {
        let frames = connection(&mut chance);
        let theirs = tungstenite(&frames);
        let ours = ours(&frames);
        let same = ours.iter().zip(&theirs).take_while(|(ours, theirs)| ours == theirs).count();
        assert!(ours == theirs, "from {same} on, {:?} are not {:?}", ours.get(same), theirs.get(same));
        refused += usize::from(theirs.last() == Some(&None));
        messages += theirs.iter().filter(|told| matches!(told, Some(Told::Text(_) | Told::Binary(_)))).count();
    }
    assert!(refused > 5_000 && messages > 10_000, "{refused} refused, {messages} messages");
}

/// Whole frames, most of them right.
fn connection(chance: &mut Seeded) -> Vec<u8> {
    let mut below = |bound: u8| {
        let mut byte = [0];
        chance.fill(&mut byte);
        byte[0] % bound
    };
    let mut frames = Vec::new();
    let mut in_message = false;
    for _ in 0..=below(12) {
        let known = if below(3) == 0 { TEXTS.len() as u8 } else { 3 };
        let text = TEXTS[usize::from(below(known))];
        frames.extend(match below(24) {
            0 => frame(0x88, &[&close_code(below(30)).to_be_bytes()[..], text].concat()),
            1 => frame(0x88, &[]),
            2 => frame(below(16) << 4 | below(16), text),
            3 => vec![0x81, 0x82, 1, 2, 3, 4, b'a', b'b'],
            4 => frame(0x8A, text),
            5 => frame(0x89, &vec![b'x'; usize::from(below(3)) * 63]),
            6 if !in_message => frame(0x82, &vec![below(255); usize::from(below(255)) * 300]),
            _ => {
                let (is_final, opcode) = (below(2) == 1, if in_message { 0 } else { 1 + below(2) });
                in_message = !is_final;
                frame(u8::from(is_final) << 7 | opcode, text)
            }
        });
    }
    frames
}

/// 1014 came to IANA's registry late: tungstenite does not know it.
fn close_code(pick: u8) -> u16 {
    match pick {
        0..=16 if pick != 14 => 1000 + u16::from(pick),
        17 => 999,
        18 => 2999,
        19 => 5000,
        20 => 0,
        _ => 3000 + u16::from(pick) * 80,
    }
}
