//! Owns the scripted transport: attempts and connections in memory that report what a line says, when it says so.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use relink_core::{Attempt, CloseCode, Report, Verdict};
use relink_tokio::{Connection, Ending, Incoming, Transport};
use tokio::task::coop;

/// Every attempt and connection the shell holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Net(Arc<Mutex<World>>);

#[derive(Debug, Default)]
struct World {
    /// Attempts under way, and how they end.
    opening: HashMap<u32, Option<Result<(), Ending>>>,
    /// Connections held, and what comes in on them.
    wires: HashMap<u32, VecDeque<Incoming<Infallible>>>,
    /// Who waits for something to come in. Nobody else is woken: whoever makes something happen polls the driver.
    readers: Vec<Waker>,
    /// Whoever reads is to have read a great deal.
    tiring: bool,
}

impl Net {
    /// Has an attempt or connection report this, if there is anybody to do so.
    pub(super) fn report(&self, attempt: Attempt, report: Report) {
        let number = attempt.number();
        let mut world = self.lock();
        if let Some(end) = world.opening.get_mut(&number) {
            *end = match report {
                Report::Opened => Some(Ok(())),
                Report::Lost(verdict) => Some(Err(scripted(verdict))),
                Report::Accepted | Report::Heard | Report::Pulse(_) | Report::Drained => None,
                Report::Asked(_) | Report::Closed(_) | Report::Broken(_) => None,
            };
            return;
        }
        let Some(wire) = world.wires.get_mut(&number) else { return };
        wire.push_back(match report {
            Report::Opened | Report::Accepted | Report::Heard | Report::Pulse(_) => Incoming::Report(report),
            Report::Drained | Report::Asked(_) => Incoming::Report(report),
            Report::Closed(verdict) => Incoming::Closed(scripted(verdict)),
            Report::Broken(code) => Incoming::Broken(code, scripted(Verdict::Retry)),
            Report::Lost(verdict) => Incoming::Lost(scripted(verdict)),
        });
        world.wake();
    }

    /// Whether reading uses up all that tokio lets a task do in one go.
    pub(super) fn set_tiring(&self, tiring: bool) {
        let mut world = self.lock();
        world.tiring = tiring;
        if tiring {
            world.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World {
    /// Has the connections looked at.
    fn wake(&mut self) {
        self.readers.drain(..).for_each(Waker::wake);
    }
}

/// An ending that brings its verdict with it.
fn scripted(verdict: Verdict) -> Ending {
    Ending::other("scripted", verdict)
}

/// The transport.
pub(super) struct Scripted(pub(super) Net);

/// An attempt under way; dropped, it is forgotten.
struct Dial(Net, u32);

impl Drop for Dial {
    fn drop(&mut self) {
        self.0.lock().opening.remove(&self.1);
    }
}

impl Transport for Scripted {
    type Message = Infallible;
    type Connection = Wire;

    fn open(&mut self, attempt: Attempt) -> impl Future<Output = Result<Wire, Ending>> + Send + 'static {
        let (net, number) = (self.0.clone(), attempt.number());
        net.lock().opening.insert(number, None);
        let dial = Dial(net.clone(), number);
        async move {
            let ended = poll_fn(|_| {
                let end = dial.0.lock().opening.get_mut(&number).and_then(Option::take);
                end.map_or(Poll::Pending, Poll::Ready)
            });
            ended.await?;
            net.lock().wires.insert(number, VecDeque::new());
            Ok(Wire(net, number))
        }
    }

    fn weight(message: &Infallible) -> usize {
        match *message {}
    }
}

/// A connection; dropped, it is forgotten.
pub(super) struct Wire(Net, u32);

impl Drop for Wire {
    fn drop(&mut self) {
        self.0.lock().wires.remove(&self.1);
    }
}

impl Connection for Wire {
    type Message = Infallible;

    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Incoming<Infallible>> {
        let mut world = self.0.lock();
        if world.tiring {
            while let Poll::Ready(turn) = coop::poll_proceed(cx) {
                turn.made_progress();
            }
        }
        let incoming = world.wires.get_mut(&self.1).and_then(VecDeque::pop_front);
        if incoming.is_none() {
            world.readers.push(cx.waker().clone());
        }
        incoming.map_or(Poll::Pending, Poll::Ready)
    }

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        Poll::Ready(Ok(()))
    }

    fn queue(&mut self, message: Infallible) -> Result<(), Ending> {
        match message {}
    }

    fn queue_ping(&mut self) -> Result<(), Ending> {
        Ok(())
    }

    fn queue_close(&mut self, _: CloseCode) -> Result<(), Ending> {
        Ok(())
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        Poll::Ready(Ok(()))
    }

    /// Something is always in hand: a drain ends when the scenario says so.
    fn is_busy(&self) -> bool {
        true
    }
}
