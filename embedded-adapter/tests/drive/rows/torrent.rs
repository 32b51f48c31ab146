//! Owns a peer that is always ahead: there is something to be read whenever somebody looks, and answers leave all the same.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use relink_core::{Attempt, Millis, Single};
use relink_embedded::wire::{Request, WsFramer};
use relink_embedded::{Connection, DialFault, Dialler, Line, run_single};

use crate::peer::answer;
use crate::pipe::Manner;
use crate::rig::{CONFIG, Rig};

const PINGS: usize = 20_000;

/// The peer's side of it all.
#[derive(Default)]
struct Torrent {
    written: RefCell<Vec<u8>>,
    is_answered: Cell<bool>,
    pings: Cell<usize>,
    /// Pings that were read when the first pong was written.
    before_pong: Cell<Option<usize>>,
    reader: RefCell<Option<Waker>>,
}

struct Bed(Rc<Torrent>);

struct Side<'c>(&'c Torrent);

impl Dialler for Bed {
    type Connection<'d> = Self;

    async fn dial(&mut self, _: Attempt) -> Result<Self, DialFault> {
        Ok(Self(Rc::clone(&self.0)))
    }
}

impl Connection for Bed {
    type Reader<'c> = Side<'c>;
    type Writer<'c> = Side<'c>;

    fn request(&self) -> Request<'_> {
        Request { host: "192.0.2.1", path: "/", ..Request::default() }
    }

    fn split(&mut self) -> (Side<'_>, Side<'_>) {
        (Side(&self.0), Side(&self.0))
    }
}

impl ErrorType for Side<'_> {
    type Error = ErrorKind;
}

impl Read for Side<'_> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        poll_fn(|cx| {
            let written = self.0.written.borrow();
            let bytes = if !written.ends_with(b"\r\n\r\n") && !self.0.is_answered.get() || self.0.pings.get() == PINGS {
                *self.0.reader.borrow_mut() = Some(cx.waker().clone());
                return Poll::Pending;
            } else if !self.0.is_answered.replace(true) {
                answer(std::str::from_utf8(&written).unwrap()).into_bytes()
            } else {
                self.0.pings.set(self.0.pings.get() + 1);
                b"\x89\x00".to_vec()
            };
            buffer[..bytes.len()].copy_from_slice(&bytes);
            Poll::Ready(Ok(bytes.len()))
        })
        .await
    }
}

impl Write for Side<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        if self.0.is_answered.get() && bytes.first() == Some(&0x8A) && self.0.before_pong.get().is_none() {
            self.0.before_pong.set(Some(self.0.pings.get()));
        }
        self.0.written.borrow_mut().extend(bytes);
        self.0.reader.take().into_iter().for_each(Waker::wake);
        Ok(bytes.len())
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

#[test]
fn answers_leave_while_there_is_more_and_more_to_read() {
    let (rig, torrent) = (Rig::new(Manner::WIDE), Rc::<Torrent>::default());
    let mut session = rig.session::<Single>(relink_core::Config { ping_after: Millis::ZERO, ..CONFIG });
    let (client, clock, bed) = (Rc::clone(&rig.client), rig.clock(), Bed(Rc::clone(&torrent)));
    rig.world.spawn(async move {
        let (mut receive, mut send) = ([0; 256], [0; 256]);
        let mut line: Line<'_, _, WsFramer> = Line::new(bed, &mut receive, &mut send, &client).unwrap();
        run_single(&mut session, &client, &clock, &mut line).await;
    });
    rig.world.run_until(1_000);
    assert_eq!(torrent.pings.get(), PINGS);
    let before = torrent.before_pong.get().unwrap();
    assert!(before < 10, "{before} pings before the first pong");
    assert!(rig.world.polls.get() > PINGS as u64 / 100, "others get their turn meanwhile");
}
