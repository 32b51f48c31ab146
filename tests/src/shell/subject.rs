//! Owns the tokio shell as something that behaves like a link: every line is made to happen, and what the driver did is read off.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use std::{future::Future, pin::Pin};

use relink_core::{Event, Instant};
use relink_notation::{Header, Outcome, StateWord};
use relink_tokio::observe::{Observer, Step};
use relink_tokio::{Builder, Client, Clock, Driver, Event as Told, Events};
use tokio::runtime::Runtime;

use super::net::{Net, Scripted};
use super::plan::{Fate, Line, Plan};
use crate::scenario::Subject;

/// The driver under a scenario.
pub struct Shell<'a> {
    runtime: &'a Runtime,
    hands: Hands,
    events: Events<Infallible>,
    driver: Driver<Scripted>,
    tape: Arc<Mutex<Tape>>,
    plan: VecDeque<Line>,
    now: Instant,
    latest: Outcome,
    up: bool,
    /// What the shell did that no line says, and what it did not do.
    oddities: Arc<Mutex<Vec<String>>>,
}

/// What the driver's core was told, the chance it is given next, and what happens as soon as it has taken a step.
#[derive(Default)]
struct Tape {
    steps: VecDeque<(Instant, Event, Outcome)>,
    rolls: VecDeque<u32>,
    next: Option<(Hands, Instant, Event)>,
}

struct Reader(Arc<Mutex<Tape>>);

impl<M> Observer<M> for Reader {
    fn step(&mut self, step: &Step<'_>) {
        let mut tape = lock(&self.0);
        tape.rolls.pop_front();
        tape.steps.push_back((step.now, step.event, Outcome::of(step.link, step.reaction)));
        let next = tape.next.take();
        drop(tape);
        if let Some((hands, at, event)) = next {
            hands.make(at, event);
        }
    }
}

/// What makes things happen to the driver from outside.
#[derive(Clone)]
struct Hands {
    client: Client<Infallible>,
    net: Net,
}

impl Hands {
    fn make(&self, at: Instant, event: Event) {
        match event {
            Event::Start => self.client.retry_now(),
            Event::Stop(code) => wish(pin!(self.client.stop_with(code))),
            Event::Drain(until, code) => wish(pin!(self.client.drain_with(Duration::from_millis(until.since(at)), code))),
            Event::Timeout => {}
            Event::Of(attempt, report) => self.net.report(attempt, report),
        }
    }
}

impl<'a> Shell<'a> {
    /// A shell that has not been started, on this runtime, whose clock is paused. What it does that is in no plan is
    /// added to `oddities`.
    #[must_use]
    pub fn new(runtime: &'a Runtime, header: &Header, plan: &Plan, oddities: &Arc<Mutex<Vec<String>>>) -> Self {
        let _guard = runtime.enter();
        let (net, tape) = (Net::default(), Arc::<Mutex<Tape>>::default());
        let rolls = tape.clone();
        let (client, events, driver) = Builder::new(Scripted(net.clone()))
            .config(header.config)
            .clock(Clock::tokio())
            .chance(move || lock(&rolls).rolls.front().copied().unwrap_or(0))
            .observer(Reader(tape.clone()))
            .lazy()
            .restartable()
            .build();
        let hands = Hands { client, net };
        let latest = Outcome { state: StateWord::Idle, reaction: relink_core::Reaction::Ignored, deadline: None };
        let plan = plan.lines.iter().copied().collect();
        let (now, oddities) = (Instant::ZERO, oddities.clone());
        Self { runtime, hands, events, driver, tape, plan, now, latest, up: false, oddities }
    }

    /// Makes the event happen, unless the driver has taken it into account already.
    fn happen(&mut self, line: &Line) {
        let left = line.stepped.step.left;
        if left.at > self.now {
            let later = Duration::from_millis(left.at.since(self.now));
            self.runtime.block_on(tokio::time::advance(later));
            self.now = left.at;
        }
        let in_tow = self.plan.iter().find(|next| line.tired && next.in_tow);
        let due = self.plan.iter().filter(|next| next.event == Event::Timeout && next.stepped.step.left.at == left.at);
        let rolls = [line].into_iter().chain(in_tow).chain(due).map(|line| line.stepped.step.left.roll).collect();
        let next = in_tow.map(|next| (self.hands.clone(), left.at, next.event));
        *lock(&self.tape) = Tape { rolls, next, ..Tape::default() };
        self.hands.net.set_tiring(line.tired);
        {
            let _guard = self.runtime.enter();
            self.hands.make(left.at, line.event);
        }
        let Self { runtime, driver, .. } = self;
        let mut poll = || runtime.block_on(poll_fn(|cx| Poll::Ready(Pin::new(&mut *driver).poll(cx).is_ready())));
        // A tired driver asks to be polled again.
        let ended = poll() || (line.tired && poll());
        if ended {
            self.odd(line, "the driver has ended");
        }
        self.hear(line);
    }

    /// The user's events: Up and Down in strict pairs, whatever happens.
    fn hear(&mut self, line: &Line) {
        while let Some(event) = self.events.try_next() {
            let up = match event {
                Told::Up { .. } => Some(true),
                Told::Down { .. } => Some(false),
                Told::Failed { .. } | Told::GaveUp { .. } => None,
                Told::Renewed { .. } if self.up => None,
                Told::Renewed { .. } => Some(self.up),
                Told::Message { message, .. } => match message {},
            };
            if up == Some(self.up) {
                self.odd(line, "Up and Down are not told in pairs");
            }
            self.up = up.unwrap_or(self.up);
        }
    }

    fn odd(&self, line: &Line, what: &str) {
        lock(&self.oddities).push(format!("line {}: {what}", line.stepped.line));
    }
}

impl Subject for Shell<'_> {
    fn step(&mut self, at: Instant, _: u32, _: Event) -> Outcome {
        let Some(line) = self.plan.pop_front() else { return self.latest };
        if lock(&self.tape).steps.is_empty() {
            self.happen(&line);
        }
        let expected = match line.fate {
            Fate::Told => line.event,
            Fate::Retold(event, _) => event,
            Fate::Untold(_) => {
                // What is due by now may have been done already; it belongs to a line to come.
                if lock(&self.tape).steps.front().is_some_and(|(_, event, _)| *event != Event::Timeout) {
                    self.odd(&line, "the core was told, though the plan says it is not");
                }
                let reaction = line.stepped.step.right.map_or(self.latest.reaction, |right| right.reaction);
                return Outcome { reaction, ..self.latest };
            }
        };
        let step = lock(&self.tape).steps.pop_front();
        match step {
            Some((now, event, outcome)) => {
                if (now, event) != (at, expected) {
                    self.odd(&line, &format!("the core was told {event:?} at {now:?}"));
                }
                self.latest = outcome;
            }
            None => self.odd(&line, "the core was not told"),
        }
        self.latest
    }
}

/// A wish counts from the first poll on; nobody waits for its end.
fn wish(future: Pin<&mut impl Future<Output = ()>>) {
    let _ = future.poll(&mut Context::from_waker(Waker::noop()));
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
