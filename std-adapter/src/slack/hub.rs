//! What the links of one app share: the account of envelopes, those that wait for the app, and the numbers.

use std::collections::VecDeque;
use std::hash::RandomState;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use relink_core::Attempt;
use relink_core::ledger::{Answer, Fate, Ledger, Notice, Received, Slot, Terms};
use relink_profiles::slack::limits::{ACK_TIMEOUT, DUPLICATES_TTL};
use relink_profiles::slack::{Hello, Kind};
use tokio::sync::Notify;
use tracing::{debug, info, warn};

use super::alarm::Alarm;
use super::envelope::Delivered;
use super::places::{Places, Role};
use super::stats::SlackStats;
use crate::ws::Message;
use crate::{Client, Clock, Ending, LinkState, Millis};

/// What names an envelope. It is kept whole, in the ledger and in the envelope.
pub(super) type Id = Arc<str>;

/// When an acknowledgement is pressing.
const WARN_AFTER: Millis = Millis::new(2500);
/// Envelopes that are known at the beginning; the ledger doubles when it has no room.
const SLOTS_MIN: usize = 256;
/// 600 s at 200 a second, and some in hand.
const SLOTS_MAX: usize = 1 << 18;

/// One connection of one of the app's links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct On {
    pub(super) link: usize,
    pub(super) attempt: Attempt,
}

pub(super) struct Hub {
    state: Mutex<State>,
    /// There is something to take, or nothing will come any more.
    pub(super) changed: Notify,
    clock: Clock,
}

struct State {
    ledger: Ledger<Id, Vec<Slot<Id, On>>, RandomState, On>,
    waiting: VecDeque<Delivered>,
    waiting_max: usize,
    /// Gone when nobody holds the app any more: they would keep its links alive.
    clients: Vec<Client<Message>>,
    places: Places,
    /// The app ends: nothing new is handed out.
    draining: bool,
    alarm: Alarm,
    stats: SlackStats,
    last_ending: Option<Ending>,
}

/// What is to be done about an envelope that came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Todo {
    /// It was handed out, or joined one that was; or it is left to come again.
    Nothing,
    /// It was acknowledged before: acknowledge it again.
    Acknowledge,
}

impl Hub {
    pub(super) fn new(clock: Clock, waiting_max: usize, links: usize) -> Self {
        let terms = Terms { warn_after: WARN_AFTER, due_after: ACK_TIMEOUT, remember_for: DUPLICATES_TTL };
        let state = State {
            ledger: Ledger::new(terms, vec![Slot::EMPTY; SLOTS_MIN], RandomState::new()),
            waiting: VecDeque::new(),
            waiting_max: waiting_max.max(1),
            clients: Vec::new(),
            places: Places::new(links),
            draining: false,
            alarm: Alarm::default(),
            stats: SlackStats::default(),
            last_ending: None,
        };
        Self { state: Mutex::new(state), changed: Notify::new(), clock }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn count(&self, count: impl FnOnce(&mut SlackStats)) {
        count(&mut self.lock().stats);
    }
}

/// What comes in.
impl Hub {
    /// Slack has accepted a connection.
    pub(super) fn hello(&self, on: On, hello: &Hello<'_>) {
        let mut state = self.lock();
        state.places.accepted(on);
        let ours = u32::try_from(state.places.live()).unwrap_or(u32::MAX);
        state.stats.num_connections = hello.num_connections;
        state.stats.ghosts = hello.num_connections.unwrap_or_default().saturating_sub(ours);
        let alarm = hello.num_connections.and_then(|number| state.alarm.heard(number));
        drop(state);
        let (link, attempt, num_connections) = (on.link, on.attempt.number(), hello.num_connections);
        info!(link, attempt, num_connections, host = hello.host.map(tracing::field::display), "Slack says hello");
        gauge(num_connections);
        if let Some(alarm) = alarm {
            warn!(num_connections, ours, "{alarm}");
        }
    }

    /// Takes an envelope in. It is recorded before anybody can see it.
    pub(super) fn received(&self, delivered: Delivered) -> Todo {
        let now = self.clock.now();
        let mut guard = self.lock();
        let state = &mut *guard;
        if !state.ledger.has_room(now) && state.ledger.capacity() < SLOTS_MAX {
            let larger = vec![Slot::EMPTY; state.ledger.capacity().saturating_mul(2)];
            let _the_old_memory = state.ledger.exchange(larger);
        }
        let (kind, on) = (delivered.kind, delivered.on);
        let received = state.ledger.received(now, delivered.id.clone(), on, kind.comes_again());
        match received {
            Received::New | Received::Unrecorded(_) => {}
            Received::Joined | Received::Unjoined => {
                state.stats.joined = state.stats.joined.saturating_add(1);
                return Todo::Nothing;
            }
            Received::Known => {
                state.stats.known = state.stats.known.saturating_add(1);
                return Todo::Acknowledge;
            }
        }
        if state.draining || state.waiting.len() >= state.waiting_max {
            let _comes_again = state.ledger.dropped(&delivered.id);
            state.leave(kind);
            return Todo::Nothing;
        }
        state.stats.handed_out = state.stats.handed_out.saturating_add(1);
        state.waiting.push_back(delivered);
        drop(guard);
        self.changed.notify_one();
        Todo::Nothing
    }

    /// An envelope came in that cannot be answered: our Close was sent before.
    pub(super) fn too_late(&self, kind: Kind) {
        self.lock().leave(kind);
    }

    /// A connection is over.
    pub(super) fn lost(&self, on: On) {
        let now = self.clock.now();
        let mut state = self.lock();
        state.places.lost(on);
        let _told_by_and_by = state.ledger.lost(now, on);
    }

    /// Whether something is in hand that came on this connection.
    pub(super) fn is_busy(&self, on: On) -> bool {
        self.lock().ledger.in_hand(on) > 0
    }

    /// Takes a place for an attempt of this link, if there is one.
    pub(super) fn take_place(&self, link: usize) -> Option<Role> {
        self.lock().places.take(link)
    }

    /// The attempt of this link was over before there was a connection.
    pub(super) fn failed(&self, link: usize) {
        self.lock().places.failed(link);
    }

    /// Connections that Slack has accepted and that are still there.
    pub(super) fn live(&self) -> usize {
        self.lock().places.live()
    }
}

/// What goes out.
impl Hub {
    /// The next envelope for the app.
    pub(super) fn take(&self) -> Option<Delivered> {
        self.lock().waiting.pop_front()
    }

    /// The app has acknowledged this envelope: where is that to be sent? To be asked until there is nowhere.
    pub(super) fn acknowledge(&self, id: &Id) -> Answer<On> {
        self.lock().ledger.acknowledge(self.clock.now(), id)
    }

    /// The app has dropped this envelope without a word.
    pub(super) fn dropped(&self, id: &Id, kind: Kind) {
        let mut state = self.lock();
        let _comes_again = state.ledger.dropped(id);
        state.stats.dropped = state.stats.dropped.saturating_add(1);
        drop(state);
        let comes_again = kind.comes_again();
        warn!(envelope = %id, kind = kind.as_str(), comes_again, "an envelope was dropped without an acknowledgement");
    }

    pub(super) fn send(&self, on: On, text: &str) -> bool {
        let client = self.lock().clients.get(on.link).cloned();
        let sent = client.is_some_and(|client| client.try_send_on(on.attempt, text).is_ok());
        self.count(|stats| *if sent { &mut stats.acks } else { &mut stats.acks_unsent } += 1);
        sent
    }
}

/// The app's life.
impl Hub {
    pub(super) fn set_clients(&self, clients: Vec<Client<Message>>) {
        self.lock().clients = clients;
    }

    /// Forgets the handles: when nobody else has any, the links stop.
    pub(super) fn forget_clients(&self) {
        let clients = std::mem::take(&mut self.lock().clients);
        drop(clients);
        self.changed.notify_waiters();
    }

    pub(super) fn clients(&self) -> Vec<Client<Message>> {
        self.lock().clients.clone()
    }

    pub(super) fn set_draining(&self, draining: bool) {
        let mut state = self.lock();
        state.draining = draining;
        if !draining {
            state.last_ending = None;
        }
    }

    pub(super) fn gave_up(&self, why: Ending) {
        self.lock().last_ending = Some(why);
    }

    pub(super) fn ended(&self) -> Option<Ending> {
        self.lock().last_ending.clone()
    }

    /// Whether every link has ended.
    pub(super) fn is_over(&self) -> bool {
        self.clients().iter().all(|client| matches!(client.state(), LinkState::Shutdown { .. }))
    }

    pub(super) fn stats(&self) -> SlackStats {
        let mut state = self.lock();
        let (in_hand, waiting) = (state.ledger.in_hand_in_all(), state.waiting.len());
        (state.stats.forgotten_early, state.stats.unrecorded) = (state.ledger.forgotten_early(), state.ledger.unrecorded());
        let stats = SlackStats { in_hand, waiting, live: state.places.live(), ..state.stats.clone() };
        let clients = state.clients.clone();
        drop(state);
        SlackStats { links: clients.iter().map(Client::stats).collect(), ..stats }
    }

    /// Tells what is due, and when to come back.
    pub(super) fn tell_due(&self) -> Option<relink_core::Instant> {
        let now = self.clock.now();
        let mut guard = self.lock();
        let State { ledger, stats, .. } = &mut *guard;
        while let Some(notice) = ledger.timeout(now) {
            tell(notice, stats);
        }
        ledger.deadline()
    }

    pub(super) fn now(&self) -> relink_core::Instant {
        self.clock.now()
    }
}

impl State {
    /// An envelope is not handed out and not acknowledged.
    fn leave(&mut self, kind: Kind) {
        let count = if kind.comes_again() { &mut self.stats.left_to_come_again } else { &mut self.stats.lost };
        *count = count.saturating_add(1);
        if !kind.comes_again() {
            warn!(kind = kind.as_str(), "an envelope that never comes again was not handed out: the app ends, or is too far behind");
        }
    }
}

fn tell(notice: Notice<'_, Id, On>, stats: &mut SlackStats) {
    match notice {
        Notice::Pressing { id, on, .. } => {
            stats.pressing = stats.pressing.saturating_add(1);
            warn!(envelope = %id, link = on.link, "an acknowledgement is pressing: Slack waits for half a second more");
        }
        Notice::Late { id, on } => {
            stats.late = stats.late.saturating_add(1);
            warn!(envelope = %id, link = on.link, "an acknowledgement is late: Slack has given up waiting for it");
        }
        Notice::Lost { id, on, fate: Fate::Again } => {
            stats.lost_in_hand_again = stats.lost_in_hand_again.saturating_add(1);
            info!(envelope = %id, link = on.link, "the connection was lost before the acknowledgement: the envelope comes again");
        }
        Notice::Lost { id, on, fate: Fate::Never } => {
            stats.lost_in_hand_never = stats.lost_in_hand_never.saturating_add(1);
            warn!(envelope = %id, link = on.link, "the connection was lost before the acknowledgement: the envelope never comes again");
        }
        Notice::Lost { id, on, fate: Fate::Elsewhere } => {
            debug!(envelope = %id, link = on.link, "one of the connections that brought this envelope was lost");
        }
    }
}

#[cfg(feature = "metrics")]
fn gauge(num_connections: Option<u32>) {
    if let Some(number) = num_connections {
        metrics::gauge!("relink_slack_num_connections").set(number);
    }
}

#[cfg(not(feature = "metrics"))]
const fn gauge(_: Option<u32>) {}
