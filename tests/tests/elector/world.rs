//! Owns the world: some processes with clocks of their own, one store, and a network that delays and loses.
//!
//! The time of the world is true; each process lives by its own clock. In a storm all goes wrong that can; in a calm the store answers,
//! and somebody has to lead. What the electors promise is asked after every step.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use fastrand::Rng;
use relink_core::Instant;
use relink_core::elector::{Action, Event, Reaction, Reply, Request, Terms, Token};

use super::bent::Candidate;
use super::node::Node;
use super::store::{Ask, Store};

/// Something on its way, for a run of a process.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Thing {
    Wake(u64),
    Ask { request: Request, series: Request, ask: Ask },
    Tell { event: Event, revision: u64 },
    Resume,
    Restart,
    Weather,
}

/// A law that was broken, and the last things that happened before.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) law: String,
    pub(crate) told: VecDeque<String>,
}

/// What came of a world.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) steps: u64,
    pub(crate) leads: u64,
    pub(crate) step_downs: u64,
    pub(crate) halts: u64,
    pub(crate) calms: u64,
}

const TOLD_MAX: usize = 60;
/// The longest way of a message in a storm.
const DELAY_MAX: u64 = 10_000;

pub(crate) struct World<C> {
    pub(crate) rng: Rng,
    pub(crate) now: u64,
    pub(crate) calm: bool,
    /// Asks only what everybody could see: that two lead, that nobody does, and the tokens.
    pub(crate) by_outcome: bool,
    pub(crate) nodes: Vec<Node<C>>,
    pub(crate) terms: Terms,
    store: Store,
    things: BinaryHeap<Reverse<(u64, u64, usize)>>,
    kept: Vec<(usize, u32, Thing)>,
    greatest: Token,
    make: fn(Terms) -> C,
    tally: Tally,
    told: VecDeque<String>,
}

impl<C: Candidate> World<C> {
    pub(crate) fn new(seed: u64, terms: Terms, make: fn(Terms) -> C) -> Self {
        let mut rng = Rng::with_seed(seed);
        let nodes = (0..rng.usize(3..=5)).map(|_| Node::new(make(terms), 0, rng.i64(-10..=10), rng.i64(1_000_000..9_000_000))).collect();
        let store = Store::new(terms.lease);
        let (things, kept, told) = (BinaryHeap::new(), Vec::new(), VecDeque::new());
        let (greatest, tally) = (Token::default(), Tally::default());
        Self { rng, now: 0, calm: false, by_outcome: false, nodes, terms, store, things, kept, greatest, make, tally, told }
    }

    /// Storms and calms, until so many steps were taken.
    pub(crate) fn run(mut self, steps: u64) -> Result<Tally, Broken> {
        match self.weather_until(steps) {
            Ok(()) => Ok(self.tally),
            Err(law) => Err(Broken { law, told: self.told }),
        }
    }

    fn weather_until(&mut self, steps: u64) -> Result<(), String> {
        for at in 0..self.nodes.len() {
            self.tell(at, Event::Start)?;
        }
        self.plan(0, 0, Thing::Weather);
        while self.tally.steps < steps {
            self.calm = false;
            let storm = self.rng.u64(30_000..200_000);
            self.pass(storm)?;
            self.settle()?;
            // What is still on its way may take the lease for nobody; and those that did not serve may all be resting.
            self.pass(DELAY_MAX + u64::from(self.terms.lease.get()) + u64::from(self.terms.rest.get()) + 5_000)?;
            let leader = self.nodes.iter().position(|node| node.leads.is_some() && !node.stepping_down);
            let Some(leader) = leader else { return Err("the store answers, and nobody leads".to_owned()) };
            let before = self.nodes[leader].leads;
            self.pass(20_000)?;
            if self.nodes[leader].leads != before {
                return Err("nothing is wrong, and the lead changes".to_owned());
            }
            self.tally.calms += 1;
        }
        Ok(())
    }

    fn pass(&mut self, time: u64) -> Result<(), String> {
        let end = self.now + time;
        while let Some(Reverse((at, _, index))) = self.things.peek().copied().filter(|Reverse((at, _, _))| *at <= end) {
            self.things.pop();
            self.now = self.now.max(at);
            let (node, run, thing) = self.kept[index];
            if self.nodes[node].run == run || matches!(thing, Thing::Weather | Thing::Ask { .. } | Thing::Restart) {
                self.happens(node, run, thing)?;
            }
        }
        self.now = end;
        if self.things.is_empty() { Err("nothing is awaited any more".to_owned()) } else { Ok(()) }
    }

    /// From here on nothing goes wrong.
    fn settle(&mut self) -> Result<(), String> {
        self.calm = true;
        self.note(|| "calm".to_owned());
        for at in 0..self.nodes.len() {
            self.resume(at)?;
            (self.nodes[at].dials, self.nodes[at].wanted) = (true, true);
            self.tell(at, Event::Start)?;
            if let Some(token) = self.nodes[at].leads {
                self.tell(at, Event::Serving(token))?;
            }
        }
        Ok(())
    }

    pub(crate) fn plan(&mut self, delay: u64, node: usize, thing: Thing) {
        self.things.push(Reverse((self.now + delay, self.kept.len() as u64, self.kept.len())));
        self.kept.push((node, self.nodes[node].run, thing));
    }

    fn happens(&mut self, node: usize, run: u32, thing: Thing) -> Result<(), String> {
        match thing {
            Thing::Wake(wake) if wake != self.nodes[node].wakes => Ok(()),
            Thing::Wake(_) => self.tell(node, Event::Timeout),
            Thing::Ask { request, series, ask } => {
                self.store_hears(node, run, request, series, ask);
                Ok(())
            }
            Thing::Tell { event, revision } => self.hands_over(node, event, revision),
            Thing::Resume => self.resume(node),
            Thing::Restart => {
                if self.nodes[node].wanted {
                    self.tell(node, Event::Start)
                } else {
                    Ok(())
                }
            }
            Thing::Weather => self.weather(),
        }
    }

    fn store_hears(&mut self, node: usize, run: u32, request: Request, series: Request, ask: Ask) {
        let answer = self.store.ask(self.now, (node, run, series.get()), ask);
        self.note(|| format!("store: {node}.{run} {ask:?} {request:?} -> {:?}", answer.reply));
        if answer.freed {
            for other in 0..self.nodes.len() {
                self.sends(other, Thing::Tell { event: Event::Vacant, revision: 0 });
            }
        }
        if self.nodes[node].run == run {
            self.sends(node, Thing::Tell { event: Event::Of(request, answer.reply), revision: answer.revision });
        }
    }

    /// Puts a message on its way, or loses it.
    fn sends(&mut self, node: usize, thing: Thing) {
        let delay = match self.rng.u8(..100) {
            _ if self.calm => self.rng.u64(1..20),
            _ if self.now < self.nodes[node].cut_until => return,
            0..10 => return,
            10..25 => self.rng.u64(1..DELAY_MAX),
            _ => self.rng.u64(1..200),
        };
        self.plan(delay, node, thing);
    }

    pub(crate) fn resume(&mut self, node: usize) -> Result<(), String> {
        if self.nodes[node].paused_until.take().is_none() {
            return Ok(());
        }
        // Its timer and what has come in meanwhile, in any order.
        let mut inbox = core::mem::take(&mut self.nodes[node].inbox);
        inbox.push((Event::Timeout, 0));
        self.rng.shuffle(&mut inbox);
        inbox.into_iter().try_for_each(|(event, revision)| self.hands_over(node, event, revision))
    }

    pub(crate) fn tell(&mut self, node: usize, event: Event) -> Result<(), String> {
        self.hands_over(node, event, 0)
    }

    /// Tells a process what its shell has heard, now or when it goes on.
    fn hands_over(&mut self, node: usize, event: Event, revision: u64) -> Result<(), String> {
        let now = self.now;
        let subject = &mut self.nodes[node];
        if subject.paused_until.is_some() {
            subject.inbox.push((event, revision));
            return Ok(());
        }
        subject.hears(event, revision);
        if let Event::Drained(token) = event
            && subject.leads == Some(token)
        {
            subject.leads = None;
        }
        let clock = subject.clock(now);
        let reaction = subject.candidate.step(clock, self.rng.u32(..), event);
        self.tally.steps += 1;
        self.note(|| format!("{node} at {}: {event:?} -> {reaction:?}", clock.as_millis()));
        if let Reaction::Do(action) = reaction {
            self.performs(node, clock, action)?;
        }
        let held = self.nodes[node].own_law(now, &self.terms);
        self.within(held)?;
        self.one_leads()?;
        let subject = &mut self.nodes[node];
        subject.wakes += 1;
        let wake = Thing::Wake(subject.wakes);
        if let Some(deadline) = subject.candidate.deadline() {
            let delay = subject.sleep(now, deadline);
            self.plan(delay, node, wake);
        }
        Ok(())
    }

    fn performs(&mut self, node: usize, clock: Instant, action: Action) -> Result<(), String> {
        let held = self.nodes[node].leads_in_order(action);
        self.within(held)?;
        let revision = self.nodes[node].revision;
        match action {
            Action::Acquire { request, series } => self.asks(node, clock, request, series, Ask::Acquire),
            Action::Renew { request, series } => self.asks(node, clock, request, series, Ask::Renew(revision)),
            Action::Release { request, lease } => self.asks(node, clock, request, request, Ask::Release(lease.get())),
            Action::Lead(token) => {
                self.tally.leads += 1;
                if core::mem::replace(&mut self.greatest, token) >= token {
                    return Err("a token does not grow".to_owned());
                }
                self.dialled(node, token);
                Ok(())
            }
            Action::StepDown { until } => {
                self.tally.step_downs += 1;
                let delay = self.rng.u64(0..=until.since(clock) * 5 / 4);
                let token = self.nodes[node].leads.unwrap_or_default();
                self.plan(delay, node, Thing::Tell { event: Event::Drained(token), revision: 0 });
                let long = until > clock.after(self.terms.drain);
                self.within(if long { Err("a drain takes longer than it may".to_owned()) } else { Ok(()) })
            }
            Action::Halt => {
                self.tally.halts += 1;
                Ok(())
            }
        }
    }

    fn asks(&mut self, node: usize, clock: Instant, request: Request, series: Request, ask: Ask) -> Result<(), String> {
        let held = self.nodes[node].sends(clock, request, series, &self.terms);
        self.within(held)?;
        self.sends(node, Thing::Ask { request, series, ask });
        if !self.calm && self.rng.u8(..20) == 0 {
            // Its client gives up by itself.
            let delay = self.rng.u64(0..3_000);
            self.plan(delay, node, Thing::Tell { event: Event::Of(request, Reply::Unknown), revision: 0 });
        }
        Ok(())
    }

    fn dialled(&mut self, node: usize, token: Token) {
        let event = if self.calm || self.nodes[node].dials { Event::Serving(token) } else { Event::DialFailed(token) };
        let delay = self.rng.u64(10..500);
        self.plan(delay, node, Thing::Tell { event, revision: 0 });
    }

    /// What holds within one process, if that is asked.
    fn within(&self, held: Result<(), String>) -> Result<(), String> {
        if self.by_outcome { Ok(()) } else { held }
    }

    /// Nobody acts while it is paused.
    fn one_leads(&self) -> Result<(), String> {
        let leaders = self.nodes.iter().filter(|node| node.leads.is_some() && node.paused_until.is_none()).count();
        if leaders > 1 { Err("two lead at once".to_owned()) } else { Ok(()) }
    }

    pub(crate) fn note(&mut self, what: impl FnOnce() -> String) {
        if self.told.len() == TOLD_MAX {
            self.told.pop_front();
        }
        let line = format!("{:>8} {}", self.now, what());
        self.told.push_back(line);
    }

    /// The process ends without a word, and comes back some time.
    pub(crate) fn crash(&mut self, node: usize) {
        let candidate = (self.make)(self.terms);
        let old = &self.nodes[node];
        let mut fresh = Node::new(candidate, old.run + 1, old.rate, old.ahead);
        (fresh.steady_until, fresh.cut_until) = (old.steady_until, old.cut_until);
        self.nodes[node] = fresh;
        let delay = self.rng.u64(100..8_000);
        self.plan(delay, node, Thing::Restart);
    }
}
