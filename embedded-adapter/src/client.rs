//! Owns the user's handle: what is to be sent, and what is wished for.

mod outbound;

use core::cell::{Cell, RefCell};
use core::fmt;
use core::future::poll_fn;
use core::task::{Context, Poll, Waker};

use heapless::Vec;
use outbound::{Stored, Way};
use relink_core::{CloseCode, Millis, Outbox, Refused, State, WhenFull};

use crate::wire::Message;

/// Tasks that can wait for room and sleep; if there are more, they wake one another now and then.
const SENDERS: usize = 4;

/// The handle of a link: at most `MESSAGES` messages of at most `BYTES` bytes each wait in it.
///
/// Share it by reference between the driver and everybody who sends, on one executor. What is sent while the link is down waits for
/// the next connection. A message leaves the outbox once the transport has taken all of it; so one whose connection is lost
/// before that goes out on the next, and none goes out twice.
pub struct Client<const MESSAGES: usize, const BYTES: usize> {
    outbox: RefCell<Outbox<Stored<BYTES>, MESSAGES>>,
    wishes: Cell<Wishes>,
    state: Cell<State>,
    counters: Cell<Counters>,
    driver: Cell<Option<Waker>>,
    senders: RefCell<Vec<Waker, SENDERS>>,
}

/// What is wished for, since the driver looked last.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wishes {
    pub(crate) start: bool,
    pub(crate) renew: bool,
    pub(crate) end: Option<End>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    Stop(CloseCode),
    Drain(Millis, CloseCode),
}

/// How often something has happened, modulo 2³².
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Attempts begun.
    pub dials: u32,
    /// Times the link came up.
    pub ups: u32,
    /// Changes of connection while it was up.
    pub renewals: u32,
    /// Times the link went down.
    pub downs: u32,
    /// Messages received.
    pub messages_in: u32,
    /// Messages of the outbox that a transport has taken.
    pub messages_out: u32,
    /// Messages that the outbox dropped to make room, before they were on their way.
    pub dropped: u32,
    /// Reports that came too late to mean anything.
    pub ignored: u32,
}

/// Why a message was not taken. It was not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// There is no room now.
    Full,
    /// It is longer than the outbox's messages may be, or weighs more than it holds.
    TooLong {
        /// How long a message may be.
        bytes_max: usize,
    },
    /// The link has ended: nothing will be sent until it is started again.
    Ended,
}

impl<const MESSAGES: usize, const BYTES: usize> Client<MESSAGES, BYTES> {
    /// A handle with an empty outbox, which holds at most `bytes_max` bytes in all.
    #[must_use]
    pub const fn new(bytes_max: u32, when_full: WhenFull) -> Self {
        Self {
            outbox: RefCell::new(Outbox::new(bytes_max, when_full)),
            wishes: Cell::new(Wishes { start: false, renew: false, end: None }),
            state: Cell::new(State::Idle),
            counters: Cell::new(Counters::NONE),
            driver: Cell::new(None),
            senders: RefCell::new(Vec::new()),
        }
    }

    /// Puts a message into the outbox.
    ///
    /// # Errors
    ///
    /// [`Unsent`] says why it was not taken.
    pub fn try_send(&self, message: Message<'_>) -> Result<(), Unsent> {
        let too_long = Unsent::TooLong { bytes_max: BYTES };
        if matches!(self.state.get(), State::Shutdown { .. }) && !self.wishes.get().start {
            return Err(Unsent::Ended);
        }
        let bytes = Vec::from_slice(message.as_bytes()).map_err(|_| too_long)?;
        let weight = u32::try_from(bytes.len()).map_err(|_| too_long)?;
        let stored = Stored { is_text: matches!(message, Message::Text(_)), bytes, way: Cell::new(Way::Waiting) };
        // It is never lent out while anybody else's code runs.
        let mut outbox = self.outbox.try_borrow_mut().map_err(|_| Unsent::Full)?;
        let pushed = outbox.push(stored, weight, |dropped| {
            if dropped.way.get() == Way::Waiting {
                self.count(|counters| &mut counters.dropped);
            }
        });
        drop(outbox);
        self.wake();
        pushed.map_err(|refused| match refused {
            Refused::Full(_) => Unsent::Full,
            Refused::TooHeavy(_) => too_long,
        })
    }

    /// Puts a message into the outbox once there is room. Safe to cancel: then it was not taken.
    ///
    /// # Errors
    ///
    /// As [`Client::try_send`], but for [`Unsent::Full`].
    pub async fn send(&self, message: Message<'_>) -> Result<(), Unsent> {
        poll_fn(|cx| match self.try_send(message) {
            Err(Unsent::Full) => {
                self.waits(cx);
                Poll::Pending
            }
            taken => Poll::Ready(taken),
        })
        .await
    }

    /// Wishes for a start: of a link that has ended, or sooner than a delay that is running would have it.
    pub fn start(&self) {
        // An end that was wished for before comes first.
        self.wish(|wishes| wishes.start = true);
    }

    /// Wishes for the end of the link, now: what is open is closed with this code.
    pub fn stop(&self, code: CloseCode) {
        self.wish(|wishes| *wishes = Wishes { end: Some(End::Stop(code)), ..Wishes::default() });
    }

    /// Wishes for the end of the link once nothing is in hand, and within this time at the latest.
    pub fn drain(&self, within: Millis, code: CloseCode) {
        self.wish(|wishes| {
            let end = match wishes.end {
                Some(End::Stop(code)) => End::Stop(code),
                // A second one can only shorten the first.
                Some(End::Drain(before, _)) => End::Drain(within.min(before), code),
                None => End::Drain(within, code),
            };
            *wishes = Wishes { end: Some(end), ..Wishes::default() };
        });
    }

    /// Wishes for another connection in place of the current one.
    pub fn renew(&self) {
        self.wish(|wishes| wishes.renew = true);
    }

    /// Has the driver look again: its user is ready for messages, or has nothing in hand any more.
    pub fn wake(&self) {
        if let Some(waker) = self.driver.take() {
            waker.wake_by_ref();
            self.driver.set(Some(waker));
        }
    }

    /// Where the link is.
    #[must_use]
    pub fn state(&self) -> State {
        self.state.get()
    }

    /// Messages in the outbox, those on their way included.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.outbox.try_borrow().map_or(0, |outbox| outbox.len())
    }

    /// How often something has happened.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters.get()
    }

    /// Has this task woken once there is room.
    fn waits(&self, cx: &Context<'_>) {
        let Ok(mut senders) = self.senders.try_borrow_mut() else { return };
        if senders.iter().any(|known| known.will_wake(cx.waker())) {
            return;
        }
        let first = if senders.is_full() { Some(senders.remove(0)) } else { None };
        // There is room for one more.
        let _taken = senders.push(cx.waker().clone());
        drop(senders);
        if let Some(first) = first {
            first.wake();
        }
    }

    fn wish(&self, wish: impl FnOnce(&mut Wishes)) {
        let mut wishes = self.wishes.get();
        wish(&mut wishes);
        self.wishes.set(wishes);
        self.wake();
    }
}

impl Counters {
    const NONE: Self = Self { dials: 0, ups: 0, renewals: 0, downs: 0, messages_in: 0, messages_out: 0, dropped: 0, ignored: 0 };
}

/// Keeps the waker of whoever waits; one that waited before looks again, and gets its turn.
fn remember(place: &Cell<Option<Waker>>, cx: &Context<'_>) {
    match place.take() {
        Some(known) if known.will_wake(cx.waker()) => place.set(Some(known)),
        other => {
            place.set(Some(cx.waker().clone()));
            if let Some(other) = other {
                other.wake();
            }
        }
    }
}

impl fmt::Display for Unsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("the outbox is full: send again later, or give it more room"),
            Self::TooLong { bytes_max } => write!(f, "the message is too long: the outbox takes at most {bytes_max} bytes at a time"),
            Self::Ended => f.write_str("the link has ended: start it again first"),
        }
    }
}

impl core::error::Error for Unsent {}

impl<const MESSAGES: usize, const BYTES: usize> fmt::Debug for Client<MESSAGES, BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("state", &self.state()).field("waiting", &self.waiting()).finish_non_exhaustive()
    }
}
