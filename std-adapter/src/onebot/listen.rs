//! A bot's ear: what an implementation sends becomes answers to calls, and events.

use std::sync::Arc;

use relink_profiles::Profile;
use relink_profiles::onebot::{Application, Incoming};

use super::calls::{Calls, On};
use super::event::{Event, Meta, Post, Stage};
use super::feed::Source;
use super::inlet::{Inlet, Told};
use super::response::Response;
use super::text;
use crate::ws::Message;
use crate::{Client, States};

/// What takes in what an implementation sends.
pub(super) struct Ear {
    pub(super) calls: Arc<Calls>,
    pub(super) source: Source,
    /// The way back, where calls find it here.
    pub(super) client: Option<Client<Message>>,
    /// The implementation has said that it is switched off.
    pub(super) disabled: bool,
}

impl Ear {
    pub(super) const fn new(calls: Arc<Calls>, source: Source, client: Option<Client<Message>>) -> Self {
        Self { calls, source, client, disabled: false }
    }

    /// Takes in all that comes, until nothing will come any more.
    pub(super) async fn listen(mut self, mut inlet: Inlet, mut states: States<Message>) {
        let mut changes = true;
        loop {
            self.source.room().await;
            tokio::select! {
                biased;
                told = inlet.next() => match told {
                    Some(told) => self.hear(told),
                    None => break,
                },
                // A connection that only waits for its end is over for those who wait for answers.
                state = states.changed(), if changes => match state {
                    Some(state) => self.calls.look(state),
                    None => changes = false,
                },
            }
        }
    }

    fn hear(&mut self, told: Told) {
        match told {
            Told::Up(attempt) => {
                self.disabled = false;
                self.calls.open(On { attempt, client: self.client.clone() });
                self.source.tell(Event::Up);
            }
            Told::Message(message) => self.understand(&message),
            Told::Down { why, retry_at } => {
                self.calls.close();
                self.source.tell(Event::Down { why, expected: self.disabled, retry_at });
            }
            Told::Failed { why, retry_at } => self.source.tell(Event::Failed { why, retry_at }),
            Told::GaveUp(why) => self.source.tell(Event::GaveUp { why }),
        }
    }

    fn understand(&mut self, message: &Message) {
        let Some(text) = text::of(message) else {
            tracing::debug!(bytes = message.len(), "a message of an implementation is no text");
            return;
        };
        match Application.recognise(&text) {
            Ok(Incoming::Response(response)) => self.calls.answer(response.call(), Response::new(&response, &text)),
            Ok(Incoming::Lifecycle(lifecycle)) => {
                let meta = Meta::lifecycle(&lifecycle, &text);
                self.disabled |= matches!(&meta, Meta::Lifecycle(lifecycle) if lifecycle.stage == Stage::Disable);
                self.source.offer(Event::Meta(meta));
            }
            Ok(Incoming::Heartbeat(heartbeat)) => self.source.offer(Event::Meta(Meta::heartbeat(&heartbeat, &text))),
            Ok(Incoming::Event(event)) => self.source.offer(Event::Post(Post::new(&event, &text))),
            Err(why) => tracing::debug!(%why, bytes = text.len(), "a message of an implementation cannot be read"),
        }
    }
}

/// However the ear ends: nobody waits for an answer that nobody hears.
impl Drop for Ear {
    fn drop(&mut self) {
        self.calls.close();
    }
}
