//! Owns the gate between TLS and a socket: it lets whole records pass, so that reads and writes may be dropped at any time.
//!
//! A driver drops a read whenever a write is done, and the other way round. `embedded-tls` reads a record's header and its body in two steps, and
//! forgets the header in between if it is dropped; a record it was writing is lost half-written. Here nothing of a record is
//! handed over before all of it is there, and what is written has room at once: then TLS never waits in the midst of one.

use core::cell::RefCell;
use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;

use embedded_io_async::{ErrorType, Read, Write};

/// The longest record of TLS 1.3, with its header (RFC 8446 §5.2).
pub(crate) const RECORD_BYTES_MAX: usize = 5 + 16_384 + 256;
/// The longest record that is sent: a WebSocket frame need not fit into one.
pub(crate) const SENT_BYTES_MAX: usize = 2_048;
const HEADER_BYTES: usize = 5;

/// A socket, and the records on their way through it. Its reads and writes must be safe to drop.
pub(crate) struct Gate<S> {
    pub(crate) socket: RefCell<S>,
    incoming: RefCell<Incoming>,
    outgoing: RefCell<Outgoing>,
}

/// What came in: a record, or the beginning of one.
struct Incoming {
    bytes: [u8; RECORD_BYTES_MAX],
    len: usize,
    /// So many bytes of a whole record were handed over.
    taken: usize,
}

/// What is to be written.
struct Outgoing {
    bytes: [u8; SENT_BYTES_MAX],
    start: usize,
    end: usize,
}

impl<S> Gate<S> {
    pub(crate) const fn new(socket: S) -> Self {
        let (incoming, outgoing) = (RefCell::new(Incoming::new()), RefCell::new(Outgoing::new()));
        Self { socket: RefCell::new(socket), incoming, outgoing }
    }

    /// Forgets all of the connection before.
    pub(crate) fn reset(&mut self) -> &mut S {
        let (incoming, outgoing) = (self.incoming.get_mut(), self.outgoing.get_mut());
        (incoming.len, incoming.taken) = (0, 0);
        (outgoing.start, outgoing.end) = (0, 0);
        self.socket.get_mut()
    }
}

impl<S: Read + Write> Gate<S> {
    /// Writes all that waits. Safe to drop: what the socket has taken is noted at once.
    pub(crate) async fn drain(&self) -> Result<(), S::Error> {
        poll_fn(|cx| {
            let (mut socket, mut out) = (self.socket.borrow_mut(), self.outgoing.borrow_mut());
            loop {
                let (start, end) = (out.start, out.end);
                let Some(bytes) = out.bytes.get(start..end).filter(|bytes| !bytes.is_empty()) else { return Poll::Ready(Ok(())) };
                // A fresh future each time: the one before was dropped, which is safe.
                let polled = pin!(socket.write(bytes)).poll(cx);
                match polled {
                    Poll::Ready(Ok(count)) => out.start = start.saturating_add(count),
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => return Poll::Pending,
                }
            }
        })
        .await
    }
}

impl Incoming {
    const fn new() -> Self {
        Self { bytes: [0; RECORD_BYTES_MAX], len: 0, taken: 0 }
    }

    /// How long the record is, header included, as far as can be told.
    fn record_len(&self) -> usize {
        match self.bytes {
            [_, _, _, high, low, ..] if self.len >= HEADER_BYTES => {
                HEADER_BYTES.saturating_add(usize::from(u16::from_be_bytes([high, low]))).min(RECORD_BYTES_MAX)
            }
            _ => HEADER_BYTES,
        }
    }

    fn is_whole(&self) -> bool {
        self.len >= HEADER_BYTES && self.len >= self.record_len()
    }

    /// Hands over as much of the record as there is room for.
    fn take(&mut self, buffer: &mut [u8]) -> usize {
        let rest = self.bytes.get(self.taken..self.len).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.taken = self.taken.saturating_add(count);
        if self.taken == self.len {
            (self.len, self.taken) = (0, 0);
        }
        count
    }
}

impl Outgoing {
    const fn new() -> Self {
        Self { bytes: [0; SENT_BYTES_MAX], start: 0, end: 0 }
    }

    /// Takes as much as there is room for.
    fn put(&mut self, bytes: &[u8]) -> usize {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        let end = self.end;
        let room = self.bytes.get_mut(end..).unwrap_or_default();
        let count = room.len().min(bytes.len());
        if let (Some(to), Some(from)) = (room.get_mut(..count), bytes.get(..count)) {
            to.copy_from_slice(from);
        }
        self.end = end.saturating_add(count);
        count
    }
}

impl<S: ErrorType> ErrorType for &Gate<S> {
    type Error = S::Error;
}

impl<S: Read + Write> Read for &Gate<S> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, S::Error> {
        poll_fn(|cx| {
            let (mut socket, mut incoming) = (self.socket.borrow_mut(), self.incoming.borrow_mut());
            while !incoming.is_whole() {
                // Not a byte of the record after it: that would be handed over in pieces.
                let (len, record_len) = (incoming.len, incoming.record_len());
                let Some(room) = incoming.bytes.get_mut(len..record_len) else { return Poll::Ready(Ok(0)) };
                let polled = pin!(socket.read(room)).poll(cx);
                match polled {
                    Poll::Ready(Ok(0)) => return Poll::Ready(Ok(0)),
                    Poll::Ready(Ok(count)) => incoming.len = len.saturating_add(count),
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => return Poll::Pending,
                }
            }
            Poll::Ready(Ok(incoming.take(buffer)))
        })
        .await
    }
}

impl<S: Read + Write> Write for &Gate<S> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, S::Error> {
        loop {
            let count = self.outgoing.borrow_mut().put(bytes);
            if count > 0 || bytes.is_empty() {
                return Ok(count);
            }
            // Only in the opening handshake, which nobody drops and goes on with.
            self.drain().await?;
        }
    }

    async fn flush(&mut self) -> Result<(), S::Error> {
        self.drain().await
    }
}
