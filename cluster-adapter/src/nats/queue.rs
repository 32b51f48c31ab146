//! Owns what comes out of the queue: deliveries and their answers, and the dead letters.

use std::collections::BTreeSet;
use std::time::Duration;

use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::AckKind;
use async_nats::jetstream::consumer::{Info, PullConsumer};
use async_nats::jetstream::context::ConsumerInfoErrorKind;
use async_nats::jetstream::message::StreamMessage;
use async_nats::{HeaderMap, Message, Request, Subject};
use bytes::Bytes;
use futures_util::future::try_join_all;

use super::line::Line;
use super::pull::Pull;
use super::reply::{self, Reply};
use super::{KEY, Nats, Shared, TOKEN, answer, setup};
use crate::envelope::one_line;
use crate::{DeadLetter, Envelope, Fault, Reason, Refused, Settings, Token, Unanswered};

/// The most that are asked for at once: their time runs while they wait here.
const BATCH_MAX: u16 = 32;
/// Where a partition is taken over, at most so many places of the queue are called back; what is before them comes by itself.
const CALLED_BACK_MAX: u64 = 1 << 17;
const TAKE_OVER: &str = "take the partition over";

/// Reads one partition.
#[derive(Debug)]
pub struct Consumer {
    engine: Nats,
    consumer: PullConsumer,
    pull: Option<Pull>,
    course: Option<Course>,
    /// How many are asked for at once.
    batch: usize,
}

/// The deliveries since a partition was taken over: to one reader, each number is that of the one before and one more.
#[derive(Clone, Copy, Debug)]
struct Course {
    latest: u64,
    /// What was on its way here when it was taken over is not judged.
    has_begun: bool,
    has_gap: bool,
}

impl Course {
    const fn new(latest: u64) -> Self {
        Self { latest, has_begun: false, has_gap: false }
    }

    fn come(&mut self, delivery: u64) {
        if !self.has_begun && delivery <= self.latest {
            return;
        }
        // One that goes back is a server's that has forgotten some: what those were is not known either.
        self.has_gap |= delivery != self.latest + 1;
        (self.latest, self.has_begun) = (delivery, true);
    }
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
        let consumer = setup::consumer(&engine.0, partition).await?;
        Ok(Self { engine: engine.clone(), consumer, pull: None, course: None, batch: full_batch(&engine.0.settings) })
    }

    async fn message(&mut self) -> Result<Message, Fault> {
        let Shared { line, settings, .. } = &*self.engine.0;
        let pull = match &mut self.pull {
            Some(pull) => pull,
            None => self.pull.insert(Pull::open(line, &self.consumer, self.batch, settings.asked_for()).await?),
        };
        let message = pull.next(line).await;
        if message.is_err() {
            // What was on its way is not known.
            self.pull = None;
            self.course = self.course.map(|course| Course { has_gap: true, ..course });
        }
        line.check_version()?;
        message
    }

    async fn info(&self, what: &'static str) -> Result<Info, Fault> {
        let info = self.engine.0.line.ask(what, self.consumer.get_info()).await?;
        info.map_err(|error| match error.kind() {
            ConsumerInfoErrorKind::TimedOut => Fault::TimedOut { what },
            ConsumerInfoErrorKind::NotFound | ConsumerInfoErrorKind::Offline | ConsumerInfoErrorKind::NoResponders => Fault::NoLeader,
            _ => answer::server(&error),
        })
    }

    /// Hands back, in the name of whomever it was given to, all that is unanswered: the server ignores this where nothing is. The last is a request: those
    /// before it are done with when it is answered.
    async fn call_back(&self, info: &Info, but: &BTreeSet<u64>) -> Result<(), Fault> {
        let line = &self.engine.0.line;
        let (last, delivery) = (info.delivered.stream_sequence, info.delivered.consumer_sequence);
        let first = (info.ack_floor.stream_sequence + 1).max(last.saturating_sub(CALLED_BACK_MAX));
        let place = |sequence| reply::of(&info.stream_name, &info.name, sequence, delivery);
        let Some(last) = (first..=last).rev().find(|sequence| !but.contains(sequence)) else { return Ok(()) };
        for sequence in (first..last).filter(|sequence| !but.contains(sequence)) {
            let said = line.client().publish(place(sequence), AckKind::Nak(None).into()).await;
            said.map_err(|error| answer::server(&error))?;
        }
        let request = Request::new().payload(AckKind::Nak(None).into());
        let answer = line.ask(TAKE_OVER, line.client().send_request(place(last), request)).await?;
        answer.map(drop).map_err(|error| answer::unanswered(TAKE_OVER, &error))
    }

    /// What a message is; nothing if it is a marker.
    fn delivery(&self, message: &Message) -> Result<Option<Delivery>, Fault> {
        let headers = message.headers.as_ref().ok_or_else(not_ours)?;
        let token = token(headers)?;
        let Some(envelope) = envelope(headers, &message.payload) else { return Ok(None) };
        let reply = message.reply.clone().ok_or_else(not_ours)?;
        let Reply { sequence, delivered, .. } = Reply::read(&reply).ok_or_else(not_ours)?;
        Ok(Some(Delivery { engine: self.engine.clone(), reply, sequence, delivered, token, envelope }))
    }
}

impl crate::Consumer for Consumer {
    type Delivery = Delivery;

    async fn next(&mut self) -> Result<Delivery, Fault> {
        loop {
            let message = self.message().await?;
            if let (Some(course), Some(reply)) = (&mut self.course, message.reply.as_deref().and_then(Reply::read)) {
                course.come(reply.delivery);
            }
            if let Some(delivery) = self.delivery(&message)? {
                return Ok(delivery);
            }
            // A marker. If this is not heard, it comes again.
            if let Some(reply) = message.reply {
                let _ = self.engine.0.line.client().publish(reply, AckKind::Ack.into()).await;
            }
        }
    }

    async fn take_over(&mut self, in_hand: &BTreeSet<u64>) -> Result<Unanswered, Fault> {
        let info = self.info(TAKE_OVER).await?;
        if info.num_ack_pending > in_hand.len() {
            self.call_back(&info, in_hand).await?;
        }
        self.course = Some(Course::new(info.delivered.consumer_sequence));
        Ok(unanswered(&info))
    }

    fn has_gap(&self) -> bool {
        self.course.is_some_and(|course| course.has_gap)
    }

    async fn unanswered(&mut self) -> Result<Unanswered, Fault> {
        self.info("look what is unanswered").await.map(|info| unanswered(&info))
    }

    fn one_by_one(&mut self, is_so: bool) {
        self.batch = if is_so { 1 } else { full_batch(&self.engine.0.settings) };
        if let Some(pull) = &mut self.pull {
            pull.set_batch(self.batch);
        }
    }

    async fn close(mut self) -> Result<(), Fault> {
        let Some(pull) = self.pull.take() else { return Ok(()) };
        let line = &self.engine.0.line;
        let rest = pull.close(line).await;
        let back = rest.into_iter().filter_map(|message| message.reply).map(|reply| hand_back(line, reply));
        try_join_all(back).await.map(drop)
    }
}

fn full_batch(settings: &Settings) -> usize {
    settings.max_ack_pending.min(BATCH_MAX).into()
}

async fn hand_back(line: &Line, reply: Subject) -> Result<(), Fault> {
    let what = "hand back what was fetched ahead";
    let request = Request::new().payload(AckKind::Nak(None).into());
    line.ask(what, line.client().send_request(reply, request)).await?.map(drop).map_err(|error| answer::unanswered(what, &error))
}

fn unanswered(info: &Info) -> Unanswered {
    Unanswered { count: info.num_ack_pending as u64, last: info.delivered.stream_sequence }
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
