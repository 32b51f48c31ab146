//! Owns the decisions' surroundings: the link, its one or two connections, its user. Does no I/O and reads no clock, so that an async
//! task and a super-loop drive it alike.
//!
//! A loop around it does the same over and over, for each of its seats (one, or two where connections may overlap):
//!
//! 1. [`Session::turn`]: wishes and deadlines.
//! 2. [`Session::order`]: what the seat's transport is there for: for nothing, or for this attempt. It is made so: dropped (after
//!    [`Session::leave`]), dialled ([`Session::dialled`], [`Session::undialled`]), or left as it is.
//! 3. Bytes read (none while [`Wire::has_unread`](crate::wire::Wire::has_unread)) go into the [`Wire`](crate::wire::Wire), bytes written out of it ([`Session::sent`]), then [`Session::work`]: messages reach the user, answers
//!    and what waits reach the wire. The transport's end is [`Session::lost`].
//! 4. It sleeps until a transport can go on, somebody calls [`Client::wake`], or [`Session::deadline`] has come.

mod seat;
mod tell;
mod turn;
mod work;
mod write;

use relink_core::{Attempt, CloseCode, Config, End, Instant, Link, Overlap, Pairing, State, Then};
use relink_profiles::Profile;

use crate::Entropy;
use crate::client::Client;
use crate::ending::Ending;
use crate::user::User;
use seat::{Farewell, Seat};

/// What keeps a link, whatever drives it.
///
/// `H` is [`Overlap`] for two seats, [`Single`](relink_core::Single) for one; the second costs about 2 kB of code.
pub struct Session<P, U, E, H = Overlap> {
    link: Link<H>,
    profile: P,
    user: U,
    entropy: E,
    when_too_large: WhenTooLarge,
    now: Instant,
    seats: [Option<Seat>; 2],
    /// The connection the user was told is current.
    told: Option<Attempt>,
    /// Attempts that ended in this step, to be told once it is known what follows.
    ended: [Option<Ended>; 2],
    /// Why the current connection ended, while an older one keeps the link from being down.
    down_why: Option<Ending>,
    /// What was judged to be the end of it all.
    fatal: Option<Ending>,
    last: Option<Ending>,
    /// What is to be said on a connection that was dropped before its closing handshake.
    last_words: [Option<(Attempt, CloseCode)>; 2],
}

/// What happens on a message that is longer than the lent buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenTooLarge {
    /// It is skipped, and told.
    #[default]
    Skip,
    /// The connection is closed with 1009.
    Close,
}

/// What a seat's transport is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// For nothing: what there is, is dropped at once.
    Rest,
    /// For this attempt: one for another is dropped at once, and this one dialled.
    Serve(Attempt),
}

/// An attempt that is over.
#[derive(Clone, Copy, Debug)]
struct Ended {
    attempt: Attempt,
    accepted: bool,
    why: Ending,
}

impl<P: Profile, U: User<P, H>, E: Entropy, H: Pairing + Copy> Session<P, U, E, H> {
    /// How many connections there can be.
    pub(crate) const SEATS: usize = if H::PAIRED { 2 } else { 1 };

    /// A link that was never started.
    pub const fn new(config: Config, profile: P, user: U, entropy: E) -> Self {
        Self {
            link: Link::new(config),
            profile,
            user,
            entropy,
            when_too_large: WhenTooLarge::Skip,
            now: Instant::ZERO,
            seats: [None; 2],
            told: None,
            ended: [None; 2],
            down_why: None,
            fatal: None,
            last: None,
            last_words: [None; 2],
        }
    }

    /// The same, with what happens on a message that is longer than the lent buffer.
    #[must_use]
    pub fn when_too_large(mut self, when: WhenTooLarge) -> Self {
        self.when_too_large = when;
        self
    }

    /// What the transport of this seat (0, or where connections overlap 1) is there for.
    #[must_use]
    pub fn order(&self, seat: usize) -> Order {
        self.seat(seat).map_or(Order::Rest, |seat| Order::Serve(seat.attempt))
    }

    /// When [`Session::turn`] is due at the latest; none, while the link waits for nothing but events.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let stalls = self.seats().iter().flatten().map(|seat| seat.stalled_at());
        let first = stalls.fold(self.link.deadline().unwrap_or(Instant::NEVER), Instant::min);
        if first == Instant::NEVER { None } else { Some(first) }
    }

    /// Why the link has ended, if it has and nothing is left of it.
    #[must_use]
    pub fn ended(&self) -> Option<End> {
        let State::Shutdown { because } = self.link.state() else { return None };
        self.seats().iter().all(Option::is_none).then_some(because)
    }

    /// The link, to be read.
    #[must_use]
    pub const fn link(&self) -> &Link<H> {
        &self.link
    }

    /// The user.
    pub const fn user_mut(&mut self) -> &mut U {
        &mut self.user
    }

    /// Whether [`Session::work`] would do something on this seat though nothing came in: the user sends, is ready again, or the other
    /// seat's work has ordered something here.
    #[must_use]
    pub fn wants_work<const M: usize, const B: usize>(&self, index: usize, client: &Client<M, B>) -> bool {
        let Some(seat) = self.seat(index) else { return false };
        if seat.is_dialling {
            return false;
        }
        let has_messages = self.takes_messages(seat) && client.has_waiting();
        (!seat.blocked && (seat.has_orders() || has_messages))
            || (seat.unread && self.hears(seat))
            || (seat.is_sent && self.is_drained(index, client))
    }

    /// As many as can be taken.
    fn seats(&self) -> &[Option<Seat>] {
        self.seats.get(..Self::SEATS).unwrap_or_default()
    }

    fn seats_mut(&mut self) -> &mut [Option<Seat>] {
        self.seats.get_mut(..Self::SEATS).unwrap_or_default()
    }

    #[inline(never)]
    fn seat(&self, index: usize) -> Option<&Seat> {
        self.seats().get(index)?.as_ref()
    }

    #[inline(never)]
    fn seat_mut(&mut self, index: usize) -> Option<&mut Seat> {
        self.seats_mut().get_mut(index)?.as_mut()
    }

    fn seat_of(&mut self, attempt: Attempt) -> Option<&mut Seat> {
        self.seats_mut().iter_mut().flatten().find(|seat| seat.attempt == attempt)
    }

    /// Whether what came in on this connection is told now. Before it was accepted that is the protocol's own: no user holds it up.
    fn hears(&self, seat: &Seat) -> bool {
        !seat.accepted || self.user.is_ready()
    }

    /// Whether messages of the outbox go to this connection.
    fn takes_messages(&self, seat: &Seat) -> bool {
        let state = self.link.state();
        let is_current = match state {
            // What was accepted before an end goes before its Close, if nothing comes after.
            State::Closing(closing) => !matches!(closing.then, Then::Dial(_)) && self.told == Some(seat.attempt) && seat.close.is_some(),
            State::Idle | State::Connecting { .. } | State::Open { .. } | State::Ready(_) => up(&state) == Some(seat.attempt),
            State::Draining(_) | State::Backoff { .. } | State::Shutdown { .. } => up(&state) == Some(seat.attempt),
        };
        is_current && seat.farewell == Farewell::None
    }
}

/// The connection that messages go to.
#[inline(never)]
const fn up(state: &State) -> Option<Attempt> {
    match state {
        State::Ready(ready) => Some(ready.attempt),
        State::Draining(draining) => Some(draining.attempt),
        State::Idle
        | State::Connecting { .. }
        | State::Open { .. }
        | State::Closing(_)
        | State::Backoff { .. }
        | State::Shutdown { .. } => None,
    }
}
