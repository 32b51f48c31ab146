//! Owns an app of Slack's as it could run on a device: acknowledges each envelope on its own connection, hands each out once.

use std::cell::{Cell, RefCell};
use std::fmt::Write;
use std::hash::RandomState;
use std::rc::Rc;

use assert_no_alloc::permit_alloc;
use heapless::String as Text;
use relink_core::ledger::{Answer, Ledger, Received, Slot, Terms};
use relink_core::{Attempt, Instant};
use relink_embedded::wire::Message;
use relink_embedded::{Event, Reply, Step, User};
use relink_profiles::slack::{Envelope, Incoming, Kind, Slack, ack};

use crate::user::Witness;

/// What an envelope is called; those of Slack are UUIDs.
type Id = Text<40>;

/// What the outside sees and sets of it.
#[derive(Default)]
pub(crate) struct Desk {
    /// Envelopes handed out.
    pub(crate) done: RefCell<Vec<String>>,
    /// Nothing is acknowledged yet: the work takes its time.
    pub(crate) is_slow: Cell<bool>,
}

pub(crate) struct App {
    pub(crate) desk: Rc<Desk>,
    witness: Witness,
    /// All the memory there is for it: 24 slots.
    ledger: Ledger<Id, [Slot<Id>; 24], RandomState>,
    now: Instant,
}

impl App {
    pub(crate) fn new(witness: Witness, desk: Rc<Desk>) -> Self {
        let ledger = Ledger::new(Terms::DEFAULT, [const { Slot::EMPTY }; 24], RandomState::new());
        Self { desk, witness, ledger, now: Instant::ZERO }
    }

    fn envelope(&mut self, on: Attempt, envelope: &Envelope<'_>, reply: &mut dyn Reply) {
        let mut id = Id::new();
        if write!(id, "{}", envelope.id).is_err() {
            return;
        }
        match self.ledger.received(self.now, id.clone(), on, envelope.kind == Kind::EventsApi) {
            Received::New | Received::Unrecorded(_) => permit_alloc(|| self.desk.done.borrow_mut().push(id.as_str().into())),
            Received::Joined | Received::Unjoined => {}
            Received::Known => return acknowledge(&id, reply),
        }
        // Where else it came has to come again: there is a reply for this connection only.
        while !self.desk.is_slow.get()
            && let Answer::On(connection) = self.ledger.acknowledge(self.now, &id)
        {
            if connection == on {
                acknowledge(&id, reply);
            }
        }
    }
}

/// What finds no room is delivered again.
fn acknowledge(id: &str, reply: &mut dyn Reply) {
    let mut buffer = [0; 80];
    if let Ok(text) = ack::bare(&mut buffer, id) {
        let _room_or_not = reply.send(Message::Text(text));
    }
}

impl<H> User<Slack, H> for App {
    fn event(&mut self, event: Event<'_, Slack>) {
        match event {
            Event::Message { attempt, meaning: Some(Ok(Incoming::Envelope(envelope))), reply, .. } => {
                self.envelope(attempt, &envelope, reply);
            }
            Event::Message { .. }
            | Event::Opened { .. }
            | Event::Up { .. }
            | Event::TooLarge { .. }
            | Event::Renewed { .. }
            | Event::Closing { .. }
            | Event::Down { .. }
            | Event::Failed { .. }
            | Event::GaveUp { .. } => User::<Slack, H>::event(&mut self.witness, event),
        }
    }

    fn is_busy(&self, attempt: Attempt) -> bool {
        self.ledger.in_hand(attempt) > 0
    }

    fn step(&mut self, step: &Step<'_, H>) {
        self.now = step.now;
    }
}
