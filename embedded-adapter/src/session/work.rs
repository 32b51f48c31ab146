//! Owns what passes between a connection's bytes and the link: reports, messages, orders.

use relink_core::{Attempt, CloseCode, Event as Told, Instant, Pairing, Report, Verdict};
use relink_profiles::Profile;

use super::seat::Farewell;
use super::{Session, WhenTooLarge};
use crate::Entropy;
use crate::client::Client;
use crate::ending::{DialFault, Ending};
use crate::user::{Event, Reply, User};
use crate::wire::{Framing, Incoming, Message, NoRoom, Request, Sender, Violation, Wire};

/// Messages read from one connection before what is to be written gets its turn.
const BURST_MAX: u32 = 64;

/// What came in, as far as it concerns the link.
enum Said {
    Heard,
    Opened,
    Report(Report),
    Closed(Option<CloseCode>),
    Broken(CloseCode, Ending),
    Lost(Ending),
}

impl<P: Profile, U: User<P, H>, E: Entropy, H: Pairing + Copy> Session<P, U, E, H> {
    /// The dial of this attempt is done: the opening handshake begins, the wire is made ready for it.
    #[inline(never)]
    pub fn dialled<F: Framing, const M: usize, const B: usize>(
        &mut self,
        (index, attempt): (usize, Attempt),
        now: Instant,
        request: &Request<'_>,
        wire: &mut Wire<'_, F>,
        client: &Client<M, B>,
    ) {
        self.now = now;
        match (wire.open(request, &mut self.entropy), self.seat_mut(index)) {
            (_, None) => {}
            (Ok(()), Some(seat)) => seat.is_dialling &= seat.attempt != attempt,
            (Err(unsendable), Some(_)) => self.lose(index, attempt, Ending::Request(unsendable), client),
        }
    }

    /// The dial of this attempt has failed.
    pub fn undialled<const M: usize, const B: usize>(
        &mut self,
        (index, attempt): (usize, Attempt),
        now: Instant,
        fault: DialFault,
        client: &Client<M, B>,
    ) {
        self.now = now;
        self.lose(index, attempt, Ending::Dial(fault), client);
    }

    /// This attempt's transport has taken so many bytes: tell the wire first.
    pub fn sent<const M: usize, const B: usize>(&mut self, (index, attempt): (usize, Attempt), count: usize, client: &Client<M, B>) {
        if let Some(seat) = self.seat_mut(index).filter(|seat| seat.attempt == attempt) {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            seat.taken = seat.taken.wrapping_add(count);
            seat.blocked = false;
            client.written(attempt, seat.taken);
        }
    }

    /// This attempt's transport has ended, without an error ([`Ending::Eof`]) or with one ([`Ending::Io`]). What had come in
    /// before should have been worked on.
    pub fn lost<const M: usize, const B: usize>(
        &mut self,
        (index, attempt): (usize, Attempt),
        now: Instant,
        why: Ending,
        client: &Client<M, B>,
    ) {
        self.now = now;
        let was_closed = self.seat(index).is_some_and(|seat| seat.farewell != Farewell::None);
        self.lose(index, attempt, if was_closed { Ending::Finished } else { why }, client);
    }

    /// Does all that can be done on this connection without its transport.
    pub fn work<F: Framing, const M: usize, const B: usize>(
        &mut self,
        (index, attempt): (usize, Attempt),
        now: Instant,
        wire: &mut Wire<'_, F>,
        client: &Client<M, B>,
    ) {
        self.now = now;
        let mut budget = BURST_MAX;
        while self.is_served(index, attempt) && budget > 0 && self.listen(index, wire, client) {
            budget = budget.saturating_sub(1);
        }
        if let (true, Some(seat)) = (self.is_served(index, attempt), self.seat_mut(index)) {
            seat.unread = wire.has_unread();
        }
        self.tell_heard(index, client);
        if self.is_served(index, attempt) {
            self.write(index, wire, client);
            self.settle(index, wire, client);
        }
        // That it is drained may have closed it.
        if self.is_served(index, attempt) && self.seat(index).is_some_and(|seat| !seat.blocked && seat.has_orders()) {
            self.write(index, wire, client);
        }
    }

    fn is_served(&self, index: usize, attempt: Attempt) -> bool {
        self.seat(index).is_some_and(|seat| seat.attempt == attempt && !seat.is_dialling)
    }

    /// Takes one thing that came in. Whether there may be more.
    #[inline(never)]
    fn listen<F: Framing, const M: usize, const B: usize>(&mut self, index: usize, wire: &mut Wire<'_, F>, client: &Client<M, B>) -> bool {
        let Some(seat) = self.seat(index) else { return false };
        if wire.has_unread() && !self.hears(seat) {
            return false;
        }
        let attempt = seat.attempt;
        let Some((incoming, sender)) = wire.next_and_sender(&mut self.entropy) else { return false };
        let reply = &mut Replier { sender, entropy: &mut self.entropy };
        let said = match incoming {
            Incoming::Opened { subprotocol } => {
                self.user.event(Event::Opened { attempt, subprotocol, reply });
                Said::Opened
            }
            Incoming::Refused { status, retry_after } => Said::Lost(Ending::Refused { status, retry_after }),
            Incoming::Message(message) => {
                client.count(|counters| &mut counters.messages_in);
                let meaning = if let Message::Text(text) = message { Some(self.profile.recognise(text)) } else { None };
                let report = meaning.as_ref().and_then(|meaning| meaning.as_ref().ok()).and_then(P::report);
                self.user.event(Event::Message { attempt, message, meaning, reply });
                report.map_or(Said::Heard, Said::Report)
            }
            Incoming::Ping | Incoming::Pong => Said::Heard,
            Incoming::Closed { code, reason } => {
                let code = code.map(CloseCode::new);
                self.user.event(Event::Closing { attempt, code, reason });
                Said::Closed(code)
            }
            Incoming::TooLarge { len } => {
                self.user.event(Event::TooLarge { attempt, len });
                match self.when_too_large {
                    WhenTooLarge::Skip => Said::Heard,
                    WhenTooLarge::Close => Said::Broken(CloseCode::TOO_BIG, Ending::TooLarge { len }),
                }
            }
            Incoming::Violation(violation) => broken(violation),
        };
        self.understand(index, attempt, said, client);
        true
    }

    fn understand<const M: usize, const B: usize>(&mut self, index: usize, attempt: Attempt, said: Said, client: &Client<M, B>) {
        match said {
            Said::Heard => {}
            Said::Opened => return self.tell(Told::Of(attempt, Report::Opened), None, client),
            Said::Lost(why) => return self.lose(index, attempt, why, client),
            Said::Report(_) | Said::Closed(_) | Said::Broken(..) => {}
        }
        if let Some(seat) = self.seat_mut(index) {
            seat.heard = true;
        }
        match said {
            Said::Heard | Said::Opened | Said::Lost(_) => {}
            Said::Report(Report::Heard) => {}
            Said::Report(Report::Broken(code)) => {
                let why = Ending::Link(relink_core::Cause::Asked);
                self.break_off(index, attempt, code, why, client);
            }
            Said::Report(report) => {
                if let (Report::Pulse(next), Some(seat)) = (report, self.seat_mut(index)) {
                    seat.pulse = Some(next);
                }
                self.tell_heard(index, client);
                let why = Ending::Link(relink_core::Cause::Asked);
                self.tell(Told::Of(attempt, report), Some(&why), client);
            }
            Said::Closed(code) => self.closed(index, attempt, code, client),
            Said::Broken(code, why) => self.break_off(index, attempt, code, why, client),
        }
    }

    /// The peer's Close. As the answer to our own it says nothing new: what counts then is the end of the transport.
    fn closed<const M: usize, const B: usize>(&mut self, index: usize, attempt: Attempt, code: Option<CloseCode>, client: &Client<M, B>) {
        self.tell_heard(index, client);
        let why = Ending::Closed { code };
        let Some(seat) = self.seat_mut(index) else { return };
        let is_answer = match seat.farewell {
            Farewell::None => false,
            Farewell::Ours(own) => code.is_none_or(|code| code == own),
            Farewell::Theirs => true,
        };
        (seat.farewell, seat.close) = (Farewell::Theirs, None);
        if !is_answer {
            seat.why.get_or_insert(why);
            let verdict = self.verdict(&why);
            self.tell(Told::Of(attempt, Report::Closed(verdict)), Some(&why), client);
        }
    }

    fn break_off<const M: usize, const B: usize>(
        &mut self,
        index: usize,
        attempt: Attempt,
        code: CloseCode,
        why: Ending,
        client: &Client<M, B>,
    ) {
        self.tell_heard(index, client);
        let Some(seat) = self.seat_mut(index).filter(|seat| !seat.is_closing()) else { return };
        seat.own_code = Some(code);
        seat.why.get_or_insert(why);
        let verdict = self.verdict(&why);
        // These are what the link makes of a violation by itself; nobody goes on working on such a connection until another one is up.
        if !matches!(verdict, Verdict::Retry | Verdict::Renew { .. }) {
            self.tell(Told::Of(attempt, Report::Asked(verdict)), Some(&why), client);
        }
        // If that has closed it, this is not news.
        if self.seat(index).is_some_and(|seat| seat.attempt == attempt && !seat.is_closing()) {
            self.tell(Told::Of(attempt, Report::Broken(code)), Some(&why), client);
        }
    }

    /// This attempt is over, its transport gone.
    pub(super) fn lose<const M: usize, const B: usize>(&mut self, index: usize, attempt: Attempt, why: Ending, client: &Client<M, B>) {
        let Some(seat) = self.seat(index).filter(|seat| seat.attempt == attempt) else { return };
        // After a Close the verdict was said with it, or there is nothing to be judged.
        let verdict = if seat.is_closing() { Verdict::Retry } else { self.verdict(&why) };
        let why = seat.why.unwrap_or(why);
        self.tell_heard(index, client);
        self.vacate(attempt, why, client);
        self.tell(Told::Of(attempt, Report::Lost(verdict)), Some(&why), client);
    }

    fn verdict(&self, why: &Ending) -> Verdict {
        self.user.verdict(why).unwrap_or_else(|| why.verdict(&self.profile))
    }
}

fn broken(violation: Violation) -> Said {
    let why = Ending::Violation(violation);
    match violation.close_code() {
        Some(code) => Said::Broken(CloseCode::new(code), why),
        None => Said::Lost(why),
    }
}

struct Replier<'r, 'b, F, E> {
    sender: Sender<'r, 'b, F>,
    entropy: &'r mut E,
}

impl<F: Framing, E: Entropy> Reply for Replier<'_, '_, F, E> {
    fn send(&mut self, message: Message<'_>) -> Result<(), NoRoom> {
        self.sender.message(message, self.entropy)
    }
}
