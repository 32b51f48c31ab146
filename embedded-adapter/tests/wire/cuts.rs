//! Owns the cuts: however a stream is cut, the same is said and answered.

use relink_embedded::wire::{Framing, WsFramer};

use crate::corpus::inputs;
use crate::player::{opened, play, with_accept};
use crate::property::Plan;

/// Two cuts are tried at all places of a stream up to this length.
const TWO_CUTS_BYTES_MAX: usize = 280;

/// The streams of the corpus, and one connection with a bit of everything.
fn streams() -> Vec<(String, usize, Vec<u8>)> {
    let mut streams: Vec<_> = inputs()
        .map(|(name, input)| {
            let plan = Plan::of(input[0]);
            (name, plan.receive_len, if plan.is_head { with_accept(&input[1..]) } else { opened(&input[1..]) })
        })
        .collect();
    let all: Vec<u8> = inputs()
        .filter(|(name, _)| name.starts_with("text") || name.starts_with("binary") || name.starts_with("ping"))
        .filter(|(_, input)| !Plan::of(input[0]).is_head)
        .flat_map(|(_, input)| input[1..].to_vec())
        .collect();
    streams.extend([(String::from("all, no room"), 64, opened(&all)), (String::from("all, much room"), 4096, opened(&all))]);
    streams
}

fn same_at_every_cut<F: Framing>() {
    let (mut one, mut two) = (0, 0);
    for (name, receive_len, stream) in streams() {
        let whole = play::<F>(receive_len, &stream, []);
        let bytes = play::<F>(receive_len, &stream, 0..stream.len());
        assert_eq!(bytes, whole, "{name}, byte by byte");
        for first in 0..=stream.len() {
            assert_eq!(play::<F>(receive_len, &stream, [first]), whole, "{name}, cut at {first}");
            one += 1;
            if stream.len() <= TWO_CUTS_BYTES_MAX {
                for second in first..stream.len() {
                    assert_eq!(play::<F>(receive_len, &stream, [first, second]), whole, "{name}, cut at {first} and {second}");
                    two += 1;
                }
            }
        }
    }
    assert!(one > 20_000 && two > 1_000_000, "{one} and {two} plays");
}

#[test]
fn every_cut_says_the_same_with_ws_framer() {
    same_at_every_cut::<WsFramer>();
}

#[cfg(feature = "embedded-websocket")]
#[test]
fn every_cut_says_the_same_with_embedded_websocket() {
    same_at_every_cut::<relink_embedded::wire::EmbeddedWebsocket>();
}
