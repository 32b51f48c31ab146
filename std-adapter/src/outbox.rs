//! What waits to be sent and what the handles wish for: filled by the handles, emptied by the driver, bounded.
//!
//! The core's `Outbox` has its places inside itself and their number in its type: right for a device. Here the limits
//! are known at run time only, an idle link must cost nothing, and the driver takes all that waits with one swap.

use std::collections::VecDeque;

use relink_core::{Attempt, WhenFull};

use crate::entry::Entry;
use crate::load::Load;
use crate::wishes::{Wish, Wishes};

/// How much may wait to be sent, and what happens to what does not fit while the link is down.
///
/// While the link is up, a full outbox makes [`Client::send`](crate::Client::send) wait. While it is down, `when_full` decides at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboxLimits {
    /// Messages; at least 1.
    pub messages_max: u32,
    /// Bytes in all, as [`Transport::weight`](crate::Transport::weight) counts them. A single message may not weigh more, unless
    /// `alone_bytes_max` allows it.
    pub bytes_max: u32,
    /// Bytes of a single message that is heavier than `bytes_max`: it is taken when nothing else waits, and everything else waits for
    /// it. 0, the default: there is none.
    pub alone_bytes_max: u32,
    /// What happens to a message that does not fit while the link is down.
    pub when_full: WhenFull,
}

impl OutboxLimits {
    /// 1,024 messages, 1 MiB, the sender gets back what does not fit.
    pub const DEFAULT: Self = Self { messages_max: 1024, bytes_max: 1 << 20, alone_bytes_max: 0, when_full: WhenFull::Refuse };

    /// Whether there is room for one more that weighs so much.
    #[inline]
    const fn have_room(&self, waiting: Load, weight: u32) -> bool {
        let is_light = weight <= self.bytes_max.saturating_sub(waiting.bytes);
        waiting.messages < self.messages_max && (is_light || (waiting.messages == 0 && weight <= self.alone_bytes_max))
    }

    /// What a message may weigh.
    const fn heaviest(&self) -> u32 {
        if self.alone_bytes_max > self.bytes_max { self.alone_bytes_max } else { self.bytes_max }
    }
}

impl Default for OutboxLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
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
    /// For connections that are not the current one.
    bound: Vec<Entry<M>>,
    /// All that was ever accepted, less what made room for others.
    accepted: Load,
    limits: OutboxLimits,
    up: Option<Attempt>,
    held: [Option<Attempt>; 2],
    gate: Gate,
    wishes: Wishes,
    /// The driver has taken wishes, and the core has not been told of them yet.
    granting: bool,
    /// The driver sleeps, and wants to be woken by the next message or wish.
    idle: bool,
}

/// Why a message was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No room, but the connection makes some.
    Wait,
    Full,
    /// No room, and the policy is not to say so.
    Dropped,
    TooHeavy,
    Gone,
    Ended,
}

/// What the driver took.
pub(crate) struct Taken<M> {
    pub(crate) wishes: Wishes,
    pub(crate) bound: Vec<Entry<M>>,
    /// Whether messages were left behind.
    pub(crate) more: bool,
}

impl<M> Taken<M> {
    pub(crate) const fn is_empty(&self) -> bool {
        self.wishes.is_empty() && self.bound.is_empty()
    }
}

impl<M> Outbox<M> {
    pub(crate) fn new(limits: OutboxLimits, lazy: bool) -> Self {
        Self {
            queue: VecDeque::new(),
            bound: Vec::new(),
            accepted: Load::default(),
            limits: OutboxLimits { messages_max: limits.messages_max.max(1), ..limits },
            up: None,
            held: [None; 2],
            gate: Gate::Open,
            wishes: Wishes { start: !lazy, ..Wishes::default() },
            granting: false,
            idle: true,
        }
    }

    /// Whether a message that is bound to no connection may come in without further ado: the common case.
    #[inline]
    pub(crate) fn has_room_at_once(&self, weight: u32, handed: Load) -> bool {
        self.gate == Gate::Open && self.has_room(weight, handed)
    }

    /// Whether a message may come in, beside what the driver has not `handed` over yet. What has to make room for it is
    /// put into `dropped`: nothing, unless that makes room enough.
    pub(crate) fn admit(&mut self, entry: &Entry<M>, handed: Load, dropped: &mut Vec<Entry<M>>) -> Result<(), Refusal> {
        // While the link drains, what it drains for may still be answered.
        let is_open = self.gate == Gate::Open || (self.gate == Gate::Ending && entry.on().is_some());
        if !is_open {
            return Err(Refusal::Ended);
        }
        if entry.weight > self.heaviest() {
            return Err(Refusal::TooHeavy);
        }
        if entry.on().is_some() && !self.held.contains(&entry.on()) {
            return Err(Refusal::Gone);
        }
        if self.has_room(entry.weight, handed) {
            return Ok(());
        }
        if self.up.is_some() || entry.on().is_some() {
            return Err(Refusal::Wait);
        }
        match self.limits.when_full {
            WhenFull::Refuse => Err(Refusal::Full),
            WhenFull::DropNewest => Err(Refusal::Dropped),
            WhenFull::DropOldest => {
                let (count, load) = self.in_the_way(entry.weight, handed).ok_or(Refusal::Full)?;
                self.accepted = self.accepted.minus(load);
                dropped.extend(self.queue.drain(..count));
                Ok(())
            }
        }
    }

    /// How many of the oldest have to go before there is room, and what they weigh; `None`, if there is none even without
    /// all of them: what the driver has taken, and what is bound to a connection, stays.
    fn in_the_way(&self, weight: u32, handed: Load) -> Option<(usize, Load)> {
        let waiting = self.waiting(handed);
        let mut gone = Load::default();
        for (before, oldest) in self.queue.iter().enumerate() {
            gone = gone.plus(Load::of(oldest.weight));
            if self.limits.have_room(waiting.minus(gone), weight) {
                return Some((before + 1, gone));
            }
        }
        None
    }

    /// Takes a message in. Returns whether the driver is to be woken.
    #[inline]
    pub(crate) fn push(&mut self, entry: Entry<M>) -> bool {
        self.accepted = self.accepted.plus(Load::of(entry.weight));
        let is_unbound = entry.on().is_none() || entry.on() == self.up;
        if is_unbound {
            self.queue.push_back(entry);
        } else {
            self.bound.push(entry);
        }
        std::mem::take(&mut self.idle)
    }

    #[inline]
    fn has_room(&self, weight: u32, handed: Load) -> bool {
        self.limits.have_room(self.waiting(handed), weight)
    }

    /// What a message may weigh.
    pub(crate) const fn heaviest(&self) -> u32 {
        self.limits.heaviest()
    }

    /// What was accepted and not handed over.
    pub(crate) fn waiting(&self, handed: Load) -> Load {
        self.accepted.minus(handed)
    }

    /// Adds a wish. Returns whether the driver is to be woken.
    pub(crate) fn wish(&mut self, wish: Wish) -> bool {
        if self.gate == Gate::Open {
            self.gate = Gate::Ending;
        }
        self.wishes.ends(wish);
        std::mem::take(&mut self.idle)
    }

    /// Wishes for a start, after the end that may be wished for.
    pub(crate) fn wish_start(&mut self) -> bool {
        if self.gate == Gate::Ending {
            self.gate = Gate::Open;
        }
        self.wishes.start = true;
        std::mem::take(&mut self.idle)
    }

    pub(crate) fn wish_renewal(&mut self) -> bool {
        self.wishes.renew = true;
        std::mem::take(&mut self.idle)
    }

    /// Whether there is a wish of which the core knows nothing yet.
    pub(crate) const fn has_wishes(&self) -> bool {
        self.granting || !self.wishes.is_empty()
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.gate == Gate::Ended
    }
}

/// The driver's side.
impl<M> Outbox<M> {
    /// Hands all that waits to the driver, whom the next message or wish wakes.
    pub(crate) fn take(&mut self, intake: &mut VecDeque<Entry<M>>) -> Taken<M> {
        if self.up.is_some() && intake.is_empty() {
            std::mem::swap(&mut self.queue, intake);
        }
        self.idle = true;
        self.granting = !self.wishes.is_empty();
        let more = self.up.is_some() && !self.queue.is_empty();
        Taken { wishes: std::mem::take(&mut self.wishes), bound: std::mem::take(&mut self.bound), more }
    }

    /// The core has been told of the wishes that were taken.
    pub(crate) const fn granted(&mut self) {
        self.granting = false;
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
        let unbound = |entry: &Entry<M>| entry.on().is_none() || entry.on() == up;
        let mut orphans = Vec::new();
        let all_stay = self.queue.iter().all(unbound) && self.bound.is_empty();
        if !all_stay {
            let entries = std::mem::take(&mut self.queue).into_iter().chain(std::mem::take(&mut self.bound));
            for entry in entries {
                match entry.on() {
                    _ if unbound(&entry) => self.queue.push_back(entry),
                    on if held.contains(&on) => self.bound.push(entry),
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
        self.idle = false;
        (self.wishes, self.granting) = (Wishes::default(), false);
        let orphans = self.switch(None, [None; 2], intake);
        let (tracked, untracked) = std::mem::take(&mut self.queue).into_iter().partition::<Vec<_>, _>(|entry| entry.tag.is_some());
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
    }
}
