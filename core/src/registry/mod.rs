//! The registry: who is connected, under keys that stay unambiguous when their connections are gone.

mod change;
mod limits;
mod said;
mod slot;
mod store;
mod table;

use core::hash::{BuildHasher, Hash};

use store::Store;

pub use limits::Limits;
pub use said::{Admitted, Connection, Gone, Key, Refusal, Refused, Removed};
pub use slot::Slot;

use crate::place::Place;
use slot::Standing;

/// Keeps account of the connections of a server: a `T` for each, such as the way to send to it, under a [`Key`].
///
/// A connection is there from [`admit`](Registry::admit) to [`remove`](Registry::remove). What is asked or done about one that is
/// gone is answered with [`Gone`], and never touches another one. `I` is an identity, such as an account: at most one connection
/// *serves* with it, the newest. The one before it is *replaced*: still there, so that it can be told to end, but not found by its
/// identity, and not counted by any [`Limits`], or a peer whose connection is half-open would be locked out by it. `G` is a group
/// that a limit counts apart, such as the peer's address.
///
/// # Memory
/// `S` is lent by the caller: an array, `&mut [Slot]`, a `Vec`, a boxed slice. Each connection takes one slot; those that were
/// replaced take one until they are removed, so lend some more than `connections_max`. [`exchange`](Registry::exchange) can give
/// more later.
///
/// # Generations
/// A key says how many connections were in its slot before. After 2³²−1 of them a slot is retired: it stays empty for ever, so no
/// key is ever given twice. Slots are taken in turn: among a hundred thousand of them, of which each second a thousand are taken,
/// the first one retires after thirteen thousand years. Generations are kept in the memory: the keys of a registry that had it
/// before are stale in the one that has it next.
///
/// # Time
/// Each call takes a number of steps that does not depend on how many are there. Only `new` and `exchange` touch all slots;
/// a whole round with [`after`](Registry::after) looks at each once.
///
/// # The hasher
/// Identities and groups are kept whole and compared, so whatever the hashes, nobody is mistaken for somebody else. But where a
/// peer chooses them and knows how they are hashed, it can make look-ups walk: give a hasher with a seed that the peer cannot
/// know, as for a [`Ledger`](crate::Ledger).
///
/// ```
/// use std::hash::RandomState;
/// use relink_core::registry::{Gone, Limits, Registry, Slot};
///
/// let mut registry = Registry::new(Limits::NONE, vec![Slot::EMPTY; 1000], RandomState::new());
/// let old = registry.admit("10.0.0.7", Some("bot 1"), "first socket").expect("there is room").key;
/// let new = registry.admit("10.0.0.8", Some("bot 1"), "second socket").expect("there is room");
/// assert_eq!(new.replaced, Some(old));
/// assert_eq!(registry.remove(old).map(|removed| removed.value), Ok("first socket"));
/// assert_eq!(registry.get(old), Err(Gone));
/// assert_eq!(registry.remove(old), Err(Gone));
/// assert_eq!(registry.find(&"bot 1"), Some(new.key));
/// ```
#[derive(Clone, Debug)]
pub struct Registry<I, T, S, B, G = ()> {
    store: Store<I, T, S, B, G>,
    limits: Limits,
    serving: u32,
    replaced: u32,
}

impl<I, T, S, B, G> Registry<I, T, S, B, G>
where
    I: Eq + Hash,
    G: Eq + Hash,
    S: AsRef<[Slot<I, T, G>]> + AsMut<[Slot<I, T, G>]>,
    B: BuildHasher,
{
    /// An empty registry in this memory; what was in it is dropped. At most 2³²−1 slots are used.
    #[must_use]
    pub fn new(limits: Limits, memory: S, hasher: B) -> Self {
        Self { store: Store::new(memory, hasher), limits, serving: 0, replaced: 0 }
    }

    /// Moves into other memory, of which what was in it is dropped, and gives back the old one. All keys stay what they are.
    /// Touches every slot: double the memory each time.
    ///
    /// # Errors
    /// Memory with fewer slots than before is given back, and nothing changes.
    pub fn exchange(&mut self, memory: S) -> Result<S, S> {
        self.store.exchange(memory)
    }

    /// What is kept for a connection.
    ///
    /// # Errors
    /// [`Gone`]: it was removed.
    pub fn get(&self, key: Key) -> Result<&T, Gone> {
        let at = self.place(key)?;
        self.store.entry(at).map(|entry| &entry.value).ok_or(Gone)
    }

    /// What is kept for a connection, to be changed.
    ///
    /// # Errors
    /// [`Gone`]: it was removed.
    pub fn get_mut(&mut self, key: Key) -> Result<&mut T, Gone> {
        let at = self.place(key)?;
        self.store.entry_mut(at).map(|entry| &mut entry.value).ok_or(Gone)
    }

    /// All that is known of a connection.
    ///
    /// # Errors
    /// [`Gone`]: it was removed.
    pub fn connection(&self, key: Key) -> Result<Connection<'_, I, T>, Gone> {
        self.place(key).and_then(|at| self.look(at).ok_or(Gone))
    }

    /// The connection that serves with this identity: the newest.
    #[must_use]
    pub fn find(&self, identity: &I) -> Option<Key> {
        self.store.find_identity(identity).map(|at| self.key(at))
    }

    /// The next connection behind this one in the order of the slots, or the first: for rounds in which somebody may come or go.
    ///
    /// The key before may be gone. A round meets each connection at most once: all that are there throughout, none that is gone,
    /// and of those that come meanwhile some.
    #[must_use]
    pub fn after(&self, key: Option<Key>) -> Option<Key> {
        let mut next = key.map_or(0, |key| key.slot().saturating_add(1));
        while let Some(at) = Place::at(next) {
            if self.store.slot(at)?.entry.is_some() {
                return Some(self.key(at));
            }
            next = next.saturating_add(1);
        }
        None
    }

    /// All connections, those that were replaced among them.
    pub fn iter(&self) -> impl Iterator<Item = Connection<'_, I, T>> {
        (0..self.capacity()).map_while(Place::at).filter_map(|at| self.look(at))
    }

    /// The connections of this group that serve.
    #[must_use]
    pub fn in_group(&self, group: &G) -> u32 {
        self.store.find_group(group).map_or(0, |group| self.store.members(group))
    }

    /// The number of slots of its memory.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.store.capacity()
    }

    fn look(&self, at: Place) -> Option<Connection<'_, I, T>> {
        let entry = self.store.entry(at)?;
        let replaced = matches!(entry.standing, Standing::Replaced);
        Some(Connection { key: self.key(at), identity: entry.identity.as_ref(), value: &entry.value, replaced })
    }

    /// Where the connection of this key is.
    fn place(&self, key: Key) -> Result<Place, Gone> {
        let slot = self.store.slot(key.place).ok_or(Gone)?;
        if slot.generation == key.generation && slot.entry.is_some() { Ok(key.place) } else { Err(Gone) }
    }

    /// The key of the connection in this slot.
    fn key(&self, at: Place) -> Key {
        Key { place: at, generation: self.store.slot(at).map_or(Slot::<I, T, G>::WORN, |slot| slot.generation) }
    }
}

impl<I, T, S, B, G> Registry<I, T, S, B, G> {
    /// The connections that are there: those that serve, and those that were replaced and have not been removed.
    #[must_use]
    pub const fn len(&self) -> u32 {
        self.serving.saturating_add(self.replaced)
    }

    /// Whether nobody is there.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The connections that were replaced and have not been removed.
    #[must_use]
    pub const fn replaced(&self) -> u32 {
        self.replaced
    }

    /// The slots that are worn out: as much less memory there is.
    #[must_use]
    pub const fn retired(&self) -> u32 {
        self.store.retired
    }

    /// The limits it was made with.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.limits
    }
}

/// The same connections in the same slots, whatever the hasher: from there on both give the same answers.
impl<I, T, S: PartialEq, B, G> PartialEq for Registry<I, T, S, B, G> {
    fn eq(&self, other: &Self) -> bool {
        let counts = |one: &Self| (one.limits, one.serving, one.replaced, one.store.retired);
        let free = |one: &Self| (one.store.free, one.store.groupless);
        self.store.memory == other.store.memory && counts(self) == counts(other) && free(self) == free(other)
    }
}

impl<I, T, S: Eq, B, G> Eq for Registry<I, T, S, B, G> {}
