//! Owns the seam to a framing: another crate's writing of single frames. They are read by the guard: once it has checked a frame
//! there is nothing left to be found out about it.

#[cfg(feature = "embedded-websocket")]
mod embedded_websocket;
mod ws_framer;

#[cfg(feature = "embedded-websocket")]
pub use embedded_websocket::EmbeddedWebsocket;
pub use ws_framer::WsFramer;

/// What is sent in one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A text message.
    Text(&'a str),
    /// A binary message.
    Binary(&'a [u8]),
    /// A ping of at most 125 bytes.
    Ping(&'a [u8]),
    /// A pong of at most 125 bytes.
    Pong(&'a [u8]),
    /// A Close with a code and a reason of at most 123 bytes.
    Close(u16, &'a str),
}

impl Frame<'_> {
    /// How long its payload is, in bytes.
    #[must_use]
    pub const fn payload_len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) | Self::Ping(bytes) | Self::Pong(bytes) => bytes.len(),
            Self::Close(_, reason) => reason.len().saturating_add(2),
        }
    }
}

/// How single frames are written.
///
/// No state is kept from one frame to the next, so nothing that is left over from one can harm the next one, and a
/// connection that ends leaves nothing behind.
pub trait Framing {
    /// How many bytes [`Framing::write`] writes for a payload of so many.
    #[must_use]
    fn written_len(payload_len: usize) -> usize {
        let header: usize = match payload_len {
            0..=125 => 6,
            126..=0xFFFF => 8,
            _ => 14,
        };
        payload_len.saturating_add(header)
    }

    /// Writes one whole frame, masked with this key, to the beginning of `out`, and tells how long it is; none, if it does not fit.
    fn write(frame: Frame<'_>, key: [u8; 4], out: &mut [u8]) -> Option<usize>;
}
