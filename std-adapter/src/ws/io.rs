//! Owns the bridge from tokio's streams to tungstenite's blocking ones: what is pending is `WouldBlock`.

use std::io::{self, ErrorKind, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::source::{Duplex, Socket};

/// How much is thrown away in one poll before other tasks get their turn.
const DISCARD_BYTES_MAX: usize = 64 << 10;

/// The socket for the time of one poll, with that poll's waker; counts what is written.
pub(super) struct Pipe<'a, 'w> {
    socket: &'a mut Socket,
    cx: &'a mut Context<'w>,
    written_bytes: &'a mut u64,
}

impl<'a, 'w> Pipe<'a, 'w> {
    pub(super) fn new(socket: &'a mut Socket, cx: &'a mut Context<'w>, written_bytes: &'a mut u64) -> Self {
        Self { socket, cx, written_bytes }
    }
}

impl Read for Pipe<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut buffer = ReadBuf::new(buffer);
        done(Pin::new(&mut *self.socket).poll_read(self.cx, &mut buffer))?;
        Ok(buffer.filled().len())
    }
}

impl Write for Pipe<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = done(Pin::new(&mut *self.socket).poll_write(self.cx, bytes))?;
        *self.written_bytes = self.written_bytes.wrapping_add(count as u64);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        done(Pin::new(&mut *self.socket).poll_flush(self.cx))
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
