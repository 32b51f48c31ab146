//! The drain: how many connections are ended without all of them coming back in one instant.

mod plan;
mod said;
mod seats;

use seats::{NoSeat, Seats};

pub use plan::Plan;
pub use said::{Action, Event, Reaction, Tally};
pub use seats::Seat;

use crate::Instant;
use crate::backoff::scale;

/// Ends many connections: nobody is admitted any more, each one is told so if the [`Plan`] wants it, closes are spread evenly over
/// a time in random order, who is still there at the deadline is dropped, and then it is over, once, with a [`Tally`].
///
/// It does nothing itself, and is a machine of the same shape as a [`Link`](crate::Link): [`step`](Drain::step) takes what happened
/// and asks for at most one action; while there is more to do at once, [`deadline`](Drain::deadline) has passed already. It ends
/// within `grace + spread + closing_timeout`, whatever the connections do.
///
/// `K` names a connection, such as a registry's [`Key`](crate::registry::Key). Its number, `usize::from(K)`, must be another one
/// for each connection that is there: if somebody joins with the number of another, that one has gone. Whoever calls tells
/// [`Event::Joined`] of each connection after [`Event::Begin`] and before the first [`Event::Timeout`], and later of those that were
/// being admitted just then. One that ends by itself meanwhile counts as graceful.
///
/// # Memory
/// `S` is lent by the caller: an array, `&mut [Seat]`, a `Vec`, a boxed slice, with a seat for each number. Somebody without a seat
/// is dropped at once.
///
/// # Time
/// Each step takes a number of steps that does not depend on how many are there. Only `new` touches all seats.
///
/// ```
/// use relink_core::drain::{Action, Drain, Event, Plan, Reaction, Seat, Tally};
/// use relink_core::{Instant, Millis};
///
/// let plan = Plan { spread: Millis::from_secs(1), ..Plan::DEFAULT };
/// let (mut drain, at, roll) = (Drain::new(plan, [Seat::EMPTY; 8]), Instant::from_millis, 1 << 31);
/// assert_eq!(drain.step(at(0), roll, Event::Begin), Reaction::Do(Action::Refuse));
/// for socket in [3_u8, 5] {
///     assert_eq!(drain.step(at(0), roll, Event::Joined(socket)), Reaction::Wait);
/// }
/// assert_eq!(drain.step(at(0), roll, Event::Timeout), Reaction::Do(Action::Close(5)));
/// assert_eq!(drain.deadline(), Some(at(500)));
/// assert_eq!(drain.step(at(20), roll, Event::Ended(5)), Reaction::Wait);
/// assert_eq!(drain.step(at(500), roll, Event::Timeout), Reaction::Do(Action::Close(3)));
/// assert_eq!(drain.step(at(6000), roll, Event::Timeout), Reaction::Do(Action::Force(3)));
/// assert_eq!(drain.step(at(6000), roll, Event::Timeout), Reaction::Do(Action::Drained(Tally { graceful: 1, forced: 1 })));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Drain<K, S> {
    plan: Plan,
    state: State,
    tally: Tally,
    seats: Seats<K, S>,
}

/// How far a drain has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum State {
    /// It has not begun.
    Idle,
    /// Nobody is admitted; those that are there are told, and closed.
    Draining {
        /// When it began.
        since: Instant,
        /// How many were told to close.
        closed: u32,
    },
    /// Who is still there is dropped.
    Forcing {
        /// When that began.
        since: Instant,
    },
    /// It is over; still nobody is admitted.
    Drained,
}

impl<K, S> Drain<K, S>
where
    K: Copy + Eq + Into<usize>,
    S: AsRef<[Seat<K>]> + AsMut<[Seat<K>]>,
{
    /// A drain that has not begun, with its seats in this memory, which is overwritten.
    #[must_use]
    pub fn new(plan: Plan, memory: S) -> Self {
        Self { plan, state: State::Idle, tally: Tally::default(), seats: Seats::new(memory) }
    }

    /// Takes one event into account and says what to do.
    ///
    /// `now` must not go back between steps; beyond 2⁶³ ms it stands still. `roll` must be uniformly random over all of `u32`: it
    /// decides who is closed next. Total: any event in any state is fine, stale ones included.
    pub fn step(&mut self, now: Instant, roll: u32, event: Event<K>) -> Reaction<K> {
        let now = now.min(Instant::LAST);
        match self.state {
            State::Idle => self.idle(now, event),
            State::Draining { since, closed } => self.draining(now, roll, event, since, closed),
            State::Forcing { .. } => self.forcing(event),
            State::Drained => Self::drained(event),
        }
    }

    /// When [`Event::Timeout`] is due; none before it has begun and after it is over. In the past while there is more to do at once.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Idle | State::Drained => None,
            State::Forcing { since } => Some(since),
            State::Draining { since, .. } if self.seats.len() == 0 || self.seats.ungreeted() > 0 => Some(since),
            State::Draining { since, closed } => Some(match self.seats.waiting() {
                0 => self.plan.over_at(since),
                waiting => self.plan.close_at(since, closed, waiting),
            }),
        }
    }

    fn idle(&mut self, now: Instant, event: Event<K>) -> Reaction<K> {
        self.state = match event {
            Event::Begin => State::Draining { since: now, closed: 0 },
            Event::Force => State::Forcing { since: now },
            Event::Joined(_) | Event::Ended(_) | Event::Dropped(_) | Event::Timeout => return Reaction::Ignored,
        };
        Reaction::Do(Action::Refuse)
    }

    fn draining(&mut self, now: Instant, roll: u32, event: Event<K>, since: Instant, closed: u32) -> Reaction<K> {
        match event {
            Event::Begin => Reaction::Ignored,
            Event::Joined(member) => self.joined(member),
            Event::Ended(member) => self.ended(member),
            Event::Dropped(member) => self.dropped(member),
            Event::Force => self.force(now),
            Event::Timeout if now >= self.plan.over_at(since) || self.seats.len() == 0 => self.force(now),
            Event::Timeout if self.seats.ungreeted() > 0 => self.seats.greet().map_or(Reaction::Ignored, act(Action::Farewell)),
            Event::Timeout => {
                let Some(others) = self.seats.waiting().checked_sub(1) else { return Reaction::Ignored };
                if now < self.plan.close_at(since, closed, self.seats.waiting()) {
                    return Reaction::Ignored;
                }
                self.state = State::Draining { since, closed: closed.saturating_add(1) };
                self.seats.close(scale(roll, others)).map_or(Reaction::Ignored, act(Action::Close))
            }
        }
    }

    fn forcing(&mut self, event: Event<K>) -> Reaction<K> {
        match event {
            Event::Begin | Event::Force => Reaction::Ignored,
            Event::Joined(member) => {
                self.tally.forced = self.tally.forced.saturating_add(1);
                Reaction::Do(Action::Force(member))
            }
            Event::Ended(member) => self.ended(member),
            Event::Dropped(member) => self.dropped(member),
            Event::Timeout => self.force_next(),
        }
    }

    /// Nobody lives on whom the report does not know.
    const fn drained(event: Event<K>) -> Reaction<K> {
        match event {
            Event::Joined(member) => Reaction::Do(Action::Force(member)),
            Event::Begin | Event::Ended(_) | Event::Dropped(_) | Event::Force | Event::Timeout => Reaction::Ignored,
        }
    }

    fn joined(&mut self, member: K) -> Reaction<K> {
        match self.seats.add(member, self.plan.farewell) {
            Ok(gone) => {
                self.tally.graceful = self.tally.graceful.saturating_add(u32::from(gone.is_some()));
                Reaction::Wait
            }
            Err(NoSeat::There) => Reaction::Ignored,
            Err(NoSeat::Beyond) => {
                self.tally.forced = self.tally.forced.saturating_add(1);
                Reaction::Do(Action::Force(member))
            }
        }
    }

    fn ended(&mut self, member: K) -> Reaction<K> {
        if !self.seats.remove(member) {
            return Reaction::Ignored;
        }
        self.tally.graceful = self.tally.graceful.saturating_add(1);
        Reaction::Wait
    }

    fn dropped(&mut self, member: K) -> Reaction<K> {
        if !self.seats.remove(member) {
            return Reaction::Ignored;
        }
        self.tally.forced = self.tally.forced.saturating_add(1);
        Reaction::Wait
    }

    fn force(&mut self, now: Instant) -> Reaction<K> {
        self.state = State::Forcing { since: now };
        self.force_next()
    }

    fn force_next(&mut self) -> Reaction<K> {
        let Some(member) = self.seats.pop() else {
            self.state = State::Drained;
            return Reaction::Do(Action::Drained(self.tally));
        };
        self.tally.forced = self.tally.forced.saturating_add(1);
        Reaction::Do(Action::Force(member))
    }
}

impl<K, S> Drain<K, S> {
    /// How far it has come.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// Whether nobody is to be admitted: from [`Event::Begin`] on, for ever.
    #[must_use]
    pub const fn refuses(&self) -> bool {
        !matches!(self.state, State::Idle)
    }

    /// How many are left.
    #[must_use]
    pub const fn left(&self) -> u32 {
        self.seats.len()
    }

    /// How those ended that are not left.
    #[must_use]
    pub const fn tally(&self) -> Tally {
        self.tally
    }

    /// The plan it was made with.
    #[must_use]
    pub const fn plan(&self) -> Plan {
        self.plan
    }
}

fn act<K>(action: impl Fn(K) -> Action<K>) -> impl Fn(K) -> Reaction<K> {
    move |member| Reaction::Do(action(member))
}
