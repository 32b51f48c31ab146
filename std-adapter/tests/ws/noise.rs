//! Valid conversations with a few bytes changed: whatever comes, it is a typed ending, and never a panic or an endless loop.

use relink_tokio::ws::{Limits, Ws};
use relink_tokio::{Connection, Ending, Incoming};
use tokio::io::AsyncWriteExt;

use crate::peer::{acceptance, close_frame, flush, frame, next, open_with, piped, read_request};

const REFUSAL: &[u8] = b"HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\nRetry-After: 7\r\n\r\n4\r\nback\r\n6\r\n later\r\n0\r\n\r\n";

fn frames() -> Vec<u8> {
    [
        frame(0x81, "héllo".as_bytes()),
        frame(0x01, b"in "),
        frame(0x89, b"ping"),
        frame(0x80, b"parts"),
        frame(0x82, &[9; 300]),
        frame(0x8A, b""),
        close_frame(1000, "done"),
    ]
    .concat()
}

/// Changes up to `count` bytes, or cuts, or repeats a part.
fn spoil(bytes: &mut Vec<u8>, dice: &mut fastrand::Rng, count: usize) {
    for _ in 0..dice.usize(0..=count) {
        let at = dice.usize(0..bytes.len());
        match dice.u8(0..8) {
            0 => bytes.truncate(at.max(1)),
            1 => bytes.extend_from_within(at..),
            2 => bytes[at] = dice.u8(..),
            _ => bytes[at] ^= 1 << dice.u8(0..8),
        }
    }
}

/// What a peer comes to that answers with these bytes and hangs up.
async fn conversation(spoiled: impl FnOnce(String) -> Vec<u8> + Send + 'static) -> Ending {
    let (ws, mut pipe): (Ws, _) = piped(1 << 16);
    tokio::spawn(async move {
        let request = read_request(&mut pipe).await;
        pipe.write_all(&spoiled(acceptance(&request))).await.unwrap();
        pipe.shutdown().await.unwrap();
        crate::peer::hold(&mut pipe).await;
    });
    let limits = Limits { message_bytes_max: 1000, frame_bytes_max: 1000, head_bytes_max: 1000, ..Limits::DEFAULT };
    let mut connection = match open_with(ws.limits(limits)).await {
        Ok(connection) => connection,
        Err(ending) => return ending,
    };
    for _ in 0..1000 {
        match next(&mut connection).await {
            Incoming::Lost(ending) => return ending,
            Incoming::Broken(code, _) => {
                connection.queue_close(code).unwrap();
                flush(&mut connection).await.unwrap();
            }
            Incoming::Closed(_) => flush(&mut connection).await.unwrap(),
            Incoming::Message(_) | Incoming::Report(_) | Incoming::Asked(..) | Incoming::AskedBy(..) | Incoming::Both(..) => {}
        }
    }
    panic!("no end");
}

#[tokio::test]
async fn a_spoiled_conversation_ends_typed() {
    let mut kinds = std::collections::BTreeMap::new();
    for seed in 0..4000 {
        let mut dice = fastrand::Rng::with_seed(seed);
        let ending = conversation(move |acceptance| {
            let mut head = if dice.u8(0..4) == 0 { REFUSAL.to_vec() } else { acceptance.into_bytes() };
            let mut rest = frames();
            if dice.bool() {
                spoil(&mut head, &mut dice, 3);
            } else {
                spoil(&mut rest, &mut dice, 5);
            }
            [head, rest].concat()
        })
        .await;
        assert!(!ending.to_string().is_empty());
        *kinds.entry(ending.label()).or_insert(0) += 1;
    }
    // The noise reaches every kind of end that a stream of bytes can come to.
    for kind in ["closed", "eof", "protocol", "refused", "not_http", "handshake_cut", "handshake"] {
        assert!(kinds.get(kind).is_some_and(|&count| count > 10), "{kind}: {kinds:?}");
    }
    assert_eq!(kinds.len(), 7, "{kinds:?}");
}
