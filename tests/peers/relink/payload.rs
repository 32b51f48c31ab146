//! Owns what is sent to and fro: the same in every peer's language, so that its sum tells whether it came over whole.

use relink_tokio::ws::Message;

/// One, two, three and four bytes of UTF-8, and a space: a fragment's end may cut each of them.
const PIECE: &str = "aß€😀 ";

/// So many bytes of a kind, or nothing if there is no such kind.
pub(crate) fn message(kind: &str, bytes: usize) -> Option<Message> {
    match kind {
        "text" => {
            let mut text = PIECE.repeat(bytes / PIECE.len());
            text.extend(std::iter::repeat_n('.', bytes % PIECE.len()));
            Some(text.into())
        }
        "binary" => Some((0..bytes).map(|place| (place % 251).to_le_bytes()[0]).collect::<Vec<u8>>().into()),
        _ => None,
    }
}

pub(crate) const fn kind(message: &Message) -> &'static str {
    match message {
        Message::Text(_) => "text",
        Message::Binary(_) => "binary",
    }
}
