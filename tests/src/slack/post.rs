//! Owns the way of an envelope: which connection gets it, the watch for its acknowledgement, and when it is sent again.

use std::sync::Arc;

use tokio::time::{Instant, sleep};

use super::envelope::{Delivery, Envelope, Fate};
use super::hub::{Hub, State};
use super::message;
use super::order::Order;
use super::reason::Kind;
use crate::fault::{Frame, Opcode};

impl Hub {
    /// Posts an envelope, on this connection or on any, and watches over it. One with an id that is in the book already is
    /// sent once more, as the first time.
    pub(crate) fn post(self: &Arc<Self>, id: Option<String>, kind: Kind, payload: String, on: Option<usize>) -> String {
        let now = Instant::now();
        let (id, new) = self.change(|state| {
            let id = id.unwrap_or_else(|| uuid(state));
            let new = !state.book.envelopes.contains_key(&id);
            if new {
                state.book.counts.posted += 1;
                state.book.envelopes.insert(id.clone(), Envelope::new(id.clone(), kind, payload, now));
            }
            deliver(state, &id, 0, on, self.settings.ghosts_receive);
            (id, new)
        });
        if new {
            self.spawn(watch(self.clone(), id.clone(), kind));
        }
        id
    }
}

/// Sends an envelope on this connection, or on any: each is as likely as the others, be it alive or a ghost.
fn deliver(state: &mut State, id: &str, attempt: u32, on: Option<usize>, ghosts_receive: bool) {
    let chosen: Vec<usize> = state
        .registrations
        .iter()
        .filter(|registration| registration.ready && (ghosts_receive || registration.orders.is_some()))
        .map(|registration| registration.connection)
        .filter(|connection| on.is_none_or(|on| on == *connection))
        .collect();
    let connection = state.chance.choice(chosen);
    let Some(envelope) = state.book.envelopes.get_mut(id) else { return };
    let first = envelope.sent() == 0;
    envelope.deliveries.push(Delivery { at: Instant::now(), connection, attempt });
    let text = message::envelope(id, envelope.kind, &envelope.payload, attempt);
    let counts = &mut state.book.counts;
    let Some(connection) = connection else {
        counts.undeliverable += 1;
        return;
    };
    counts.delivered += 1;
    counts.redelivered += usize::from(!first);
    let orders = state.registration_mut(connection).and_then(|registration| registration.orders.as_ref());
    if let Some(orders) = orders {
        // A task that has just ended leaves a ghost, and what is sent to it is lost.
        let _ = orders.send(Order::Say(Frame::new(Opcode::Text, text)));
    }
}

/// Waits for the acknowledgement of each delivery, and sends an event again as Slack does.
async fn watch(hub: Arc<Hub>, id: String, kind: Kind) {
    let again: &[_] = if kind.comes_again() { &hub.settings.redelivery } else { &[] };
    for (attempt, delay) in (1_u32..).zip(again) {
        sleep(hub.paced(hub.settings.ack_timeout)).await;
        if settled(&hub, &id) {
            return;
        }
        sleep(hub.paced(*delay)).await;
        if settled(&hub, &id) {
            return;
        }
        hub.change(|state| deliver(state, &id, attempt, None, hub.settings.ghosts_receive));
    }
    sleep(hub.paced(hub.settings.ack_timeout)).await;
    if settled(&hub, &id) {
        return;
    }
    hub.change(|state| {
        let Some(envelope) = state.book.envelopes.get_mut(&id) else { return };
        envelope.fate = Fate::Lost;
        state.book.counts.lost += 1;
        state.book.counts.events_lost += usize::from(kind.comes_again());
        if hub.settings.forget_settled {
            state.book.envelopes.swap_remove(&id);
        }
    });
}

/// Whether the envelope is acknowledged, and nothing more is to be done for it.
fn settled(hub: &Hub, id: &str) -> bool {
    let acknowledged = hub.read(|book| book.envelopes.get(id).is_none_or(|envelope| envelope.fate == Fate::Acknowledged));
    if acknowledged && hub.settings.forget_settled {
        hub.change(|state| state.book.envelopes.swap_remove(id));
    }
    acknowledged
}

/// An id as Slack's: a random UUID (RFC 9562 §5.4).
fn uuid(state: &mut State) -> String {
    let hex = state.hex(32);
    let mut text = String::new();
    for (place, digit) in hex.chars().enumerate() {
        if matches!(place, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(match place {
            12 => '4',
            16 => '8',
            _ => digit,
        });
    }
    text
}
