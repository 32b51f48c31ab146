//! Owns one TCP connection of a client's: counted while it is open, and ended in the way that is wanted.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::hub::Hub;
use crate::fault::Leave;

/// A client's TCP connection. Dropped, it ends: with FIN, or with RST if [`Handle::reset`] says so.
pub(crate) struct Line {
    tcp: TcpStream,
    handle: Arc<Handle>,
    hub: Arc<Hub>,
}

/// What a request's handler can do to the line that it came on.
#[derive(Default)]
pub(crate) struct Handle {
    reset: AtomicBool,
    cut: Notify,
}

impl Handle {
    /// Has the line end now.
    pub(crate) fn cut(&self, how: Leave) {
        if how == Leave::Reset {
            self.reset.store(true, Ordering::Relaxed);
        }
        self.cut.notify_one();
    }

    /// Waits until somebody cuts the line.
    pub(crate) async fn is_cut(&self) {
        self.cut.notified().await;
    }
}

impl Line {
    pub(crate) fn new(tcp: TcpStream, handle: Arc<Handle>, hub: Arc<Hub>) -> Self {
        let _ = tcp.set_nodelay(true);
        hub.change(|state| {
            state.book.sockets_open += 1;
            state.book.counts.sockets += 1;
        });
        Self { tcp, handle, hub }
    }

    /// The line will end with RST.
    pub(crate) fn reset(&self) {
        self.handle.reset.store(true, Ordering::Relaxed);
    }

    /// Returns when the client has ended its side, without reading what it sent before.
    pub(crate) async fn gone(&self) {
        loop {
            let Ok(ready) = self.tcp.ready(Interest::READABLE | Interest::ERROR).await else { return };
            if ready.is_error() || ready.is_read_closed() || ready.is_write_closed() {
                return;
            }
            // There is something to read, and it stays unread: wait for the next change.
            let _ = self.tcp.try_io(Interest::READABLE, || io::Result::<()>::Err(io::ErrorKind::WouldBlock.into()));
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.handle.reset.load(Ordering::Relaxed) {
            // Without it the drop sends FIN, and the test that counts on RST says so.
            let _ = self.tcp.set_zero_linger();
        }
        self.hub.change(|state| state.book.sockets_open -= 1);
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(context, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}
