//! Owns the driver: one future that reads, writes, dials and sleeps for a [`Session`]. It decides nothing.
//!
//! Its parts are polled one after the other, the connections first: what can be read has been read before a deadline counts. They
//! share one waker, so none has to wake another, but for one that was polled before.

use core::cell::{Cell, RefCell};
use core::convert::Infallible;
use core::future::{pending, poll_fn};
use core::task::Poll;

use embassy_futures::select::{Either, Either3, select, select3};
use embassy_futures::yield_now;
use embedded_io_async::{Error, ErrorKind, Read, Write};
use relink_core::{Attempt, End, Instant, Overlap, Pairing, Single};
use relink_profiles::Profile;

use crate::Entropy;
use crate::client::Client;
use crate::dial::{Clock, Connection, Dialler};
use crate::ending::Ending;
use crate::line::Line;
use crate::session::{Order, Session};
use crate::user::User;
use crate::wire::{Framing, Wire};

/// Reads and writes of one connection before the others get their turn, even if it could go on.
const TURNS_MAX: u32 = 64;

/// Starts the link and keeps it, over two lines: one connection may take over from another. Ready when the link has ended; called
/// again, it starts it again. Dropping it drops every connection at once.
pub async fn run<P: Profile, U: User<P>, E: Entropy, C: Clock, D: Dialler, F: Framing, const M: usize, const B: usize>(
    session: &mut Session<P, U, E>,
    client: &Client<M, B>,
    clock: &C,
    lines: (&mut Line<'_, D, F>, &mut Line<'_, D, F>),
) -> End {
    let driver: Driver<'_, P, U, E, Overlap, C, M, B> = Driver::new(session, client, clock);
    match select3(driver.serve(0, lines.0), driver.serve(1, lines.1), driver.decide()).await {
        Either3::First(never) | Either3::Second(never) => match never {},
        Either3::Third(end) => end,
    }
}

/// As [`run`], over one line: a connection ends before the next one begins.
pub async fn run_single<P: Profile, U: User<P, Single>, E: Entropy, C: Clock, D: Dialler, F: Framing, const M: usize, const B: usize>(
    session: &mut Session<P, U, E, Single>,
    client: &Client<M, B>,
    clock: &C,
    line: &mut Line<'_, D, F>,
) -> End {
    let driver: Driver<'_, P, U, E, Single, C, M, B> = Driver::new(session, client, clock);
    match select(driver.serve(0, line), driver.decide()).await {
        Either::First(never) => match never {},
        Either::Second(end) => end,
    }
}

struct Driver<'d, P, U, E, H, C, const M: usize, const B: usize> {
    session: RefCell<&'d mut Session<P, U, E, H>>,
    client: &'d Client<M, B>,
    clock: &'d C,
    /// What each line is at.
    serving: [Cell<Order>; 2],
}

impl<'d, P: Profile, U: User<P, H>, E: Entropy, H: Pairing, C: Clock, const M: usize, const B: usize> Driver<'d, P, U, E, H, C, M, B> {
    const fn new(session: &'d mut Session<P, U, E, H>, client: &'d Client<M, B>, clock: &'d C) -> Self {
        Self { session: RefCell::new(session), client, clock, serving: [const { Cell::new(Order::Rest) }; 2] }
    }

    /// Wishes, deadlines, and the end.
    async fn decide(&self) -> End {
        self.client.start();
        loop {
            poll_fn(|cx| {
                self.client.is_driven_by(cx);
                Poll::Ready(())
            })
            .await;
            if self.deadline() <= self.clock.now() {
                // The network may have had no turn since the clock has moved.
                yield_now().await;
            }
            let now = self.clock.now();
            self.with(|session| session.turn(now, self.client));
            if let Some(Some(end)) = self.with(|session| session.ended()) {
                return end;
            }
            if (0..self.serving.len()).any(|index| self.is_called(index)) {
                // It was polled before.
                self.client.wake();
            }
            let deadline = self.deadline();
            select(self.clock.until(deadline), self.changed(deadline)).await;
        }
    }

    /// Serves the attempts of one seat, one after the other.
    async fn serve<D: Dialler, F: Framing>(&self, index: usize, line: &mut Line<'_, D, F>) -> Infallible {
        loop {
            let attempt = self.ordered(index).await;
            match select(line.dialler.dial(attempt), self.dismissed(index)).await {
                Either::First(Ok(mut connection)) => self.converse((index, attempt), &mut connection, &mut line.wire).await,
                Either::First(Err(fault)) => {
                    let now = self.clock.now();
                    self.with(|session| session.undialled((index, attempt), now, fault, self.client));
                }
                Either::Second(()) => {}
            }
            self.serves(index, Order::Rest);
        }
    }

    /// One connection, from its first byte to its last.
    async fn converse<T: Connection, F: Framing>(&self, seat: (usize, Attempt), connection: &mut T, wire: &mut Wire<'_, F>) {
        let now = self.clock.now();
        let request = connection.request();
        self.with(|session| session.dialled(seat, now, &request, wire, self.client));
        let (mut reader, mut writer) = connection.split();
        let mut output = Output::Flushed;
        let mut turns = 0_u32;
        loop {
            let now = self.clock.now();
            self.with(|session| session.work(seat, now, wire, self.client));
            if self.is_dismissed(seat.0) {
                return;
            }
            turns = turns.wrapping_add(1);
            if turns.is_multiple_of(TURNS_MAX) {
                yield_now().await;
            }
            let (space, unsent) = wire.halves();
            let reading = async { if space.is_empty() { pending().await } else { reader.read(space).await } };
            match select3(reading, output.go_on(&mut writer, unsent), self.called(seat.0)).await {
                Either3::First(Ok(0)) => return self.lost(seat, output.failure().unwrap_or(Ending::Eof)),
                Either3::First(Ok(count)) => wire.received(count),
                Either3::First(Err(error)) => return self.lost(seat, Ending::Io(error.kind())),
                Either3::Second(next) => {
                    if let Output::Dirty(count) = next {
                        wire.sent(count);
                        self.with(|session| session.sent(seat, count, self.client));
                    }
                    output = next;
                }
                Either3::Third(()) => {}
            }
        }
    }

    fn lost(&self, seat: (usize, Attempt), why: Ending) {
        let now = self.clock.now();
        self.with(|session| session.lost(seat, now, why, self.client));
    }

    /// Nobody else has it lent out: each of the driver's parts returns it before it waits.
    fn with<R>(&self, then: impl FnOnce(&mut Session<P, U, E, H>) -> R) -> Option<R> {
        self.session.try_borrow_mut().ok().map(|mut session| then(&mut session))
    }

    fn deadline(&self) -> Instant {
        self.with(|session| session.deadline()).flatten().unwrap_or(Instant::NEVER)
    }

    /// Ready when something is to be decided before `deadline`.
    async fn changed(&self, deadline: Instant) {
        poll_fn(|_| {
            let ended = matches!(self.with(|session| session.ended()), Some(Some(_)));
            if ended || self.client.has_wishes() || self.deadline() < deadline { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Ready when this seat has an attempt to be served.
    async fn ordered(&self, index: usize) -> Attempt {
        let attempt = poll_fn(|_| match self.order(index) {
            Order::Serve(attempt) => Poll::Ready(attempt),
            Order::Rest => Poll::Pending,
        })
        .await;
        self.serves(index, Order::Serve(attempt));
        attempt
    }

    /// Ready when what this seat serves is over.
    async fn dismissed(&self, index: usize) {
        poll_fn(|_| if self.is_dismissed(index) { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// Ready when there is something to be done though nothing came in.
    async fn called(&self, index: usize) {
        poll_fn(|_| if self.is_called(index) { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    fn is_called(&self, index: usize) -> bool {
        self.is_dismissed(index) || self.with(|session| session.wants_work(index, self.client)).unwrap_or_default()
    }

    fn is_dismissed(&self, index: usize) -> bool {
        self.serving.get(index).is_some_and(|serving| serving.get() != self.order(index))
    }

    fn order(&self, index: usize) -> Order {
        self.with(|session| session.order(index)).unwrap_or(Order::Rest)
    }

    fn serves(&self, index: usize, order: Order) {
        if let Some(serving) = self.serving.get(index) {
            serving.set(order);
        }
    }
}

/// How far the writing of one connection is.
#[derive(Clone, Copy)]
enum Output {
    /// The transport has taken so many bytes just now, and may keep them until it is flushed.
    Dirty(usize),
    /// Everything written is on its way.
    Flushed,
    /// Nothing can be written any more. What the peer said before is still read: its Close with a verdict, perhaps.
    Failed(ErrorKind),
}

impl Output {
    /// Writes, or flushes if there is nothing to be written; waits if there is nothing to be done.
    async fn go_on<W: Write>(self, writer: &mut W, unsent: &[u8]) -> Self {
        let done = match self {
            Self::Failed(_) => pending().await,
            Self::Flushed if unsent.is_empty() => pending().await,
            Self::Dirty(_) if unsent.is_empty() => writer.flush().await.map(|()| Self::Flushed),
            Self::Flushed | Self::Dirty(_) => writer.write(unsent).await.map(Self::Dirty),
        };
        match done {
            Ok(Self::Dirty(0)) => Self::Failed(ErrorKind::WriteZero),
            Ok(output) => output,
            Err(error) => Self::Failed(error.kind()),
        }
    }

    const fn failure(self) -> Option<Ending> {
        if let Self::Failed(kind) = self { Some(Ending::Io(kind)) } else { None }
    }
}
