//! Owns the steps: the link is told, its action noted for the transport, and what changed passed on to the user.

use relink_core::{Action, Attempt, CloseCode, End, Event as Told, Pairing, Reaction, Report, State, Verdict};
use relink_profiles::Profile;

use super::seat::Seat;
use super::{Ended, Session, up};
use crate::Entropy;
use crate::client::Client;
use crate::ending::Ending;
use crate::user::{Event, Step, User};

impl<P: Profile, U: User<P, H>, E: Entropy, H: Pairing + Copy> Session<P, U, E, H> {
    /// The signs of life since the last step, merged into one.
    pub(super) fn tell_heard<const M: usize, const B: usize>(&mut self, index: usize, client: &Client<M, B>) {
        if let Some(seat) = self.seat_mut(index)
            && core::mem::take(&mut seat.heard)
        {
            seat.answers_ping();
            let attempt = seat.attempt;
            self.tell(Told::Of(attempt, Report::Heard), None, client);
        }
    }

    /// Tells the link. `why` stands behind a report's verdict.
    pub(super) fn tell<const M: usize, const B: usize>(&mut self, event: Told, why: Option<&Ending>, client: &Client<M, B>) {
        let before = self.link.state();
        let mut chance = [0; 4];
        self.entropy.fill(&mut chance);
        let roll = u32::from_le_bytes(chance);
        let reaction = self.link.step(self.now, roll, event);
        self.user.step(&Step { now: self.now, roll, event, reaction, link: &self.link });
        if let (Told::Of(_, Report::Asked(Verdict::GiveUp) | Report::Closed(Verdict::GiveUp) | Report::Lost(Verdict::GiveUp)), Some(why)) =
            (event, why)
        {
            self.fatal = Some(*why);
        }
        match reaction {
            Reaction::Do(action) => self.perform(action, &before, &event, why, client),
            Reaction::Wait => {}
            // Signs of life come at any time.
            Reaction::Ignored if matches!(event, Told::Of(_, Report::Heard)) => {}
            Reaction::Ignored => client.count(|counters| &mut counters.ignored),
        }
        self.notice(&before, client);
    }

    fn perform<const M: usize, const B: usize>(
        &mut self,
        action: Action,
        before: &State,
        event: &Told,
        why: Option<&Ending>,
        client: &Client<M, B>,
    ) {
        let now = self.now;
        match action {
            Action::Open(attempt) => {
                client.count(|counters| &mut counters.dials);
                // The link holds no more than there are seats.
                if let Some(free) = self.seats_mut().iter_mut().find(|seat| seat.is_none()) {
                    *free = Some(Seat::new(attempt));
                }
            }
            Action::Ping(attempt) => {
                if let Some(seat) = self.seat_of(attempt) {
                    seat.pings(now);
                }
            }
            Action::Close(attempt, code) => {
                let why = self.cause(before, event, attempt, why);
                if let Some(seat) = self.seat_of(attempt) {
                    seat.close = Some(seat.own_code.unwrap_or(code));
                    seat.why.get_or_insert(why);
                }
            }
            Action::Abort(attempt) => {
                let why = self.cause(before, event, attempt, why);
                self.vacate(attempt, why, client);
            }
        }
    }

    /// Why `event`, behind which stands `why`, makes an end of this attempt.
    fn cause(&self, before: &State, event: &Told, attempt: Attempt, why: Option<&Ending>) -> Ending {
        match (event, why) {
            (Told::Of(reported, _), Some(why)) if *reported == attempt => *why,
            _ => Ending::Link(self.link.cause(before, event, attempt, self.now)),
        }
    }

    /// This attempt's seat is free, its transport is dropped.
    pub(super) fn vacate<const M: usize, const B: usize>(&mut self, attempt: Attempt, why: Ending, client: &Client<M, B>) {
        let Some(index) = self.seats().iter().position(|seat| seat.is_some_and(|seat| seat.attempt == attempt)) else { return };
        let Some(seat) = self.seats_mut().get_mut(index).and_then(Option::take) else { return };
        client.lost(attempt);
        if let Some(last_words) = self.last_words.get_mut(index) {
            let code = seat.own_code.unwrap_or(if why.is_timeout() { self.link.config().timeout_code } else { CloseCode::GOING_AWAY });
            *last_words = (!seat.is_closing()).then_some((attempt, code));
        }
        let ended = Ended { attempt, accepted: seat.accepted, why: seat.why.unwrap_or(why) };
        if let Some(free) = self.ended.iter_mut().take(Self::SEATS).find(|ended| ended.is_none()) {
            *free = Some(ended);
        }
    }

    /// Passes on what a step changed, once it is known what follows.
    fn notice<const M: usize, const B: usize>(&mut self, before: &State, client: &Client<M, B>) {
        let state = self.link.state();
        client.publish(state);
        self.tell_up(&state, client);
        for index in 0..Self::SEATS {
            if let Some(ended) = self.ended.get_mut(index).and_then(Option::take) {
                self.tell_ended(ended, &state, client);
            }
        }
        match (before, state) {
            (State::Shutdown { .. }, State::Shutdown { .. }) => {}
            (_, State::Shutdown { because: End::GivenUp | End::Exhausted }) => {
                if let Some(why) = self.fatal.take().or(self.last) {
                    self.user.event(Event::GaveUp { why });
                }
            }
            (State::Shutdown { .. }, _) => self.fatal = None,
            _ => {}
        }
    }

    fn tell_up<const M: usize, const B: usize>(&mut self, state: &State, client: &Client<M, B>) {
        let Some(new) = up(state) else { return };
        if self.told == Some(new) {
            return;
        }
        if let Some(seat) = self.seat_of(new) {
            seat.accepted = true;
        }
        match self.told.replace(new) {
            None => {
                client.count(|counters| &mut counters.ups);
                self.user.event(Event::Up { attempt: new });
            }
            Some(old) => {
                client.count(|counters| &mut counters.renewals);
                self.user.event(Event::Renewed { old, new });
            }
        }
    }

    #[inline(never)]
    fn tell_ended<const M: usize, const B: usize>(&mut self, ended: Ended, state: &State, client: &Client<M, B>) {
        let Ended { attempt, accepted, why } = ended;
        self.last = Some(why);
        let retry_at = state.next_dial(self.now);
        if !accepted {
            return self.user.event(Event::Failed { attempt, why, retry_at });
        }
        let Some(told) = self.told else { return };
        let others = H::PAIRED && self.seats().iter().flatten().any(|seat| seat.accepted);
        if up(state).is_some() {
            return;
        }
        if others {
            // The last word on a link that is going down comes with its last connection.
            if told == attempt {
                self.down_why = Some(why);
            }
            return;
        }
        let why = self.down_why.take().unwrap_or(why);
        self.told = None;
        client.count(|counters| &mut counters.downs);
        self.user.event(Event::Down { attempt: told, why, retry_at });
    }
}
