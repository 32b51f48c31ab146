//! The model: a ledger of plain lists, which are searched from end to end and counted anew for every question.

use std::collections::{HashMap, HashSet, VecDeque};

use relink_core::ledger::{Answer, Fate, Received, Terms};
use relink_core::{Instant, Millis};

pub(crate) type Id = u8;
pub(crate) type Name = u8;

/// A notice without a borrowed id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Pressing(Id, Name, Instant),
    Late(Id, Name),
    Lost(Id, Name, Fate),
}

/// A connection: its name, and how often that name had been lost before.
type Connection = (Name, u32);

#[derive(Clone, Copy, Debug)]
struct Delivery {
    on: Connection,
    /// The order in which connections brought envelopes first.
    first: u64,
    /// The order in which they brought them last.
    latest: u64,
    at: Instant,
    pressed: bool,
    late: bool,
}

#[derive(Clone, Debug)]
struct Held {
    redelivered: bool,
    deliveries: Vec<Delivery>,
}

#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) capacity: usize,
    terms: Terms,
    now: Instant,
    order: u64,
    held: HashMap<Id, Held>,
    known: VecDeque<(Id, Instant)>,
    lost: HashMap<Name, u32>,
    pub(crate) forgotten_early: u64,
    pub(crate) unrecorded: u64,
}

impl Model {
    pub(crate) fn new(capacity: usize, terms: Terms) -> Self {
        let (held, known, lost) = (HashMap::new(), VecDeque::new(), HashMap::new());
        Self { capacity, terms, now: Instant::ZERO, order: 0, held, known, lost, forgotten_early: 0, unrecorded: 0 }
    }

    pub(crate) fn received(&mut self, now: Instant, id: Id, name: Name, redelivered: bool) -> Received<Id> {
        self.tick(now);
        let on = self.current(name);
        if let Some(at) = self.known.iter().position(|(known, _)| *known == id) {
            self.known.remove(at);
            self.known.push_back((id, self.now));
            return Received::Known;
        }
        self.order += 1;
        let (order, now) = (self.order, self.now);
        let fresh = Delivery { on, first: order, latest: order, at: now, pressed: false, late: false };
        if let Some(held) = self.held.get_mut(&id)
            && let Some(again) = held.deliveries.iter_mut().find(|delivery| delivery.on == on)
        {
            *again = Delivery { first: again.first, ..fresh };
            return Received::Joined;
        }
        let joins = self.held.contains_key(&id);
        if !self.make_room(if joins { 1 } else { 2 } + usize::from(!self.connections().contains(&on))) {
            self.unrecorded += 1;
            return if joins { Received::Unjoined } else { Received::Unrecorded(id) };
        }
        let held = self.held.entry(id).or_insert(Held { redelivered, deliveries: Vec::new() });
        held.deliveries.push(fresh);
        if joins { Received::Joined } else { Received::New }
    }

    pub(crate) fn acknowledge(&mut self, now: Instant, id: Id) -> Answer<Name> {
        self.tick(now);
        let lost = self.lost.clone();
        let live = |delivery: &Delivery| lost.get(&delivery.on.0).copied().unwrap_or(0) == delivery.on.1;
        let Some(held) = self.held.get_mut(&id) else {
            return if self.known.iter().any(|(known, _)| *known == id) { Answer::Done } else { Answer::Unknown };
        };
        let answered = held.deliveries.iter().position(live);
        let answer = answered.map_or(Answer::Nowhere, |at| Answer::On(held.deliveries[at].on.0));
        held.deliveries.drain(..answered.map_or(held.deliveries.len(), |at| at + 1));
        if !held.deliveries.iter().any(live) {
            self.held.remove(&id);
            self.known.push_back((id, self.now));
            self.forget();
        }
        answer
    }

    pub(crate) fn dropped(&mut self, id: Id) -> Option<Fate> {
        self.held.remove(&id).map(|held| if held.redelivered { Fate::Again } else { Fate::Never })
    }

    pub(crate) fn lost(&mut self, now: Instant, name: Name) -> u32 {
        self.tick(now);
        let waiting = self.in_hand(name);
        if waiting > 0 {
            *self.lost.entry(name).or_default() += 1;
            self.loss_order(name);
        }
        waiting
    }

    /// Losses are told in their order: what is lost later is moved behind by its number, once.
    fn loss_order(&mut self, name: Name) {
        self.order += 1;
        let base = self.order << 32;
        let lost = (name, self.lost[&name] - 1);
        let all = self.held.values_mut().flat_map(|held| &mut held.deliveries);
        all.filter(|delivery| delivery.on == lost).for_each(|delivery| delivery.first += base);
    }

    pub(crate) fn timeout(&mut self, now: Instant) -> Option<Told> {
        self.tick(now);
        if let Some((id, gone)) = self.first_lost() {
            let held = self.held.get_mut(&id)?;
            held.deliveries.retain(|delivery| delivery.on != gone.on);
            let redelivered = held.redelivered;
            let elsewhere = self.held[&id].deliveries.iter().any(|delivery| self.is_live(delivery));
            let fate = if elsewhere { Fate::Elsewhere } else { [Fate::Never, Fate::Again][usize::from(redelivered)] };
            return Some(Told::Lost(id, gone.on.0, fate));
        }
        let due = |delivery: &Delivery| after(delivery.at, self.terms.due_after);
        let pressing = |delivery: &Delivery| self.pressing(delivery);
        let late = self.first(|delivery| !delivery.late && due(delivery) <= self.now);
        let pressed = self.first(|delivery| !delivery.late && !delivery.pressed && pressing(delivery) <= self.now);
        let (id, on, is_late) = match (late, pressed) {
            (Some((id, delivery)), _) => (id, delivery.on, true),
            (None, Some((id, delivery))) => (id, delivery.on, false),
            (None, None) => return None,
        };
        let delivery = self.held.get_mut(&id)?.deliveries.iter_mut().find(|delivery| delivery.on == on)?;
        (delivery.late, delivery.pressed) = (is_late, true);
        let due = after(delivery.at, self.terms.due_after);
        Some(if is_late { Told::Late(id, on.0) } else { Told::Pressing(id, on.0, due) })
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        if self.first_lost().is_some() {
            return Some(self.now);
        }
        let waiting = self.deliveries().filter(|(_, delivery)| !delivery.late);
        let next = waiting.map(|(_, delivery)| {
            let due = after(delivery.at, self.terms.due_after);
            if delivery.pressed { due } else { due.min(self.pressing(&delivery)) }
        });
        next.min().filter(|next| *next < Instant::NEVER)
    }

    pub(crate) fn in_hand(&self, name: Name) -> u32 {
        let on = self.current(name);
        self.deliveries().filter(|(_, delivery)| delivery.on == on).count() as u32
    }

    pub(crate) fn in_hand_in_all(&self) -> u32 {
        self.held.len() as u32
    }

    /// What is known at this time.
    pub(crate) fn known(&self, now: Instant) -> usize {
        self.known.iter().filter(|(_, at)| at.after(self.terms.remember_for) > self.now.max(now)).count()
    }

    pub(crate) fn has_room(&self, now: Instant) -> bool {
        self.taken() + self.known(now) + 3 <= self.capacity
    }

    fn taken(&self) -> usize {
        self.held.len() + self.deliveries().count() + self.connections().len()
    }

    fn make_room(&mut self, slots: usize) -> bool {
        if self.taken() + slots > self.capacity {
            return false;
        }
        while self.taken() + self.known.len() + slots > self.capacity {
            self.known.pop_front();
            self.forgotten_early += 1;
        }
        true
    }

    fn tick(&mut self, now: Instant) {
        self.now = self.now.max(now);
        self.forget();
    }

    fn forget(&mut self) {
        let (now, length) = (self.now, self.terms.remember_for);
        self.known.retain(|(_, at)| at.after(length) > now);
    }

    fn current(&self, name: Name) -> Connection {
        (name, self.lost.get(&name).copied().unwrap_or(0))
    }

    fn is_live(&self, delivery: &Delivery) -> bool {
        self.current(delivery.on.0) == delivery.on
    }

    fn deliveries(&self) -> impl Iterator<Item = (Id, Delivery)> {
        self.held.iter().flat_map(|(id, held)| held.deliveries.iter().map(|delivery| (*id, *delivery)))
    }

    fn connections(&self) -> HashSet<Connection> {
        self.deliveries().map(|(_, delivery)| delivery.on).collect()
    }

    fn first_lost(&self) -> Option<(Id, Delivery)> {
        self.deliveries().filter(|(_, delivery)| !self.is_live(delivery)).min_by_key(|(_, delivery)| delivery.first)
    }

    fn first(&self, wanted: impl Fn(&Delivery) -> bool) -> Option<(Id, Delivery)> {
        self.deliveries().filter(|(_, delivery)| wanted(delivery)).min_by_key(|(_, delivery)| delivery.latest)
    }

    fn pressing(&self, delivery: &Delivery) -> Instant {
        let Terms { warn_after, due_after, .. } = self.terms;
        let senseless = !due_after.is_zero() && warn_after >= due_after;
        if senseless { Instant::NEVER } else { after(delivery.at, warn_after) }
    }
}

/// 0 is "off".
fn after(at: Instant, length: Millis) -> Instant {
    if length.is_zero() { Instant::NEVER } else { at.after(length) }
}
