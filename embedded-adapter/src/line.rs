//! Owns a line: what one connection at a time needs, again and again.

use crate::client::Client;
use crate::wire::{Framing, TooSmall, Wire, WsFramer};

/// The bytes that a message's frame needs beside the message (RFC 6455 §5.2).
const FRAME_BYTES: usize = 14;

/// A way to connect and the buffers for its connection.
#[derive(Debug)]
pub struct Line<'b, D, F = WsFramer> {
    pub(crate) dialler: D,
    pub(crate) wire: Wire<'b, F>,
}

impl<'b, D, F: Framing> Line<'b, D, F> {
    /// A line over `dialler`: `receive` is to hold the longest message that may come in, and 10 bytes more; `send` the upgrade request, and
    /// the longest message of `client` and 14 bytes more.
    ///
    /// # Errors
    ///
    /// A buffer is too small. What it must be at least is in the error.
    pub fn new<const M: usize, const B: usize>(
        dialler: D,
        receive: &'b mut [u8],
        send: &'b mut [u8],
        _client: &Client<M, B>,
    ) -> Result<Self, TooSmall> {
        let bytes_min = B.saturating_add(FRAME_BYTES);
        if send.len() < bytes_min {
            return Err(TooSmall::Send { bytes_min });
        }
        Ok(Self { dialler, wire: Wire::new(receive, send)? })
    }

    /// Its way to connect, between two links for instance.
    pub const fn dialler_mut(&mut self) -> &mut D {
        &mut self.dialler
    }
}
