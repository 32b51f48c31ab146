//! Owns the network: who dials when, what becomes of it, and where the server's side of it is found.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::{Poll, Waker};

use assert_no_alloc::{PermitDrop, permit_alloc};
use relink_core::Attempt;
use relink_embedded::wire::Request;
use relink_embedded::{Connection, DialFault, Dialler};

use crate::pipe::{End, Half, Manner, connection};
use crate::world::World;

/// What becomes of a dial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Accept,
    Refuse,
    Hang,
}

pub(crate) struct Net {
    world: Rc<World>,
    /// What becomes of the next dials, then of all.
    pub(crate) next: RefCell<VecDeque<Fate>>,
    pub(crate) fate: Cell<Fate>,
    pub(crate) manner: Cell<Manner>,
    /// When, over which line.
    pub(crate) dials: RefCell<Vec<(u64, usize)>>,
    /// Connections that are not dropped, and dials under way.
    pub(crate) held: Cell<usize>,
    /// The greatest number of them at once.
    pub(crate) held_max: Cell<usize>,
    backlog: RefCell<VecDeque<End>>,
    acceptor: RefCell<Option<Waker>>,
}

impl Net {
    pub(crate) fn new(world: Rc<World>, manner: Manner) -> Self {
        Self {
            world,
            next: RefCell::default(),
            fate: Cell::new(Fate::Accept),
            manner: Cell::new(manner),
            dials: RefCell::default(),
            held: Cell::new(0),
            held_max: Cell::new(0),
            backlog: RefCell::default(),
            acceptor: RefCell::default(),
        }
    }

    /// The times of all dials.
    pub(crate) fn dial_times(&self) -> Vec<u64> {
        self.dials.borrow().iter().map(|(at, _)| *at).collect()
    }

    /// Dials, for a socket of its own. The other side is accepted.
    pub(crate) fn connect(&self) -> End {
        self.dials.borrow_mut().push((self.world.now(), 0));
        let (device, server) = connection(self.manner.get());
        self.backlog.borrow_mut().push_back(server);
        self.acceptor.take().into_iter().for_each(Waker::wake);
        device
    }

    /// The server's side of the next connection.
    pub(crate) async fn accept(&self) -> End {
        poll_fn(|cx| {
            let Some(end) = self.backlog.borrow_mut().pop_front() else {
                *self.acceptor.borrow_mut() = Some(cx.waker().clone());
                return Poll::Pending;
            };
            Poll::Ready(end)
        })
        .await
    }
}

/// One that is held, until it is dropped.
struct Held(Rc<Net>);

impl Held {
    fn new(net: &Rc<Net>) -> Self {
        net.held.set(net.held.get() + 1);
        net.held_max.set(net.held_max.get().max(net.held.get()));
        Self(Rc::clone(net))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.held.set(self.0.held.get() - 1);
    }
}

/// A dialler into a network.
pub(crate) struct Wires {
    pub(crate) net: Rc<Net>,
    pub(crate) line: usize,
}

pub(crate) struct Socket {
    end: PermitDrop<RefCell<End>>,
    _held: Held,
}

impl Dialler for Wires {
    type Connection<'d> = Socket;

    async fn dial(&mut self, _: Attempt) -> Result<Socket, DialFault> {
        let held = Held::new(&self.net);
        permit_alloc(|| self.net.dials.borrow_mut().push((self.net.world.now(), self.line)));
        let fate = self.net.next.borrow_mut().pop_front().unwrap_or(self.net.fate.get());
        match fate {
            Fate::Refuse => Err(DialFault::new("nobody listens")),
            Fate::Hang => pending().await,
            Fate::Accept => permit_alloc(|| {
                let (device, server) = connection(self.net.manner.get());
                self.net.backlog.borrow_mut().push_back(server);
                self.net.acceptor.take().into_iter().for_each(Waker::wake);
                Ok(Socket { end: PermitDrop::new(RefCell::new(device)), _held: held })
            }),
        }
    }
}

impl Connection for Socket {
    type Reader<'c> = Half<'c>;
    type Writer<'c> = Half<'c>;

    fn request(&self) -> Request<'_> {
        Request { host: "192.0.2.1", path: "/", ..Request::default() }
    }

    fn split(&mut self) -> (Half<'_>, Half<'_>) {
        (Half(&self.end), Half(&self.end))
    }
}
