//! The bridge from tokio's streams to tungstenite's blocking ones: what is pending is `WouldBlock`.
//!
//! tungstenite clears its read buffer before every read, and keeps it while nothing comes. So its own is small, and the
//! socket is read into a buffer that all connections of a thread share. What it does not take at once waits in [`Surplus`].

use std::cell::RefCell;
use std::io::{self, ErrorKind, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::ReadBuf;

use super::Limits;
use super::pace::Pace;
use super::source::{Duplex, Socket};

/// How much is thrown away in one poll before other tasks get their turn.
const DISCARD_BYTES_MAX: usize = 64 << 10;

thread_local! {
    /// What was read from a socket and is being handed on; as long as the largest `read_buffer_bytes` so far.
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A connection's socket, and what was read from it in advance.
pub(super) struct Wire {
    pub(super) socket: Socket,
    surplus: Surplus,
    read_buffer_bytes: usize,
    /// Bytes the socket has taken, modulo 2⁶⁴.
    pub(super) written_bytes: u64,
    /// Bytes came that no frame has been made of yet.
    pub(super) stirred: bool,
    pub(super) pace: Pace,
}

/// Bytes that were read and not asked for yet. It holds no memory while there are none.
struct Surplus {
    bytes: Vec<u8>,
    taken: usize,
}

impl Wire {
    /// `rest` was read before.
    pub(super) const fn new(socket: Socket, rest: Vec<u8>, limits: &Limits) -> Self {
        let (read_buffer_bytes, pace) = (limits.read_buffer_bytes, Pace::new(limits));
        Self { socket, surplus: Surplus { bytes: rest, taken: 0 }, read_buffer_bytes, written_bytes: 0, stirred: false, pace }
    }

    /// The socket for the time of one poll, with that poll's waker.
    pub(super) const fn pipe<'a, 'w>(&'a mut self, cx: &'a mut Context<'w>) -> Pipe<'a, 'w> {
        Pipe { wire: self, cx }
    }
}

impl Surplus {
    fn give(&mut self, buffer: &mut [u8]) -> usize {
        let left = self.bytes.get(self.taken..).unwrap_or_default();
        let count = left.len().min(buffer.len());
        buffer[..count].copy_from_slice(&left[..count]);
        self.taken += count;
        if count == left.len() {
            *self = Self { bytes: Vec::new(), taken: 0 };
        }
        count
    }
}

/// A socket that can be read from and takes nothing now.
pub(super) struct Ear<'a, 'w>(pub(super) Pipe<'a, 'w>);

impl Read for Ear<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Ear<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Away.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Away.flush()
    }
}

pub(super) struct Pipe<'a, 'w> {
    wire: &'a mut Wire,
    cx: &'a mut Context<'w>,
}

impl Read for Pipe<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fetch(buffer)?;
        self.wire.pace.came(&buffer[..count]);
        Ok(count)
    }
}

impl Pipe<'_, '_> {
    fn fetch(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.wire.surplus.bytes.is_empty() {
            return Ok(self.wire.surplus.give(buffer));
        }
        SCRATCH.with(|scratch| match scratch.try_borrow_mut() {
            Ok(mut scratch) => self.read_through(&mut scratch, buffer),
            // A stream that polls another connection while it is being read.
            Err(_) => self.read_through(&mut Vec::new(), buffer),
        })
    }

    fn read_through(&mut self, scratch: &mut Vec<u8>, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.wire.read_buffer_bytes;
        if scratch.len() < size {
            scratch.resize(size, 0);
        }
        let mut scratch = ReadBuf::new(&mut scratch[..size]);
        done(Pin::new(&mut *self.wire.socket).poll_read(self.cx, &mut scratch))?;
        let bytes = scratch.filled();
        self.wire.stirred |= !bytes.is_empty();
        let (now, later) = bytes.split_at(bytes.len().min(buffer.len()));
        buffer[..now.len()].copy_from_slice(now);
        if !later.is_empty() {
            self.wire.surplus.bytes = later.to_vec();
        }
        Ok(now.len())
    }
}

impl Write for Pipe<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = done(Pin::new(&mut *self.wire.socket).poll_write(self.cx, bytes))?;
        self.wire.written_bytes = self.wire.written_bytes.wrapping_add(count as u64);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        done(Pin::new(&mut *self.wire.socket).poll_flush(self.cx))
    }
}

/// A socket that takes nothing now: frames are queued with it where no waker is at hand.
pub(super) struct Away;

impl Read for Away {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::WouldBlock.into())
    }
}

impl Write for Away {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(ErrorKind::WouldBlock.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(ErrorKind::WouldBlock.into())
    }
}

fn done<T>(poll: Poll<io::Result<T>>) -> io::Result<T> {
    match poll {
        Poll::Ready(result) => result,
        Poll::Pending => Err(ErrorKind::WouldBlock.into()),
    }
}

/// Reads and throws away until the stream ends.
pub(super) fn poll_discard(socket: &mut dyn Duplex, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
    let mut scratch = [0; 1024];
    let mut spent = 0;
    while spent < DISCARD_BYTES_MAX {
        let mut buffer = ReadBuf::new(&mut scratch);
        std::task::ready!(Pin::new(&mut *socket).poll_read(cx, &mut buffer))?;
        match buffer.filled().len() {
            0 => return Poll::Ready(Ok(())),
            count => spent += count,
        }
    }
    cx.waker().wake_by_ref();
    Poll::Pending
}
