//! The ledger: what was received and is to be acknowledged by when, and what was acknowledged already.

mod acknowledge;
mod list;
mod notice;
mod receive;
mod said;
mod slot;
mod store;
mod terms;
mod wait;

use core::hash::{BuildHasher, Hash, Hasher};

use list::List;
use store::Store;

pub use said::{Answer, Fate, Notice, Received};
pub use slot::Slot;
pub use terms::Terms;

use crate::{Attempt, Instant};

/// Keeps account of envelopes: messages with an id, which a peer delivers at least once and expects to be acknowledged.
///
/// An envelope is *in hand* from [`received`](Ledger::received) to [`acknowledge`](Ledger::acknowledge) or
/// [`dropped`](Ledger::dropped); what was acknowledged is *remembered* for a while, so that a redelivery is recognised.
/// While it is in hand its redeliveries join it, on whichever connection they come, and the one acknowledgement answers on
/// each. `C` names a connection: an [`Attempt`], or something more where several links share one ledger.
///
/// It does nothing itself: who calls sends what is to be sent, and wakes it with [`timeout`](Ledger::timeout) at its
/// [`deadline`](Ledger::deadline). The clock it is given must not go back; if it does, it stands still.
///
/// # Memory
/// `S` is lent by the caller: an array, `&mut [Slot]`, a `Vec`, a boxed slice. What is remembered takes one slot; what is in
/// hand takes one, and one more on each connection that brought it; a connection with something in hand takes one. When
/// all are taken, [`received`](Ledger::received) forgets the acknowledged envelope that was not heard of for longest, and
/// counts that ([`forgotten_early`](Ledger::forgotten_early)). What is in hand is never forgotten: when it takes all the
/// memory, what is received is [`Received::Unrecorded`]. Before that, [`exchange`](Ledger::exchange) can give more.
///
/// # Time
/// Each call takes a number of steps that does not depend on how much is held; for those that concern one envelope it grows
/// with the number of connections that brought it. Only `new` and `exchange` touch all slots.
///
/// # The hasher
/// Ids are kept whole and compared, so whatever the hashes, nothing is mistaken for something else. But ids come from the
/// peer: one who knows how they are hashed can choose them so that a look-up walks through all of them. Give a hasher with
/// a seed that the peer cannot know: `std::hash::RandomState`, or where there is no standard library any keyed hasher with
/// a key drawn by chance. A fixed one is fine for a peer that is trusted.
///
/// ```
/// use std::hash::RandomState;
/// use relink_core::ledger::{Answer, Ledger, Notice, Received, Slot, Terms};
/// use relink_core::{Attempt, Instant};
///
/// let (first, second) = (Attempt::from_number(1), Attempt::from_number(2));
/// let at = Instant::from_millis;
/// let mut ledger = Ledger::new(Terms::DEFAULT, [Slot::EMPTY; 64], RandomState::new());
/// assert_eq!(ledger.received(at(0), "a", first, true), Received::New);
/// assert_eq!(ledger.deadline(), Some(at(2500)));
/// assert_eq!(ledger.timeout(at(2500)), Some(Notice::Pressing { id: &"a", on: first, due: at(3000) }));
/// assert_eq!(ledger.timeout(at(3000)), Some(Notice::Late { id: &"a", on: first }));
/// assert_eq!(ledger.received(at(3100), "a", second, true), Received::Joined);
/// assert_eq!(ledger.acknowledge(at(4000), &"a"), Answer::On(first));
/// assert_eq!(ledger.acknowledge(at(4000), &"a"), Answer::On(second));
/// assert_eq!(ledger.acknowledge(at(4000), &"a"), Answer::Done);
/// assert_eq!(ledger.received(at(60_000), "a", second, true), Received::Known);
/// ```
#[derive(Clone, Debug)]
pub struct Ledger<I, S, B, C = Attempt> {
    store: Store<I, S, B, C>,
    terms: Terms,
    /// The latest time that was told.
    now: Instant,
    /// Deliveries that are not warned of, oldest first.
    fresh: List,
    /// Deliveries that are warned of and not yet late, oldest first; all of them are older than the fresh ones.
    pressed: List,
    /// Envelopes that were acknowledged, longest ago first.
    remembered: List,
    /// Connections that were lost while something was in hand there, which is still to be told.
    lost: List,
    in_hand: u32,
    forgotten_early: u64,
    unrecorded: u64,
}

impl<I, S, B, C> Ledger<I, S, B, C>
where
    I: Eq + Hash,
    S: AsRef<[Slot<I, C>]> + AsMut<[Slot<I, C>]>,
    B: BuildHasher,
    C: Copy + Eq + Hash,
{
    /// An empty ledger in this memory, which is overwritten; at most 2³²−2 slots are used.
    #[must_use]
    pub fn new(terms: Terms, memory: S, hasher: B) -> Self {
        Self {
            store: Store::new(memory, hasher),
            terms,
            now: Instant::ZERO,
            fresh: List::EMPTY,
            pressed: List::EMPTY,
            remembered: List::EMPTY,
            lost: List::EMPTY,
            in_hand: 0,
            forgotten_early: 0,
            unrecorded: 0,
        }
    }

    /// Moves into other memory, which is overwritten, and gives back the old one. Touches every slot: double the memory each time.
    ///
    /// # Errors
    /// Memory with fewer slots than before is given back, and nothing changes.
    pub fn exchange(&mut self, memory: S) -> Result<S, S> {
        self.store.exchange(memory)
    }

    /// Whether anything that is received at this time can be recorded without forgetting what should still be remembered.
    /// If not, it is time to [`exchange`](Ledger::exchange) the memory for more.
    #[must_use]
    pub fn has_room(&self, now: Instant) -> bool {
        let (now, mut free, mut oldest) = (self.now.max(now), self.store.free.len, self.remembered.first);
        while free < receive::SLOTS_MAX
            && let Some(at) = oldest
            && self.is_forgotten(at, now)
        {
            free = free.saturating_add(1);
            oldest = self.store.after(at);
        }
        free >= receive::SLOTS_MAX
    }

    /// The number of slots of its memory.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.store.capacity()
    }

    /// Envelopes that wait for an answer on this connection. When a connection that is being drained comes to 0, it is
    /// [`Drained`](crate::Report::Drained).
    #[must_use]
    pub fn in_hand(&self, on: C) -> u32 {
        let connection = self.store.find_connection(on).and_then(|at| self.store.connection(at));
        connection.map_or(0, |connection| connection.deliveries.len)
    }

    /// Envelopes in hand, wherever they came from; those whose connections are gone are among them.
    #[must_use]
    pub const fn in_hand_in_all(&self) -> u32 {
        self.in_hand
    }

    /// Acknowledged envelopes that take memory. Some of them may be too old to be known: they are forgotten, two at a time,
    /// when something is received.
    #[must_use]
    pub const fn remembered(&self) -> u32 {
        self.remembered.len
    }

    /// Acknowledged envelopes that were forgotten before their time to make room: their redelivery would be handed out again.
    #[must_use]
    pub const fn forgotten_early(&self) -> u64 {
        self.forgotten_early
    }

    /// How often the answer was [`Received::Unrecorded`] or [`Received::Unjoined`].
    #[must_use]
    pub const fn unrecorded(&self) -> u64 {
        self.unrecorded
    }

    /// The terms it was made with.
    #[must_use]
    pub const fn terms(&self) -> Terms {
        self.terms
    }

    fn tick(&mut self, now: Instant) {
        self.now = self.now.max(now.min(Instant::LAST));
    }
}

impl<I, S, B, C> Ledger<I, S, B, C> {
    /// All that its answers depend on. The hasher is not among it: it only decides how long a look-up takes.
    const fn all(&self) -> (&S, &Terms, Instant, [List; 5], u32, u64, u64) {
        let lists = [self.store.free, self.fresh, self.pressed, self.remembered, self.lost];
        (&self.store.memory, &self.terms, self.now, lists, self.in_hand, self.forgotten_early, self.unrecorded)
    }
}

/// The same records in the same slots, whatever the hasher: from there on both give the same answers.
impl<I, S: PartialEq, B, C> PartialEq for Ledger<I, S, B, C> {
    fn eq(&self, other: &Self) -> bool {
        self.all() == other.all()
    }
}

impl<I, S: Eq, B, C> Eq for Ledger<I, S, B, C> {}

impl<I, S: Hash, B, C> Hash for Ledger<I, S, B, C> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.all().hash(state);
    }
}
