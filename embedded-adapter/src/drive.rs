//! Owns the driver: one future that reads, writes, dials and sleeps for a [`Session`]. It decides nothing.
//!
//! Its parts are polled one after the other, the connections first: what can be read has been read before a deadline counts. They
//! share one waker, so none has to wake another, but for one that was polled before.

mod converse;

use core::cell::{Cell, RefCell};
use core::convert::Infallible;
use core::future::poll_fn;
use core::task::Poll;

use embassy_futures::select::{Either, Either3, select, select3};
use embassy_futures::yield_now;
use relink_core::{Attempt, End, Instant, Overlap, Pairing, Single};
use relink_profiles::Profile;

use crate::Entropy;
use crate::client::Client;
use crate::dial::{Clock, Dialler};
use crate::line::Line;
use crate::session::{Order, Session};
use crate::user::User;
use crate::wire::Framing;

/// Starts the link and keeps it, over two lines: one connection may take over from another. Ready when the link has ended; called
/// again, it starts it again. Dropped before, it drops every connection at once, and the link is stopped; what waits in the
/// outbox stays there.
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

struct Driver<'d, P: Profile, U: User<P, H>, E: Entropy, H: Pairing + Copy, C: Clock, const M: usize, const B: usize> {
    session: RefCell<&'d mut Session<P, U, E, H>>,
    client: &'d Client<M, B>,
    clock: &'d C,
    /// What each line is at.
    serving: [Cell<Order>; 2],
}

impl<'d, P: Profile, U: User<P, H>, E: Entropy, H: Pairing + Copy, C: Clock, const M: usize, const B: usize>
    Driver<'d, P, U, E, H, C, M, B>
{
    fn new(session: &'d mut Session<P, U, E, H>, client: &'d Client<M, B>, clock: &'d C) -> Self {
        let driver = Self { session: RefCell::new(session), client, clock, serving: [const { Cell::new(Order::Rest) }; 2] };
        // The driver before may have been forgotten instead of dropped.
        driver.forsake();
        driver
    }

    fn forsake(&self) {
        let now = self.clock.now();
        self.with(|session| session.forsake(now, self.client));
    }

    /// Wishes, deadlines, and the end.
    async fn decide(&self) -> End {
        self.client.start();
        loop {
            if self.deadline() <= self.clock.now() {
                // The network may have had no turn since the clock has moved.
                yield_now().await;
            }
            let now = self.clock.now();
            self.with(|session| session.turn(now, self.client));
            if let Some(Some(end)) = self.with(|session| session.ended()) {
                return end;
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

    /// Nobody else has it lent out: each of the driver's parts returns it before it waits.
    fn with<R>(&self, then: impl FnOnce(&mut Session<P, U, E, H>) -> R) -> Option<R> {
        self.session.try_borrow_mut().ok().map(|mut session| then(&mut session))
    }

    fn deadline(&self) -> Instant {
        self.with(|session| session.deadline()).flatten().unwrap_or(Instant::NEVER)
    }

    /// Ready when something is to be decided before `deadline`.
    async fn changed(&self, deadline: Instant) {
        poll_fn(|cx| {
            self.client.is_driven_by(cx);
            let ended = matches!(self.with(|session| session.ended()), Some(Some(_)));
            if ended || self.client.has_wishes() || self.deadline() < deadline {
                return Poll::Ready(());
            }
            if (0..Session::<P, U, E, H>::SEATS).any(|index| self.is_called(index)) {
                // It was polled before it was called.
                cx.waker().wake_by_ref();
            }
            Poll::Pending
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

    /// Whether there is something to be done though nothing came in.
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

/// Dropped before the end, it drops every connection, and the user is told.
impl<P: Profile, U: User<P, H>, E: Entropy, H: Pairing + Copy, C: Clock, const M: usize, const B: usize> Drop
    for Driver<'_, P, U, E, H, C, M, B>
{
    fn drop(&mut self) {
        self.forsake();
    }
}
