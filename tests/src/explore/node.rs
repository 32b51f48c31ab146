//! Owns what a state of the exploration is: a link and the account beside it, without the hour and the attempts' numbers.

use core::hash::{Hash, Hasher};

use relink_core::{Attempt, Config, Instant, Link, Millis, Pairing, State};

use super::left::NOW;
use super::world::World;

/// The names that attempts have in every node. They are apart, so that the next attempt's name is none of them.
pub const CURRENT: Attempt = Attempt::from_number(10);
/// The one beside the current one.
pub const BESIDE: Attempt = Attempt::from_number(20);
/// The latest, if it is gone.
pub const GONE: Attempt = Attempt::from_number(30);
/// One that went before it.
pub const LONG_GONE: Attempt = Attempt::from_number(40);

/// A link at the hour [`NOW`], its attempts renamed, and the account beside it.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// The link.
    pub link: Link,
    /// The account.
    pub world: World,
}

impl Node {
    /// A link that has not been started.
    #[must_use]
    pub fn first(config: Config) -> Self {
        let mut node = Self { link: Link::new(config), world: World::EMPTY };
        node.settle(NOW);
        node
    }

    /// Forgets the hour and the names.
    ///
    /// An instant that has passed is past. Only the two from which lateness is counted are kept as far back as lateness
    /// matters. Names are given by the part an attempt plays.
    pub fn settle(&mut self, now: Instant) {
        let names = Names::of(&self.link);
        self.link = rename(&self.link, now, watched(&self.link), &names);
        for conn in self.world.conns.iter_mut().flatten() {
            conn.attempt = names.name(conn.attempt);
        }
    }

    /// Whether a Timeout is due.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.link.deadline().is_some_and(|deadline| deadline <= NOW)
    }
}

/// What makes two nodes the same. The configuration is the same all over an exploration. The number of failures counts
/// only where a limit is set on it: else a link only ever reports it, and it would grow for ever.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Node {}

impl Hash for Node {
    fn hash<S: Hasher>(&self, hasher: &mut S) {
        self.key().hash(hasher);
    }
}

impl Node {
    fn key(&self) -> (State, Instant, Millis, Attempt, u32, &World) {
        let link = &self.link;
        let failures = if link.config().backoff.failures_max == 0 { 0 } else { link.failures() };
        (link.state(), link.not_before(), link.backoff_memory(), Attempt::from_number(link.attempts()), failures, &self.world)
    }
}

/// Forgets the hour of a link and gives its attempts these names.
#[must_use]
pub fn rename<H: Pairing>(link: &Link<H>, now: Instant, kept: [Instant; 2], names: &Names) -> Link<H> {
    let late = u64::from(link.config().pong_timeout.get());
    let clock = |at: Instant| {
        if at > now {
            Instant::from_millis(NOW.as_millis().saturating_add(at.since(now)))
        } else if kept.contains(&at) {
            Instant::from_millis(NOW.as_millis().saturating_sub(now.since(at).min(late)))
        } else {
            // Further back than those that are kept, so that none of them is ever taken for one of these.
            Instant::from_millis(NOW.as_millis().saturating_sub(late.saturating_add(1)))
        }
    };
    link.translated(clock, |attempt| names.name(attempt))
}

/// The instants from which lateness is counted.
#[must_use]
pub fn watched(link: &Link) -> [Instant; 2] {
    if let State::Ready(ready) = link.state() { [ready.silent_at, ready.pulse_by] } else { [Instant::NEVER; 2] }
}

/// The parts that attempts play in a link.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    current: Option<Attempt>,
    beside: Option<Attempt>,
}

impl Names {
    /// The parts in this link.
    #[must_use]
    pub fn of(link: &Link) -> Self {
        let (current, beside) = link.state().attempts();
        Self { current, beside }
    }

    /// The name of an attempt after its part.
    #[must_use]
    pub fn name(&self, attempt: Attempt) -> Attempt {
        if self.current == Some(attempt) {
            CURRENT
        } else if self.beside == Some(attempt) {
            BESIDE
        } else {
            GONE
        }
    }
}
