//! Owns what comes out of the queue: deliveries and their answers, and the dead letters.

use std::time::Duration;

use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::AckKind;
use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::consumer::pull::{self, MessagesErrorKind};
use async_nats::jetstream::message::{Message, StreamMessage};
use async_nats::{HeaderMap, Request, Subject};
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::time::Instant;

use super::{FETCH, KEY, Nats, Shared, TOKEN, answer, setup};
use crate::envelope::one_line;
use crate::{DeadLetter, Envelope, Fault, Reason, Refused, Token};

/// The most that are fetched ahead: their time runs while they wait here.
const BATCH_MAX: u16 = 32;
const EXPIRES: Duration = Duration::from_secs(30);
/// The server shows so often that it is there while there is nothing to deliver.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// Reads one partition.
pub struct Consumer {
    engine: Nats,
    consumer: PullConsumer,
    messages: Option<pull::Stream>,
}

/// One message in hand.
#[derive(Debug)]
pub struct Delivery {
    engine: Nats,
    reply: Subject,
    sequence: u64,
    delivered: u64,
    token: Token,
    envelope: Envelope,
}

impl Consumer {
    pub(super) async fn new(engine: &Nats, partition: u16) -> Result<Self, Fault> {
        Ok(Self { engine: engine.clone(), consumer: setup::consumer(&engine.0, partition).await?, messages: None })
    }

    async fn message(&mut self) -> Result<Message, Fault> {
        let line = &self.engine.0.line;
        let began = Instant::now();
        let messages = match &mut self.messages {
            Some(messages) => messages,
            None => {
                let batch = usize::from(self.engine.0.settings.max_ack_pending.min(BATCH_MAX));
                let pull = self.consumer.stream().max_messages_per_batch(batch).expires(EXPIRES).heartbeat(HEARTBEAT);
                let opened = line.ask(FETCH, pull.messages()).await?.map_err(|error| answer::server(&error))?;
                self.messages.insert(opened)
            }
        };
        line.check_version()?;
        let fault = match messages.next().await {
            Some(Ok(message)) => return Ok(message),
            Some(Err(error)) if error.kind() == MessagesErrorKind::MissingHeartbeat => {
                line.timed_out(FETCH, began).await;
                Fault::TimedOut { what: FETCH }
            }
            Some(Err(error)) if error.kind() == MessagesErrorKind::NoResponders => Fault::NoLeader,
            Some(Err(error)) => answer::server(&error),
            None => Fault::Server("the delivery ended".into()),
        };
        self.messages = None;
        Err(fault)
    }
}

impl crate::Consumer for Consumer {
    type Delivery = Delivery;

    async fn next(&mut self) -> Result<Delivery, Fault> {
        loop {
            let message = self.message().await?;
            let (token, headers) = match &message.headers {
                Some(headers) => (token(headers)?, headers),
                None => return Err(not_ours()),
            };
            let Some(envelope) = envelope(headers, &message.payload) else {
                // A marker. If this is not heard, it comes again.
                let _ = message.ack().await;
                continue;
            };
            let info = message.info().map_err(|error| Fault::NotOurs(error.to_string().into()))?;
            return Ok(Delivery {
                engine: self.engine.clone(),
                reply: message.reply.clone().ok_or_else(not_ours)?,
                sequence: info.stream_sequence,
                delivered: u64::try_from(info.delivered).unwrap_or(1),
                token,
                envelope,
            });
        }
    }
}

impl Delivery {
    /// By a request, so that silence shows.
    async fn answer(&self, what: &'static str, kind: AckKind) -> Result<(), Fault> {
        let line = &self.engine.0.line;
        let request = Request::new().payload(kind.into());
        line.ask(what, line.client().send_request(self.reply.clone(), request))
            .await?
            .map(drop)
            .map_err(|error| answer::unanswered(what, &error))
    }
}

impl crate::Delivery for Delivery {
    fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    fn sequence(&self) -> u64 {
        self.sequence
    }

    fn token(&self) -> Token {
        self.token
    }

    fn delivered(&self) -> u64 {
        self.delivered
    }

    async fn ack(&self) -> Result<(), Fault> {
        self.answer("acknowledge", AckKind::Ack).await
    }

    async fn nack(&self, delay: Duration) -> Result<(), Fault> {
        self.answer("hand back", AckKind::Nak((!delay.is_zero()).then_some(delay))).await
    }

    async fn in_progress(&self) -> Result<(), Fault> {
        self.answer("show progress", AckKind::Progress).await
    }

    async fn dead_letter(&self, reason: &str) -> Result<(), Fault> {
        let mut headers = HeaderMap::new();
        headers.insert(NATS_MESSAGE_ID, self.sequence.to_string());
        headers.insert(ID, &*self.envelope.id);
        headers.insert(KEY, &*self.envelope.key);
        headers.insert(TOKEN, self.token.get().to_string());
        headers.insert(REASON, &*one_line(reason));
        let subject = setup::dead_subject(&self.engine.0.name);
        match self.engine.publish("put to the dead letters", subject, headers, self.envelope.payload.clone()).await {
            Ok(_) => self.answer("end the deliveries", AckKind::Term).await,
            Err(Refused::Fault(fault)) => Err(fault),
            Err(Refused::Conflict) => Err(not_ours()),
        }
    }
}

/// A dead letter's own id is its place in the queue; this is the envelope's.
pub(super) const ID: &str = "Relink-Id";
const REASON: &str = "Relink-Reason";
/// Whose the entry is.
pub(super) fn token(headers: &HeaderMap) -> Result<Token, Fault> {
    headers.get(TOKEN).and_then(|value| value.as_str().parse().ok()).map(Token::new).ok_or_else(not_ours)
}

fn not_ours() -> Fault {
    Fault::NotOurs("a message in the queue has no token".into())
}

/// What is to be worked on; nothing if it is a marker.
pub(super) fn envelope(headers: &HeaderMap, payload: &Bytes) -> Option<Envelope> {
    let id = headers.get(ID).or_else(|| headers.get(NATS_MESSAGE_ID))?;
    let key = headers.get(KEY)?;
    Some(Envelope { id: id.as_str().into(), key: key.as_str().into(), payload: payload.clone() })
}

const READ_DEAD: &str = "read the dead letters";
const LETTERS_MAX: usize = 64;

pub(super) async fn dead_letters(shared: &Shared, after: u64) -> Result<Vec<DeadLetter>, Fault> {
    let (mut letters, mut position) = (Vec::new(), after);
    while letters.len() < LETTERS_MAX {
        let next = shared.dead.get_first_raw_message_by_subject(">", position.saturating_add(1));
        let Some(message) = answer::found(READ_DEAD, shared.line.ask(READ_DEAD, next).await?)? else { break };
        position = message.sequence;
        letters.extend(letter(shared, &message).await?);
    }
    Ok(letters)
}

async fn letter(shared: &Shared, message: &StreamMessage) -> Result<Option<DeadLetter>, Fault> {
    let position = message.sequence;
    if !message.subject.starts_with(setup::ADVISORY) {
        let reason = message.headers.get(REASON).map_or("", |value| value.as_str());
        let envelope = envelope(&message.headers, &message.payload);
        return Ok(Some(DeadLetter { position, envelope, reason: Reason::Said(reason.into()) }));
    }
    let note: serde_json::Value = serde_json::from_slice(&message.payload).map_err(|error| answer::server(&error))?;
    let number = |name: &str| note.get(name).and_then(serde_json::Value::as_u64).unwrap_or(0);
    let reason = Reason::Deliveries(number("deliveries"));
    let origin = shared.line.ask(READ_DEAD, shared.queue.get_raw_message(number("stream_seq"))).await?;
    match answer::found(READ_DEAD, origin)? {
        None => Ok(Some(DeadLetter { position, envelope: None, reason })),
        // A marker that nobody acknowledged in time is nobody's loss.
        Some(origin) => {
            Ok(envelope(&origin.headers, &origin.payload).map(|envelope| DeadLetter { position, envelope: Some(envelope), reason }))
        }
    }
}
