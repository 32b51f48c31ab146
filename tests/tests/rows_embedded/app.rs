//! Owns the app: acknowledges each envelope on its own connection, hands each out once, all in fixed memory.

use std::cell::RefCell;
use std::fmt::Write;
use std::hash::RandomState;

use heapless::String as Text;
use relink_embedded::wire::Message;
use relink_embedded::{Event, Step, User};
use relink_profiles::slack::{Incoming, Kind, Slack, ack};
use relink_tokio::Attempt;
use relink_tokio::core::Instant;
use relink_tokio::core::ledger::{Answer, Ledger, Received, Slot, Terms};

type Id = Text<40>;

/// What the app was told.
#[derive(Default)]
pub(crate) struct Diary {
    pub(crate) done: Vec<String>,
    pub(crate) ups: u32,
    pub(crate) renewals: u32,
    pub(crate) downs: u32,
    pub(crate) failures: Vec<String>,
    pub(crate) gave_up: Option<String>,
}

pub(crate) struct App<'a> {
    diary: &'a RefCell<Diary>,
    ledger: Ledger<Id, [Slot<Id>; 64], RandomState>,
    now: Instant,
}

impl<'a> App<'a> {
    pub(crate) fn new(diary: &'a RefCell<Diary>) -> Self {
        Self { diary, ledger: Ledger::new(Terms::DEFAULT, [const { Slot::EMPTY }; 64], RandomState::new()), now: Instant::ZERO }
    }

    /// Hands an envelope out, if it is new. Whatever it is, it is acknowledged on this connection, at once.
    fn receives(&mut self, id: &Id, kind: Kind, on: Attempt) {
        match self.ledger.received(self.now, id.clone(), on, kind == Kind::EventsApi) {
            Received::New | Received::Unrecorded(_) => self.diary.borrow_mut().done.push(id.as_str().into()),
            Received::Joined | Received::Unjoined | Received::Known => {}
        }
        while let Answer::On(_) = self.ledger.acknowledge(self.now, id) {}
    }
}

impl<H> User<Slack, H> for App<'_> {
    fn event(&mut self, event: Event<'_, Slack>) {
        match event {
            Event::Message { attempt, meaning: Some(Ok(Incoming::Envelope(envelope))), reply, .. } => {
                let (mut id, mut buffer) = (Id::new(), [0; 80]);
                if write!(id, "{}", envelope.id).is_ok()
                    && let Ok(text) = ack::bare(&mut buffer, &id)
                {
                    self.receives(&id, envelope.kind, attempt);
                    // What finds no room is delivered again.
                    let _room_or_not = reply.send(Message::Text(text));
                }
            }
            Event::Up { .. } => self.diary.borrow_mut().ups += 1,
            Event::Renewed { .. } => self.diary.borrow_mut().renewals += 1,
            Event::Down { .. } => self.diary.borrow_mut().downs += 1,
            Event::Failed { why, .. } => self.diary.borrow_mut().failures.push(why.to_string()),
            Event::GaveUp { why } => self.diary.borrow_mut().gave_up = Some(why.to_string()),
            Event::Message { .. } | Event::Opened { .. } | Event::TooLarge { .. } | Event::Closing { .. } => {}
        }
    }

    fn is_busy(&self, attempt: Attempt) -> bool {
        self.ledger.in_hand(attempt) > 0
    }

    fn step(&mut self, step: &Step<'_, H>) {
        self.now = step.now;
    }
}
