//! Owns what is done without any transport: wishes are granted, deadlines pass, and who is excused from one.

use relink_core::{Action, Cause, CloseCode, Event as Told, Instant, Millis, Pairing, Reaction, Report, State, Verdict};
use relink_profiles::Profile;

use super::{Session, up};
use crate::Entropy;
use crate::client::{Client, End as Wish};
use crate::ending::Ending;
use crate::user::User;

impl<P: Profile, U: User<P, H>, E: Entropy, H: Pairing + Copy> Session<P, U, E, H> {
    /// Grants what was wished for, and passes on that time has passed. All that can be read should have been handed over before.
    #[inline(never)]
    pub fn turn<const M: usize, const B: usize>(&mut self, now: Instant, client: &Client<M, B>) {
        self.now = now;
        let wishes = client.take_wishes();
        match wishes.end {
            None => {}
            Some(Wish::Stop(code)) => self.tell(Told::Stop(code), None, client),
            Some(Wish::Drain(within, code)) => self.tell(Told::Drain(now.after(within), code), None, client),
        }
        if wishes.start {
            self.tell(Told::Start, None, client);
        }
        if let (true, Some(attempt)) = (wishes.renew, up(&self.link.state())) {
            let renewal = Verdict::Renew { within: Millis::ZERO };
            self.tell(Told::Of(attempt, Report::Asked(renewal)), Some(&Ending::Link(Cause::Replaced)), client);
        }
        self.bury(client);
        if self.is_due() {
            self.expire(client);
        }
    }

    /// Ends it all here and now: whoever drove this drives it no more, and the transports are gone.
    pub(crate) fn forsake<const M: usize, const B: usize>(&mut self, now: Instant, client: &Client<M, B>) {
        self.now = now;
        if matches!(self.link.state(), State::Idle | State::Shutdown { .. }) && self.seats().iter().all(Option::is_none) {
            return;
        }
        self.tell(Told::Stop(CloseCode::GOING_AWAY), None, client);
        for index in 0..Self::SEATS {
            if let Some(attempt) = self.seat(index).map(|seat| seat.attempt) {
                self.lose(index, attempt, Ending::Link(Cause::Stopped), client);
            }
        }
        self.last_words = [None; 2];
    }

    fn is_due(&self) -> bool {
        self.link.deadline().is_some_and(|deadline| self.now >= deadline)
    }

    /// Ends connections whose transport takes nothing any more.
    fn bury<const M: usize, const B: usize>(&mut self, client: &Client<M, B>) {
        for index in 0..Self::SEATS {
            if let Some(seat) = self.seat(index).filter(|seat| self.now >= seat.stalled_at()) {
                self.lose(index, seat.attempt, Ending::Stalled, client);
            }
        }
    }

    /// A deadline has passed.
    fn expire<const M: usize, const B: usize>(&mut self, client: &Client<M, B>) {
        for index in 0..Self::SEATS {
            // A heartbeat that may be among what is not read is not overdue: the peer's promise counts from now.
            if let Some(seat) = self.seat(index).filter(|seat| seat.unread)
                && let Some(next) = seat.pulse
            {
                self.tell(Told::Of(seat.attempt, Report::Pulse(next)), None, client);
            }
            // A peer that has yet to get our ping cannot have answered it. That it takes what comes before is its sign of life.
            if let Some(seat) = self.seat_mut(index)
                && seat.delays_ping()
            {
                let attempt = seat.attempt;
                self.tell(Told::Of(attempt, Report::Heard), None, client);
            }
        }
        if self.is_due() && !self.judges_deadline(client) {
            self.tell(Told::Timeout, None, client);
        }
        for index in 0..Self::SEATS {
            // Whom we do not read from is not silent, we are deaf. The ping that may just have been ordered is our sign of life.
            if let Some(seat) = self.seat(index).filter(|seat| seat.unread) {
                self.tell(Told::Of(seat.attempt, Report::Heard), None, client);
            }
        }
    }

    /// The link judges what its own deadlines end: as `Retry`. Where the user sees it otherwise, the end is told with that verdict,
    /// just before the deadline would have made it. A link is a value: a copy says what it would do.
    #[inline(never)]
    fn judges_deadline<const M: usize, const B: usize>(&mut self, client: &Client<M, B>) -> bool {
        let before = self.link.state();
        let mut copy = self.link;
        let Reaction::Do(action) = copy.step(self.now, 0, Told::Timeout) else { return false };
        let (Action::Abort(attempt) | Action::Close(attempt, _)) = action else { return false };
        let cause = self.link.cause(&before, &Told::Timeout, attempt, self.now);
        let why = Ending::Link(cause);
        let Some(index) = self.seats().iter().position(|seat| seat.is_some_and(|seat| seat.attempt == attempt && seat.why.is_none()))
        else {
            return false;
        };
        let verdict = if why.is_timeout() { self.user.verdict(&why).unwrap_or(Verdict::Retry) } else { Verdict::Retry };
        if verdict == Verdict::Retry {
            return false;
        }
        if let Action::Close(_, code) = action {
            if let Some(seat) = self.seat_mut(index) {
                (seat.own_code, seat.why) = (Some(code), Some(why));
            }
            self.tell(Told::Of(attempt, Report::Asked(verdict)), Some(&why), client);
        } else {
            self.vacate(attempt, why, client);
            self.tell(Told::Of(attempt, Report::Lost(verdict)), Some(&why), client);
        }
        true
    }
}
