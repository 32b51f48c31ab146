//! A step: the core is told, its action performed, and what changed is passed on to the user.

use relink_core::{Action, Attempt, End, Event, Reaction, Report, State, Verdict};

use super::slot::Closing;
use super::view::{self, Place};
use super::{Driver, Ended, Opening, timer, trace};
use crate::load::Load;
use crate::observe::{Content, Direction, Frame, Step};
use crate::{Connection, Ending, LinkState, Transport, judge};

impl<T: Transport> Driver<T> {
    /// Tells the core. `why` stands behind a report's verdict.
    pub(super) fn tell(&mut self, event: Event, why: Option<&Ending>) {
        let before = self.link.state();
        let roll = self.dice.roll();
        let reaction = self.link.step(self.now, roll, event);
        if self.observer.is_some() {
            self.observe_step(&before, roll, event, why, reaction);
        }
        if let (Event::Of(_, Report::Asked(Verdict::GiveUp) | Report::Closed(Verdict::GiveUp) | Report::Lost(Verdict::GiveUp)), Some(why)) =
            (event, why)
        {
            self.fatal = Some(Box::new(why.clone()));
        }
        match reaction {
            Reaction::Do(action) => self.perform(action, &before, &event, why),
            Reaction::Wait => {}
            Reaction::Ignored => {
                self.shared.counters.ignored.add(1);
                trace::ignored(self.span(), &event);
            }
        }
        self.notice();
    }

    fn observe_step(&mut self, before: &State, roll: u32, event: Event, why: Option<&Ending>, reaction: Reaction) {
        // What no report has told: why a deadline or a wish ends a connection.
        let cause = match reaction {
            Reaction::Do(Action::Close(attempt, _) | Action::Abort(attempt)) if why.is_none() => {
                Some(self.cause(before, &event, attempt, None))
            }
            Reaction::Do(_) | Reaction::Wait | Reaction::Ignored => None,
        };
        if let Some(observer) = &mut self.observer {
            observer.step(&Step { now: self.now, roll, event, why: why.or(cause.as_ref()), reaction, link: &self.link });
        }
    }

    /// A sign of life: the commonest event of all, and one that changes nothing but deadlines.
    pub(super) fn tell_heard_on(&mut self, attempt: Attempt) {
        let roll = self.dice.roll();
        let event = Event::Of(attempt, Report::Heard);
        let reaction = self.link.step(self.now, roll, event);
        if let Some(observer) = &mut self.observer {
            observer.step(&Step { now: self.now, roll, event, why: None, reaction, link: &self.link });
        }
        debug_assert!(!matches!(reaction, Reaction::Do(_)), "a sign of life asks for nothing");
    }

    fn perform(&mut self, action: Action, before: &State, event: &Event, why: Option<&Ending>) {
        trace::action(self.span(), &action, self.link.config().redial);
        self.progress = true;
        match action {
            Action::Open(attempt) => {
                self.shared.counters.dials.add(1);
                self.opening = Some(Opening { attempt, future: Box::pin(self.transport.open(attempt)) });
            }
            Action::Ping(attempt) => {
                self.observe_out(attempt, Content::Ping);
                if let Some(slot) = self.slots.iter_mut().flatten().find(|slot| slot.attempt == attempt) {
                    slot.ping();
                }
            }
            Action::Close(attempt, code) => {
                let why = self.cause(before, event, attempt, why);
                let slot = self.slots.iter().flatten().find(|slot| slot.attempt == attempt);
                let code = slot.and_then(|slot| slot.own_code).unwrap_or(code);
                self.observe_out(attempt, Content::Close(code));
                if let Some(slot) = self.slots.iter_mut().flatten().find(|slot| slot.attempt == attempt) {
                    slot.why.get_or_insert_with(|| Box::new(why));
                    (slot.dirty, slot.closing) = (true, Closing::Ours(code));
                    if let Err(ending) = slot.connection.queue_close(code) {
                        slot.fails(ending);
                    }
                    self.held_changed = true;
                }
            }
            Action::Abort(attempt) => {
                let why = self.cause(before, event, attempt, why);
                self.abort(attempt, why);
            }
        }
    }

    fn abort(&mut self, attempt: Attempt, why: Ending) {
        if self.opening.as_ref().is_some_and(|opening| opening.attempt == attempt) {
            self.opening = None;
            self.ended.push(Ended { attempt, accepted: false, why });
            return;
        }
        let Some(seat) = self.seat(attempt) else { return };
        self.takes_leave(seat, &why);
        if let Some(slot) = self.slots[seat].take() {
            self.held_changed = true;
            self.shared.counters.forced.add(u32::from(slot.is_closing()));
            self.ended.push(Ended { attempt, accepted: slot.accepted, why: slot.why.as_deref().cloned().unwrap_or(why) });
            self.discard(*slot);
        }
    }

    /// Why `event`, behind which stands `why`, makes an end of this attempt.
    pub(super) fn cause(&self, before: &State, event: &Event, attempt: Attempt, why: Option<&Ending>) -> Ending {
        match (event, why) {
            (Event::Of(reported, _), Some(why)) if *reported == attempt => why.clone(),
            _ => {
                let cause = self.link.cause(before, event, attempt, self.now);
                view::ending(cause, self.link.config(), self.transport.stage())
            }
        }
    }

    fn observe_out(&mut self, attempt: Attempt, content: Content<'_, T::Message>) {
        if let Some(observer) = &mut self.observer {
            observer.frame(&Frame { now: self.now, attempt, direction: Direction::Out, content });
        }
    }

    /// What an ending means: the user's opinion, the protocol's, the table's.
    pub(super) fn verdict(&mut self, ending: &Ending) -> Verdict {
        let roll = self.dice.roll();
        judge::verdict(self.judge.as_deref(), &self.transport, ending, self.link.failures(), roll)
    }

    /// Passes on what a step changed, once it is known what follows.
    fn notice(&mut self) {
        let state = self.link.state();
        let place = Place::of(&state);
        if place == self.place && self.ended.is_empty() && !self.held_changed {
            return;
        }
        self.progress = true;
        debug_assert!(self.holds_no_more_than(&state), "the core ends every connection before it forgets it");
        let before = std::mem::replace(&mut self.place, place);
        if before.up() != place.up() || std::mem::take(&mut self.held_changed) {
            self.switch();
        }
        self.tell_up();
        for ended in std::mem::take(&mut self.ended) {
            self.tell_ended(ended, &state);
        }
        if before == place {
            return;
        }
        trace::transition(self.span(), before, place, self.now);
        self.publish_state();
        match place {
            Place::Shutdown(End::GivenUp | End::Exhausted) => self.tell_given_up(),
            Place::Shutdown(End::Stopped | End::Over) => {}
            _ if matches!(before, Place::Shutdown(_)) => self.fatal = None,
            Place::Idle | Place::Connecting(_) | Place::Open(_) | Place::Ready(_) => {}
            Place::Draining(_) | Place::Closing(_) | Place::Backoff(_) => {}
        }
    }

    fn holds_no_more_than(&self, state: &State) -> bool {
        let slots = self.slots.iter().flatten().map(|slot| slot.attempt);
        slots.chain(self.opening.as_ref().map(|opening| opening.attempt)).all(|attempt| state.holds(attempt))
    }

    /// Other connections can be written to than before.
    pub(super) fn switch(&mut self) {
        let mut held = [None; 2];
        for (held, slot) in held.iter_mut().zip(&self.slots) {
            *held = slot.as_ref().filter(|slot| slot.takes_messages()).map(|slot| slot.attempt);
        }
        let is_failed = |up: &Attempt| self.slots.iter().flatten().any(|slot| slot.attempt == *up && slot.failed.is_some());
        let up = self.place.up().filter(|up| !is_failed(up));
        let orphans = self.shared.outbox().switch(up, held, &mut self.intake);
        for entry in orphans {
            self.shared.hand_over(Load::of(entry.weight));
            self.give_up(entry);
        }
        // Who waits for room on a connection that is gone will get another answer now.
        self.shared.room.notify_waiters();
    }

    fn tell_up(&mut self) {
        let Some(new) = self.place.up() else { return };
        if self.told == Some(new) {
            return;
        }
        if let Some(slot) = self.slots.iter_mut().flatten().find(|slot| slot.attempt == new) {
            slot.accepted = true;
        }
        match self.told.replace(new) {
            None => {
                self.shared.counters.ups.add(1);
                self.say(crate::Event::Up { attempt: new });
            }
            Some(old) => {
                self.shared.counters.renewals.add(1);
                self.say(crate::Event::Renewed { old, new });
            }
        }
    }

    fn tell_ended(&mut self, ended: Ended, state: &State) {
        let Ended { attempt, accepted, why } = ended;
        self.shared.status().last_ending = Some(Box::new(why.clone()));
        let retry_at = state.next_dial(self.now).map(|at| timer::moment(self.now, at));
        if !accepted {
            self.shared.counters.failed.add(1);
            return self.say(crate::Event::Failed { attempt, why, retry_at });
        }
        let Some(told) = self.told else { return };
        let others = self.slots.iter().flatten().any(|slot| slot.accepted);
        if self.place.up().is_some() {
            trace::ended(self.span(), attempt, &why);
        } else if others {
            // The last word on a link that is going down comes with its last connection.
            if told == attempt {
                self.down_why = Some(Box::new(why));
            }
        } else {
            let why = self.down_why.take().map_or(why, |first| *first);
            self.told = None;
            self.shared.counters.downs.add(1);
            self.say(crate::Event::Down { attempt: told, why, retry_at });
        }
    }

    fn tell_given_up(&mut self) {
        let last = self.shared.status().last_ending.clone();
        if let Some(why) = self.fatal.take().or(last) {
            self.say(crate::Event::GaveUp { why: *why });
        }
    }

    fn say(&mut self, event: crate::Event<T::Message>) {
        if self.link.config().redial {
            trace::event(self.span(), &event, self.link.failures());
        } else {
            trace::accepted(self.span(), &event);
        }
        let left_out = self.notices.say(&self.shared, event);
        self.shared.counters.events_left_out.add(left_out);
    }

    pub(super) fn publish_state(&mut self) {
        let state = match self.place {
            Place::Idle => LinkState::Idle,
            Place::Connecting(attempt) => LinkState::Connecting { attempt },
            Place::Open(attempt) => LinkState::Open { attempt },
            Place::Ready(attempt) => LinkState::Ready { attempt },
            Place::Draining(attempt) => LinkState::Draining { attempt },
            Place::Closing(attempt) => LinkState::Closing { attempt },
            Place::Backoff(until) => LinkState::Backoff { retry_at: timer::moment(self.now, until) },
            Place::Shutdown(because) => LinkState::Shutdown { because },
        };
        {
            let mut status = self.shared.status();
            status.state = state;
            status.version = status.version.wrapping_add(1);
        }
        self.shared.changed.notify_waiters();
    }
}
