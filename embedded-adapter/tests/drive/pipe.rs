//! Owns a connection in memory: two bounded pipes, read and written in pieces of whatever length a seed says.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;
use std::task::{Poll, Waker};

use assert_no_alloc::permit_alloc;
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};

/// How a transport behaves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// Bytes on their way that a pipe holds.
    pub(crate) capacity: usize,
    /// The longest piece read or written at once; 0: any.
    pub(crate) piece_max: usize,
    /// What the lengths of pieces are drawn from; 0: always the longest.
    pub(crate) seed: u64,
}

impl Manner {
    pub(crate) const WIDE: Self = Self { capacity: 1 << 16, piece_max: 0, seed: 0 };
    pub(crate) const BYTES: Self = Self { capacity: 7, piece_max: 1, seed: 0 };

    pub(crate) const fn random(seed: u64) -> Self {
        Self { capacity: 61, piece_max: 23, seed }
    }
}

#[derive(Default)]
struct Pipe {
    bytes: VecDeque<u8>,
    /// Nothing more is written.
    ended: bool,
    /// Nobody reads any more.
    broken: bool,
    /// Bytes come in and are not seen: the cable is cut.
    cut: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Pipe {
    fn wake(&mut self) {
        self.reader.take().into_iter().chain(self.writer.take()).for_each(Waker::wake);
    }
}

/// One side of a connection. Dropped, it ends both directions; what is on its way to the other side still arrives.
pub(crate) struct End {
    incoming: Rc<RefCell<Pipe>>,
    outgoing: Rc<RefCell<Pipe>>,
    manner: Manner,
}

/// Both sides.
pub(crate) fn connection(manner: Manner) -> (End, End) {
    let (one, two) = (Rc::<RefCell<Pipe>>::default(), Rc::<RefCell<Pipe>>::default());
    let device = End { incoming: Rc::clone(&one), outgoing: Rc::clone(&two), manner };
    (device, End { incoming: two, outgoing: one, manner: Manner { seed: manner.seed.rotate_left(7), ..manner } })
}

impl End {
    fn piece(&mut self, len: usize) -> usize {
        if self.manner.piece_max == 0 {
            return len;
        }
        if self.manner.seed == 0 {
            return len.min(self.manner.piece_max);
        }
        self.manner.seed = self.manner.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        len.min(1 + (self.manner.seed >> 40) as usize % self.manner.piece_max)
    }

    pub(crate) fn poll_read(&mut self, buffer: &mut [u8], waker: &Waker) -> Poll<Result<usize, ErrorKind>> {
        let count = self.piece(buffer.len());
        let mut pipe = self.incoming.borrow_mut();
        if pipe.bytes.is_empty() && pipe.ended && !pipe.cut {
            return Poll::Ready(Ok(0));
        }
        if pipe.bytes.is_empty() || pipe.cut {
            pipe.reader = Some(waker.clone());
            return Poll::Pending;
        }
        let count = count.min(pipe.bytes.len());
        buffer[..count].iter_mut().for_each(|byte| *byte = pipe.bytes.pop_front().unwrap());
        pipe.wake();
        Poll::Ready(Ok(count))
    }

    pub(crate) fn poll_write(&mut self, bytes: &[u8], waker: &Waker) -> Poll<Result<usize, ErrorKind>> {
        let count = self.piece(bytes.len());
        let mut pipe = self.outgoing.borrow_mut();
        if pipe.broken && !pipe.cut {
            return Poll::Ready(Err(ErrorKind::BrokenPipe));
        }
        let count = count.min(self.manner.capacity - pipe.bytes.len());
        if count == 0 {
            pipe.writer = Some(waker.clone());
            return Poll::Pending;
        }
        pipe.bytes.extend(&bytes[..count]);
        pipe.wake();
        Poll::Ready(Ok(count))
    }

    /// Both directions stand still from now on, and nobody is told.
    pub(crate) fn cut(&self) {
        self.incoming.borrow_mut().cut = true;
        self.outgoing.borrow_mut().cut = true;
    }

    /// The other side cannot write to this one any more, but what this one writes arrives.
    pub(crate) fn stops_reading(&self) {
        let mut pipe = self.incoming.borrow_mut();
        pipe.broken = true;
        pipe.wake();
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let (mut incoming, mut outgoing) = (self.incoming.borrow_mut(), self.outgoing.borrow_mut());
        (incoming.broken, outgoing.ended) = (true, true);
        incoming.wake();
        outgoing.wake();
    }
}

/// For a server's blocking code: what would wait is `WouldBlock`.
pub(crate) struct Blocking {
    pub(crate) end: End,
    pub(crate) waker: Waker,
}

impl io::Read for Blocking {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        blocking(self.end.poll_read(buffer, &self.waker))
    }
}

impl io::Write for Blocking {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        blocking(self.end.poll_write(bytes, &self.waker))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn blocking(result: Poll<Result<usize, ErrorKind>>) -> io::Result<usize> {
    match result {
        Poll::Ready(result) => result.map_err(|_| io::ErrorKind::BrokenPipe.into()),
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}

/// Half of a device's side.
pub(crate) struct Half<'c>(pub(crate) &'c RefCell<End>);

impl ErrorType for Half<'_> {
    type Error = ErrorKind;
}

impl Read for Half<'_> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        std::future::poll_fn(|cx| permit_alloc(|| self.0.borrow_mut().poll_read(buffer, cx.waker()))).await
    }
}

impl Write for Half<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        std::future::poll_fn(|cx| permit_alloc(|| self.0.borrow_mut().poll_write(bytes, cx.waker()))).await
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}
