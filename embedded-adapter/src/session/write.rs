//! Owns what is written to a connection: pings, messages, the Close, and when nothing is in hand on it any more.

use relink_core::{Attempt, CloseCode, Event as Told, Pairing, Report, State};
use relink_profiles::Profile;

use super::Session;
use super::seat::{Farewell, Ping};
use crate::Entropy;
use crate::client::Client;
use crate::user::User;
use crate::wire::{Framing, Wire};

impl<P: Profile, U: User<P, H>, E: Entropy, H: Pairing + Copy> Session<P, U, E, H> {
    /// Writes what is ordered, and what waits in the outbox, as far as there is room.
    pub(super) fn write<F: Framing, const M: usize, const B: usize>(
        &mut self,
        index: usize,
        wire: &mut Wire<'_, F>,
        client: &Client<M, B>,
    ) {
        let takes_messages = self.seat(index).is_some_and(|seat| self.takes_messages(seat));
        let Some(seat) = self.seats.get_mut(index).and_then(Option::as_mut) else { return };
        seat.blocked = false;
        if matches!(seat.ping, Ping::Due { .. }) && seat.farewell == Farewell::None {
            let written = wire.ping(&mut self.entropy);
            seat.takes(written, |seat| seat.has_pinged(wire.unsent_len()));
        }
        seat.follows_ping(self.now, self.link.config().pong_timeout);
        if takes_messages {
            seat.blocked |= !client.write(seat.attempt, seat.taken, wire, &mut self.entropy);
        }
        if let Some(code) = seat.close {
            let code = if code.is_sendable() { code } else { CloseCode::NORMAL };
            seat.takes(wire.close(code.get(), "", &mut self.entropy), |seat| {
                (seat.close, seat.farewell) = (None, Farewell::Ours(code));
            });
        }
    }

    /// Says so where a drain waits for this connection and nothing is in hand on it.
    pub(super) fn settle<F: Framing, const M: usize, const B: usize>(
        &mut self,
        index: usize,
        wire: &mut Wire<'_, F>,
        client: &Client<M, B>,
    ) {
        let (now, is_sent) = (self.now, wire.unsent_len() == 0);
        let Some(seat) = self.seat_mut(index) else { return };
        seat.watches_writing(now, is_sent);
        let attempt = seat.attempt;
        if self.is_drained(index, client) {
            if let Some(seat) = self.seat_mut(index) {
                seat.drained = true;
            }
            self.tell(Told::Of(attempt, Report::Drained), None, client);
        }
    }

    /// Whether a drain waits for this connection, and nothing is in hand on it.
    pub(super) fn is_drained<const M: usize, const B: usize>(&self, index: usize, client: &Client<M, B>) -> bool {
        let State::Draining(draining) = self.link.state() else { return false };
        let Some(seat) = self.seat(index) else { return false };
        let is_done = client.is_done(seat.attempt, seat.attempt == draining.attempt);
        !seat.drained && seat.is_sent && is_done && !self.user.is_busy(seat.attempt)
    }

    /// The last words on a connection that an order has dropped before its closing handshake: a Close, if there is room. What the
    /// transport takes of it here and now is written, nobody waits for it. A server then frees the connection's place at once.
    pub fn leave<F: Framing>(&mut self, (index, attempt): (usize, Attempt), wire: &mut Wire<'_, F>) {
        if let Some((_, code)) = self.last_words.get_mut(index).and_then(Option::take).filter(|(of, _)| *of == attempt) {
            let _said_or_not = wire.close(code.get(), "", &mut self.entropy);
        }
    }
}
