//! Owns the loop: what happens is told to the elector, and what it asks for is done.

use std::future::pending;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio::time::sleep;

use super::ballot::{Answer, Ballot, Held};
use super::lead::{Lead, Tenure};
use super::several::Manner;
use super::sight::Sight;
use super::status::{Board, Counts, Standing};
use super::timepiece::{Timepiece, until};
use super::vacancy::Vacancy;
use super::{Action, Elector, Event, Reaction, Reply, Request, Shared, State, Terms, Token, Wish};
use crate::{Cell, Engine, Fault};

const WHAT: &str = "hold the lease";

pub(super) struct Machine<E> {
    elector: Elector,
    ballot: Ballot<E>,
    sight: Sight,
    manner: Manner,
    clock: Timepiece,
    shared: Arc<Shared>,
    wishes: watch::Receiver<Wish>,
    board: Board,
    /// The request that is under way: there is one at most.
    slot: Option<Slot>,
    /// The lease that was ours last.
    held: Option<Held>,
    tenure: Option<Arc<Tenure>>,
    /// A lead was laid down: others may go first until then.
    rests_until: Option<relink_core::Instant>,
    vacancy: Vacancy,
    is_deserted: bool,
}

struct Slot {
    request: Request,
    answer: BoxFuture<'static, Answer>,
}

/// Why the loop goes on.
enum Woken {
    Answered(Request, Answer),
    Wished,
    Deserted,
    Told,
    Hinted,
    Time,
}

impl<E: Engine> Machine<E> {
    pub(super) fn new(
        terms: Terms,
        ballot: Ballot<E>,
        (sight, manner): (Sight, Manner),
        clock: Timepiece,
        shared: Arc<Shared>,
        mut wishes: watch::Receiver<Wish>,
        board: Board,
    ) -> Self {
        wishes.mark_changed();
        Self {
            elector: Elector::new(terms),
            ballot,
            sight,
            manner,
            clock,
            shared,
            wishes,
            board,
            slot: None,
            held: None,
            tenure: None,
            rests_until: None,
            vacancy: Vacancy::default(),
            is_deserted: false,
        }
    }

    pub(super) async fn run(mut self) {
        while !self.is_deserted || self.elector.state() != State::Idle {
            match self.woken().await {
                Woken::Answered(request, answer) => self.answered(request, answer),
                Woken::Wished => self.heed(),
                Woken::Deserted => {
                    self.is_deserted = true;
                    self.step(Event::Stop);
                }
                Woken::Told => self.hear(),
                Woken::Hinted => self.vacancy.hint(self.clock.now()),
                Woken::Time => self.time(),
            }
            self.tell();
        }
    }

    async fn woken(&mut self) -> Woken {
        let is_candidate = Standing::of(&self.elector.state()) == Standing::Candidate;
        self.vacancy.listen(&self.ballot, is_candidate);
        let due = [self.elector.deadline(), self.rests_until, self.vacancy.due()].into_iter().flatten().min();
        let now = self.clock.now();
        let answer = async {
            match &mut self.slot {
                Some(slot) => ((&mut slot.answer).await, slot.request),
                None => pending().await,
            }
        };
        tokio::select! {
            (answer, request) = answer => {
                self.slot = None;
                Woken::Answered(request, answer)
            }
            wished = self.wishes.changed(), if !self.is_deserted => if wished.is_ok() { Woken::Wished } else { Woken::Deserted },
            () = self.shared.stirs.notified() => Woken::Told,
            () = self.vacancy.hinted() => Woken::Hinted,
            () = async { match due { Some(due) => sleep(until(due, now)).await, None => pending().await } } => Woken::Time,
        }
    }

    fn answered(&mut self, request: Request, answer: Answer) {
        let now = self.clock.now();
        if let Some(cell) = &answer.seen {
            self.sight.see(cell, now);
        }
        self.held = answer.held.or(self.held);
        if answer.reply == Reply::Unknown {
            Counts::count(&self.shared.counts.unknown);
        }
        if let Some(fault) = &answer.fault {
            tracing::debug!(group = %self.shared.group, %fault, "the engine did not say what became of a request about the lease");
        }
        self.board.answered(answer.fault, answer.seen.as_ref().map(Cell::leader));
        let reply = match answer.reply {
            Reply::Refused(_) => Reply::Refused(self.sight.left(now)),
            Reply::Granted(_) | Reply::Found(_) | Reply::Unknown => answer.reply,
        };
        self.step(Event::Of(request, reply));
    }

    fn heed(&mut self) {
        let wish = *self.wishes.borrow_and_update();
        self.rests_until = None;
        self.step(if wish.is_lead { Event::Start } else { Event::Stop });
        self.board.change(|status| status.heeded = wish.number);
    }

    /// What the holder of a lead says. Of one that is over it means nothing.
    fn hear(&mut self) {
        let Some(tenure) = self.tenure.clone() else { return };
        let token = tenure.token();
        if tenure.is_serving() {
            self.step(Event::Serving(token));
        }
        if tenure.has_failed() {
            Counts::count(&self.shared.counts.dial_failures);
            self.step(Event::DialFailed(token));
        }
        if tenure.is_fenced() {
            self.step(Event::Lost(token));
        }
        if tenure.is_dropped() {
            self.dropped(token);
        }
    }

    /// Nobody holds the lead any more.
    fn dropped(&mut self, token: Token) {
        if matches!(self.elector.state(), State::Leading(lead) if lead.token == token) {
            // Nobody asked for that: others get their chance.
            tracing::info!(group = %self.shared.group, "the lead was laid down");
            self.rests_until = Some(self.clock.now().after(self.elector.terms().rest));
            self.step(Event::Stop);
        }
        self.step(Event::Drained(token));
    }

    fn time(&mut self) {
        if self.rests_until.is_some_and(|until| self.clock.now() >= until) {
            self.rests_until = None;
            if self.wishes.borrow().is_lead {
                self.step(Event::Start);
            }
        }
        let is_vacant = self.vacancy.is_due(self.clock.now());
        self.step(if is_vacant { Event::Vacant } else { Event::Timeout });
    }

    fn step(&mut self, event: Event) {
        let reaction = self.elector.step(self.clock.now(), fastrand::u32(..), event);
        self.hold();
        match reaction {
            Reaction::Do(action) => self.perform(action),
            Reaction::Wait | Reaction::Ignored => {}
        }
    }

    /// A lead holds for as long as the elector says: that comes before whatever else there is to do.
    fn hold(&mut self) {
        let (state, terms) = (self.elector.state(), self.elector.terms());
        match (&self.tenure, state) {
            (Some(tenure), State::Leading(lead)) => tenure.prolong(terms.halt_at(lead.since)),
            (Some(tenure), State::Draining(draining)) => tenure.prolong(draining.until),
            (Some(_), State::Idle | State::Waiting { .. } | State::Resting { .. } | State::Releasing(_)) => self.end_tenure(),
            (Some(_), State::Asking { .. } | State::Unsure { .. }) => self.end_tenure(),
            (None, _) => {}
        }
        if matches!(state, State::Idle | State::Waiting { .. } | State::Resting { .. }) {
            self.manner.rest();
        }
    }

    fn perform(&mut self, action: Action) {
        let (ballot, held) = (self.ballot.clone(), self.held);
        match action {
            Action::Acquire { request, series } => {
                let patience = self.manner.ask(self.elector.terms().retry_every);
                let may = self.sight.has_patience(patience, self.clock.now());
                self.ask(request, Box::pin(ballot.acquire(series, may)));
            }
            Action::Renew { request, series } => match held {
                Some(held) => self.ask(request, Box::pin(ballot.renew(held, series))),
                // A lead has a lease, or it would not be one.
                None => self.ask(request, Box::pin(async { Answer::unknown(Fault::TimedOut { what: WHAT }) })),
            },
            Action::Release { request, lease } => self.ask(request, Box::pin(ballot.release(held, lease))),
            Action::Lead(token) => self.lead(token),
            Action::StepDown { until } => self.step_down(until),
            Action::Halt => {
                Counts::count(&self.shared.counts.halts);
                tracing::warn!(group = %self.shared.group, "the lead has ended at once");
            }
        }
    }

    /// What is left of the request before is dropped.
    fn ask(&mut self, request: Request, answer: BoxFuture<'static, Answer>) {
        Counts::count(&self.shared.counts.requests);
        if self.slot.replace(Slot { request, answer }).is_some() {
            Counts::count(&self.shared.counts.unknown);
            self.board.change(|status| status.fault = Some(Fault::TimedOut { what: WHAT }));
        }
    }

    fn lead(&mut self, token: Token) {
        Counts::count(&self.shared.counts.leads);
        tracing::info!(group = %self.shared.group, token = token.get(), "leads");
        let State::Leading(lead) = self.elector.state() else { return };
        let ends = self.elector.terms().halt_at(lead.since);
        let tenure = Tenure::new(self.shared.group.clone(), token, self.clock.clone(), ends, Arc::clone(&self.shared.stirs));
        self.tenure = Some(Arc::clone(&tenure));
        self.shared.put_lead(Lead::new(tenure));
    }

    fn step_down(&mut self, deadline: relink_core::Instant) {
        Counts::count(&self.shared.counts.step_downs);
        tracing::info!(group = %self.shared.group, "steps down");
        if let Some(tenure) = &self.tenure {
            let left = std::time::Duration::from_millis(deadline.since(self.clock.now()));
            tenure.step_down(left);
        }
        // Nobody has taken it: nothing is in hand.
        drop(self.shared.take_lead());
    }

    fn end_tenure(&mut self) {
        if let Some(tenure) = self.tenure.take() {
            tenure.end();
        }
        drop(self.shared.take_lead());
    }

    /// Shows where the elector is.
    fn tell(&self) {
        let standing = match Standing::of(&self.elector.state()) {
            Standing::Idle if self.rests_until.is_some() => Standing::Resting,
            standing => standing,
        };
        self.board.stands(standing, &self.shared.holder);
    }
}

/// The loop is not polled any more: nothing prolongs a lead.
impl<E> Drop for Machine<E> {
    fn drop(&mut self) {
        if let Some(tenure) = self.tenure.take() {
            tenure.end();
        }
        drop(self.shared.take_lead());
    }
}
