//! The outbox: what waits while the link is down, bounded in number and in weight.

use heapless::Deque;

/// What happens to a message that does not fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum WhenFull {
    /// The sender gets it back. The default: nothing is lost unseen.
    #[default]
    Refuse,
    /// The oldest ones make room.
    DropOldest,
    /// It is dropped itself.
    DropNewest,
}

/// A message that was not taken, given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Refused<T> {
    /// There is no room now; send again later.
    Full(T),
    /// It alone weighs more than the outbox holds; it can never be sent.
    TooHeavy(T),
}

/// Messages in order, at most `N` of them and at most `weight_max` in all. The unit of weight is the caller's.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Outbox<T, const N: usize> {
    queue: Deque<(u32, T), N>,
    weight: u32,
    weight_max: u32,
    when_full: WhenFull,
}

impl<T, const N: usize> Outbox<T, N> {
    /// An empty outbox that holds a weight of at most `weight_max`.
    #[must_use]
    pub const fn new(weight_max: u32, when_full: WhenFull) -> Self {
        Self { queue: Deque::new(), weight: 0, weight_max, when_full }
    }

    /// Puts a message behind the others.
    ///
    /// With [`WhenFull::DropOldest`] and [`WhenFull::DropNewest`] what is dropped is handed to `dropped`, so that it
    /// can be counted or told.
    ///
    /// # Errors
    /// [`Refused`] gives the message back: there is no room and the policy is [`WhenFull::Refuse`], or it can never fit.
    pub fn push(&mut self, message: T, weight: u32, mut dropped: impl FnMut(T)) -> Result<(), Refused<T>> {
        if weight > self.weight_max {
            return Err(Refused::TooHeavy(message));
        }
        while !self.has_room(weight) {
            match self.when_full {
                WhenFull::Refuse => return Err(Refused::Full(message)),
                WhenFull::DropNewest => {
                    dropped(message);
                    return Ok(());
                }
                WhenFull::DropOldest => match self.pop() {
                    Some(oldest) => dropped(oldest),
                    None => return Err(Refused::TooHeavy(message)),
                },
            }
        }
        self.weight = self.weight.saturating_add(weight);
        self.queue.push_back((weight, message)).map_err(|(_, message)| Refused::Full(message))
    }

    /// Takes the oldest message out.
    pub fn pop(&mut self) -> Option<T> {
        let (weight, message) = self.queue.pop_front()?;
        self.weight = self.weight.saturating_sub(weight);
        Some(message)
    }

    /// The oldest message.
    #[must_use]
    pub fn peek(&self) -> Option<&T> {
        self.queue.front().map(|(_, message)| message)
    }

    /// Messages waiting: 0–`N`.
    #[must_use]
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// The weight of all that waits: 0–`weight_max`.
    #[must_use]
    pub fn weight(&self) -> u32 {
        self.weight
    }

    /// The messages waiting, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.queue.iter().map(|(_, message)| message)
    }

    fn has_room(&self, weight: u32) -> bool {
        self.queue.len() < N && weight <= self.weight_max.saturating_sub(self.weight)
    }
}

impl<T: PartialEq, const N: usize> PartialEq for Outbox<T, N> {
    fn eq(&self, other: &Self) -> bool {
        (self.weight_max, self.when_full) == (other.weight_max, other.when_full) && self.queue.iter().eq(other.queue.iter())
    }
}

impl<T: Eq, const N: usize> Eq for Outbox<T, N> {}

impl<T: core::hash::Hash, const N: usize> core::hash::Hash for Outbox<T, N> {
    fn hash<S: core::hash::Hasher>(&self, state: &mut S) {
        (self.weight_max, self.when_full, self.queue.len()).hash(state);
        self.queue.iter().for_each(|entry| entry.hash(state));
    }
}
