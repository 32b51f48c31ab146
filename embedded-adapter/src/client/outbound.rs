//! Owns the way of what is sent: from the outbox through a send buffer to a transport.

use core::cell::Cell;
use core::task::{Context, Waker};

use heapless::Vec;
use relink_core::{Attempt, State};

use super::{Client, Counters, Wishes, remember};
use crate::Entropy;
use crate::wire::{Framing, Message, NoRoom, Wire};

/// A message that waits, or is on its way.
#[derive(Debug)]
pub(super) struct Stored<const BYTES: usize> {
    pub(super) is_text: bool,
    pub(super) bytes: Vec<u8, BYTES>,
    pub(super) way: Cell<Way>,
}

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Waiting,
    /// Written into this connection's send buffer; gone when so many bytes (modulo 2³²) were taken by its transport.
    Under(Attempt, u32),
    Gone,
}

/// The driver's side.
impl<const MESSAGES: usize, const BYTES: usize> Client<MESSAGES, BYTES> {
    pub(crate) fn take_wishes(&self) -> Wishes {
        self.wishes.take()
    }

    pub(crate) fn has_wishes(&self) -> bool {
        let wishes = self.wishes.get();
        wishes.start || wishes.renew || wishes.end.is_some()
    }

    pub(crate) fn is_driven_by(&self, cx: &Context<'_>) {
        remember(&self.driver, cx);
    }

    pub(crate) fn publish(&self, state: State) {
        self.state.set(state);
        if matches!(state, State::Shutdown { .. }) {
            // Who waits for room will get another answer now.
            self.room();
        }
    }

    pub(crate) fn count(&self, which: impl FnOnce(&mut Counters) -> &mut u32) {
        let mut counters = self.counters.get();
        let counter = which(&mut counters);
        *counter = counter.wrapping_add(1);
        self.counters.set(counters);
    }

    /// Whether a message waits that is on no connection yet.
    pub(crate) fn has_waiting(&self) -> bool {
        self.outbox.try_borrow().is_ok_and(|outbox| outbox.iter().any(|stored| stored.way.get() == Way::Waiting))
    }

    /// Whether nothing is on its way over this connection; and if it is the current one, nothing waits for it.
    pub(crate) fn is_done(&self, attempt: Attempt, is_current: bool) -> bool {
        self.outbox.try_borrow().is_ok_and(|outbox| {
            outbox.iter().all(|stored| match stored.way.get() {
                Way::Waiting => !is_current,
                Way::Under(on, _) => on != attempt,
                Way::Gone => true,
            })
        })
    }

    /// Writes what waits to this connection, as far as there is room; its transport has taken `taken` bytes so far. Whether all found room.
    pub(crate) fn write<F: Framing>(&self, attempt: Attempt, taken: u32, wire: &mut Wire<'_, F>, entropy: &mut impl Entropy) -> bool {
        let Ok(outbox) = self.outbox.try_borrow() else { return true };
        let mut is_stuck = false;
        for stored in outbox.iter().filter(|stored| stored.way.get() == Way::Waiting) {
            match stored.message().map(|message| wire.message(message, entropy)) {
                Some(Ok(())) => {
                    stored.way.set(Way::Under(attempt, taken.wrapping_add(wire.unsent_len())));
                }
                // Too long for the lent buffer: a line was checked for that. It must not hold up the others.
                Some(Err(NoRoom::Ever { .. } | NoRoom::Code(_))) | None => {
                    self.count(|counters| &mut counters.dropped);
                    stored.way.set(Way::Gone);
                }
                Some(Err(NoRoom::Now | NoRoom::NotOpen)) => {
                    is_stuck = true;
                    break;
                }
            }
        }
        drop(outbox);
        self.clear();
        !is_stuck
    }

    /// The transport of this connection has taken `taken` bytes so far.
    pub(crate) fn written(&self, attempt: Attempt, taken: u32) {
        let Ok(outbox) = self.outbox.try_borrow() else { return };
        for stored in outbox.iter() {
            match stored.way.get() {
                Way::Under(on, end) if on == attempt && taken.wrapping_sub(end) <= u32::MAX / 2 => {
                    self.count(|counters| &mut counters.messages_out);
                    stored.way.set(Way::Gone);
                }
                Way::Under(..) | Way::Waiting | Way::Gone => {}
            }
        }
        drop(outbox);
        self.clear();
    }

    /// What is gone makes room.
    fn clear(&self) {
        let Ok(mut outbox) = self.outbox.try_borrow_mut() else { return };
        let len_before = outbox.len();
        while outbox.peek().is_some_and(|stored| stored.way.get() == Way::Gone) {
            outbox.pop();
        }
        let has_freed = outbox.len() < len_before;
        drop(outbox);
        if has_freed {
            self.room();
        }
    }

    /// This connection is gone: what it has not taken whole waits for another.
    pub(crate) fn lost(&self, attempt: Attempt) {
        let Ok(outbox) = self.outbox.try_borrow() else { return };
        for stored in outbox.iter() {
            if matches!(stored.way.get(), Way::Under(on, _) if on == attempt) {
                stored.way.set(Way::Waiting);
            }
        }
    }

    fn room(&self) {
        // Who still finds none comes back.
        let Ok(mut senders) = self.senders.try_borrow_mut() else { return };
        let woken = core::mem::take(&mut *senders);
        drop(senders);
        woken.into_iter().for_each(Waker::wake);
    }
}

impl<const BYTES: usize> Stored<BYTES> {
    fn message(&self) -> Option<Message<'_>> {
        if self.is_text { core::str::from_utf8(&self.bytes).ok().map(Message::Text) } else { Some(Message::Binary(&self.bytes)) }
    }
}
