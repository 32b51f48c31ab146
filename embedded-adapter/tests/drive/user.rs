//! Owns the user of the tests: notes what it is told, with the time; can be not ready, busy, or of another opinion.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use assert_no_alloc::permit_alloc;
use relink_core::{Attempt, Verdict};
use relink_embedded::wire::Message;
use relink_embedded::{Ending, Event, Step, User};
use relink_profiles::Profile;

use crate::world::World;

type Opinion = fn(&Ending) -> Option<Verdict>;

#[derive(Default)]
pub(crate) struct Notes {
    pub(crate) lines: RefCell<Vec<String>>,
    pub(crate) texts: RefCell<Vec<String>>,
    pub(crate) messages: Cell<usize>,
    pub(crate) deaf: Cell<bool>,
    pub(crate) busy: Cell<bool>,
    /// Answers each text with this before it.
    pub(crate) echo: Cell<Option<&'static str>>,
    pub(crate) opinion: Cell<Option<Opinion>>,
    pub(crate) downs: Cell<usize>,
    pub(crate) is_up: Cell<bool>,
}

impl Notes {
    /// What was told so far, but for messages; each time only once.
    pub(crate) fn take(&self) -> Vec<String> {
        self.lines.take()
    }
}

pub(crate) struct Witness {
    pub(crate) world: Rc<World>,
    pub(crate) notes: Rc<Notes>,
}

impl Witness {
    fn hears<P: Profile>(&self, event: Event<'_, P>) {
        let notes = &self.notes;
        match event {
            Event::Opened { .. } => {}
            Event::Up { attempt } => {
                assert!(!notes.is_up.replace(true), "up twice");
                self.note(format!("up #{}", attempt.number()));
            }
            Event::Message { message, reply, .. } => {
                notes.messages.set(notes.messages.get() + 1);
                if let Message::Text(text) = message {
                    notes.texts.borrow_mut().push(text.into());
                    if let Some(before) = notes.echo.get() {
                        let _room_or_not = reply.send(Message::Text(&format!("{before}{text}")));
                    }
                }
            }
            Event::TooLarge { len, .. } => self.note(format!("too large {len}")),
            Event::Renewed { old, new } => {
                assert!(notes.is_up.get(), "renewed while down");
                self.note(format!("renewed #{} by #{}", old.number(), new.number()));
            }
            Event::Closing { code, .. } => self.note(format!("closing {:?}", code.map(relink_core::CloseCode::get))),
            Event::Down { attempt, why, retry_at } => {
                assert!(notes.is_up.replace(false), "down twice");
                notes.downs.set(notes.downs.get() + 1);
                self.note(format!("down #{}: {why:?}, {}", attempt.number(), at(retry_at)));
            }
            Event::Failed { attempt, why, retry_at } => self.note(format!("failed #{}: {why:?}, {}", attempt.number(), at(retry_at))),
            Event::GaveUp { why } => self.note(format!("gave up: {why:?}")),
        }
    }

    fn note(&self, what: String) {
        self.notes.lines.borrow_mut().push(format!("{} {what}", self.world.now()));
    }
}

impl<P: Profile, H> User<P, H> for Witness {
    fn event(&mut self, event: Event<'_, P>) {
        permit_alloc(|| self.hears(event));
    }

    fn is_ready(&self) -> bool {
        !self.notes.deaf.get()
    }

    fn is_busy(&self, _: Attempt) -> bool {
        self.notes.busy.get()
    }

    fn verdict(&self, why: &Ending) -> Option<Verdict> {
        self.notes.opinion.get().and_then(|opinion| opinion(why))
    }

    fn step(&mut self, step: &Step<'_, H>) {
        assert_eq!(step.now.as_millis(), self.world.now());
    }
}

fn at(retry_at: Option<relink_core::Instant>) -> String {
    retry_at.map_or("never again".into(), |at| format!("again at {}", at.as_millis()))
}
