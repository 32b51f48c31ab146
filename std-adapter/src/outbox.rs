//! Owns what waits to be sent and what the handles wish for: filled by the handles, emptied by the driver, bounded.
//!
//! The core's `Outbox` has its places inside itself and their number in its type: right for a device. Here the limits
//! are known at run time only, an idle link must cost nothing, and the driver takes all that waits with one swap.

use std::collections::VecDeque;
use std::task::Waker;

use relink_core::{Attempt, WhenFull};

use crate::load::Load;
use crate::receipt::Teller;
use crate::wishes::{Wish, Wishes};

/// How much may wait to be sent, and what happens to what does not fit while the link is down.
///
/// While the link is up, a full outbox makes [`Client::send`](crate::Client::send) wait. While it is down, `when_full` decides at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboxLimits {
    /// Messages; at least 1.
    pub messages_max: u32,
    /// Bytes in all, as [`Transport::weight`](crate::Transport::weight) counts them. A single message may not weigh more.
    pub bytes_max: u32,
    /// What happens to a message that does not fit while the link is down.
    pub when_full: WhenFull,
}

impl OutboxLimits {
    /// 1,024 messages, 1 MiB, the sender gets back what does not fit.
    pub const DEFAULT: Self = Self { messages_max: 1024, bytes_max: 1 << 20, when_full: WhenFull::Refuse };
}

impl Default for OutboxLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A message on its way.
pub(crate) struct Entry<M> {
    pub(crate) message: M,
    pub(crate) weight: u32,
    /// The connection it is bound to.
    pub(crate) on: Option<Attempt>,
    pub(crate) teller: Option<Teller<M>>,
}

/// Whether messages are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    Open,
    /// An end is wished for; a start may still follow it.
    Ending,
    Ended,
}

pub(crate) struct Outbox<M> {
    queue: VecDeque<Entry<M>>,
    /// For a connection that is not the current one.
    bound: VecDeque<Entry<M>>,
    /// All that was ever accepted, less what made room for others.
    accepted: Load,
    limits: OutboxLimits,
    up: Option<Attempt>,
    held: [Option<Attempt>; 2],
    gate: Gate,
    wishes: Wishes,
    driver: Option<Waker>,
}

/// Why a message was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No room, but the connection makes some.
    Wait,
    Full,
    TooHeavy,
    Gone,
    Ended,
}

/// What is left to do once the lock is released.
pub(crate) struct Accepted<M> {
    pub(crate) wake: Option<Waker>,
    pub(crate) dropped: Vec<Entry<M>>,
}

/// What the driver took.
pub(crate) struct Taken<M> {
    pub(crate) wishes: Wishes,
    pub(crate) bound: VecDeque<Entry<M>>,
    /// Whether messages were left behind.
    pub(crate) more: bool,
}

impl<M> Outbox<M> {
    pub(crate) fn new(limits: OutboxLimits, lazy: bool) -> Self {
        Self {
            queue: VecDeque::new(),
            bound: VecDeque::new(),
            accepted: Load::default(),
            limits: OutboxLimits { messages_max: limits.messages_max.max(1), ..limits },
            up: None,
            held: [None; 2],
            gate: Gate::Open,
            wishes: Wishes { start: !lazy, ..Wishes::default() },
            driver: None,
        }
    }

    /// Accepts a message, if there is room beside what the driver has not `handed` over yet.
    pub(crate) fn push(&mut self, entry: Entry<M>, handed: Load) -> Result<Accepted<M>, (Refusal, Entry<M>)> {
        let mut dropped = Vec::new();
        if let Some(refusal) = self.refuses(&entry) {
            return Err((refusal, entry));
        }
        while !self.has_room(entry.weight, handed) {
            if self.up.is_some() || entry.on.is_some() {
                return Err((Refusal::Wait, entry));
            }
            match self.limits.when_full {
                WhenFull::Refuse => return Err((Refusal::Full, entry)),
                WhenFull::DropNewest => return Ok(Accepted { wake: None, dropped: vec![entry] }),
                WhenFull::DropOldest => match self.queue.pop_front() {
                    None => return Err((Refusal::Full, entry)),
                    Some(oldest) => {
                        self.accepted = self.accepted.minus(Load::of(oldest.weight));
                        dropped.push(oldest);
                    }
                },
            }
        }
        self.accepted = self.accepted.plus(Load::of(entry.weight));
        if entry.on.is_none() || entry.on == self.up {
            self.queue.push_back(entry)
        } else {
            self.bound.push_back(entry)
        }
        Ok(Accepted { wake: self.driver.take(), dropped })
    }

    fn refuses(&self, entry: &Entry<M>) -> Option<Refusal> {
        if self.gate != Gate::Open {
            Some(Refusal::Ended)
        } else if entry.weight > self.limits.bytes_max {
            Some(Refusal::TooHeavy)
        } else if entry.on.is_some() && !self.held.contains(&entry.on) {
            Some(Refusal::Gone)
        } else {
            None
        }
    }

    fn has_room(&self, weight: u32, handed: Load) -> bool {
        let waiting = self.waiting(handed);
        waiting.messages < self.limits.messages_max && weight <= self.limits.bytes_max.saturating_sub(waiting.bytes)
    }

    /// What was accepted and not handed over.
    pub(crate) fn waiting(&self, handed: Load) -> Load {
        self.accepted.minus(handed)
    }

    /// Adds a wish.
    pub(crate) fn wish(&mut self, wish: Wish) -> Option<Waker> {
        if self.gate == Gate::Open {
            self.gate = Gate::Ending;
        }
        self.wishes.ends(wish);
        self.driver.take()
    }

    /// Wishes for a start, after the end that may be wished for.
    pub(crate) fn wish_start(&mut self) -> Option<Waker> {
        if self.gate == Gate::Ending {
            self.gate = Gate::Open;
        }
        self.wishes.start = true;
        self.driver.take()
    }

    pub(crate) fn wish_renewal(&mut self) -> Option<Waker> {
        self.wishes.renew = true;
        self.driver.take()
    }

    pub(crate) const fn has_wishes(&self) -> bool {
        !self.wishes.is_empty()
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.gate == Gate::Ended
    }
}

/// The driver's side.
impl<M> Outbox<M> {
    /// Hands all that waits to the driver, whom the next message or wish wakes.
    pub(crate) fn take(&mut self, intake: &mut VecDeque<Entry<M>>, waker: &Waker) -> Taken<M> {
        if self.up.is_some() && intake.is_empty() {
            std::mem::swap(&mut self.queue, intake);
        }
        match &self.driver {
            Some(driver) if driver.will_wake(waker) => {}
            Some(_) | None => self.driver = Some(waker.clone()),
        }
        let more = self.up.is_some() && !self.queue.is_empty();
        Taken { wishes: std::mem::take(&mut self.wishes), bound: std::mem::take(&mut self.bound), more }
    }

    /// Whether the driver has taken all there is.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.bound.is_empty()
    }

    /// Another connection is current, or none; `held` can be written to. Takes back what was on its way to the one
    /// before. Returns what was bound to a connection that is gone.
    pub(crate) fn switch(&mut self, up: Option<Attempt>, held: [Option<Attempt>; 2], intake: &mut VecDeque<Entry<M>>) -> Vec<Entry<M>> {
        (self.up, self.held) = (up, held);
        self.put_back(intake);
        let unbound = |entry: &Entry<M>| entry.on.is_none() || entry.on == up;
        let mut orphans = Vec::new();
        let all_stay = self.queue.iter().all(unbound) && self.bound.is_empty();
        if !all_stay {
            let entries = std::mem::take(&mut self.queue).into_iter().chain(std::mem::take(&mut self.bound));
            for entry in entries {
                match entry.on {
                    _ if unbound(&entry) => self.queue.push_back(entry),
                    on if held.contains(&on) => self.bound.push_back(entry),
                    _ => orphans.push(entry),
                }
            }
        }
        orphans
    }

    fn put_back(&mut self, intake: &mut VecDeque<Entry<M>>) {
        if self.queue.is_empty() {
            std::mem::swap(&mut self.queue, intake);
        } else {
            intake.drain(..).rev().for_each(|entry| self.queue.push_front(entry));
        }
    }

    /// The driver is gone: nothing is accepted any more. What waits stays for [`Outbox::unsent`], but for those whose
    /// sender wants to be told: they are returned.
    pub(crate) fn end(&mut self, intake: &mut VecDeque<Entry<M>>) -> Vec<Entry<M>> {
        self.gate = Gate::Ended;
        self.driver = None;
        self.wishes = Wishes::default();
        let orphans = self.switch(None, [None; 2], intake);
        let (tracked, untracked) = std::mem::take(&mut self.queue).into_iter().partition::<Vec<_>, _>(|entry| entry.teller.is_some());
        self.queue = untracked.into();
        orphans.into_iter().chain(tracked).collect()
    }

    /// Takes out what waits once the link has ended.
    pub(crate) fn unsent(&mut self) -> Vec<M> {
        if self.gate != Gate::Ended {
            return Vec::new();
        }
        std::mem::take(&mut self.queue).into_iter().map(|entry| entry.message).collect()
    }

    /// Returns memory that traffic has left behind.
    pub(crate) fn shrink(&mut self) {
        self.queue.shrink_to_fit();
        self.bound.shrink_to_fit();
    }
}
