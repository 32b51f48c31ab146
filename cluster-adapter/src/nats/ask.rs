//! Owns questions and answers: one inbox for all answers, made at the start, and a queue group that hears the questions.
//!
//! An inbox for each question loses answers, because in a cluster the way back is known later than the question arrives. This one is there
//! from the start, and after every reconnect a message of its own goes round before the next question leaves.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{Client, HeaderMap, Message, PublishErrorKind, Request, StatusCode, Subject, Subscriber};
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::line::Line;
use super::queue::{ID, envelope};
use super::{KEY, Nats, answer, setup};
use crate::question::wait;
use crate::{AskError, Envelope, Fault, Group, Heard};

/// How long the answer is waited for, in milliseconds: clocks are not compared.
const WITHIN: &str = "Relink-Within";
/// All who answer.
const WORKERS: &str = "workers";
const IN_TIME: &[u8] = b"in time";
const TOO_LATE: &[u8] = b"too late";

const LISTEN: &str = "listen for questions and answers";
const ANSWER: &str = "answer a question";

/// Where all answers to this client come in.
#[derive(Debug)]
pub(super) struct Inbox {
    address: String,
    expected: Arc<Expected>,
    /// How often the client had connected when a message of its own last went round.
    sounded: AtomicU64,
    reading: JoinHandle<()>,
}

/// Who waits for an answer, by number.
#[derive(Debug, Default)]
struct Expected {
    last: AtomicU64,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Result<Bytes, AskError>>>>,
}

/// One who waits; dropped, it waits no more.
struct Waiter<'a> {
    expected: &'a Expected,
    number: u64,
}

/// Hears what is asked.
#[derive(Debug)]
pub struct Answers {
    engine: Nats,
    subscriber: Subscriber,
}

/// A question in hand.
#[derive(Debug)]
pub struct Question {
    engine: Nats,
    reply: Subject,
    envelope: Envelope,
    until: Instant,
}

impl Inbox {
    pub(super) async fn new(line: &Line) -> Result<Self, Fault> {
        let client = line.client().clone();
        let address = client.new_inbox();
        let subscriber = client.subscribe(format!("{address}.*")).await.map_err(|error| answer::server(&error))?;
        let expected = Arc::new(Expected::default());
        let reading = tokio::spawn(read(client, subscriber, expected.clone()));
        let inbox = Self { address, expected, sounded: AtomicU64::new(0), reading };
        line.ask(LISTEN, inbox.sound(line.client())).await??;
        Ok(inbox)
    }

    /// Sees to it that what is sent to this client arrives, by a message to itself: once a connection.
    async fn sound(&self, client: &Client) -> Result<(), Fault> {
        let connects = client.statistics().connects.load(Ordering::Relaxed);
        if self.sounded.load(Ordering::Relaxed) == connects {
            return Ok(());
        }
        self.go_round(client).await?;
        self.sounded.store(connects, Ordering::Relaxed);
        Ok(())
    }

    /// The server has seen everything that was subscribed before, when this returns.
    async fn go_round(&self, client: &Client) -> Result<(), Fault> {
        let (waiter, came) = self.expected.expect();
        client.publish(self.address_of(&waiter), Bytes::new()).await.map_err(|error| answer::server(&error))?;
        came.await.map(drop).map_err(|_| Fault::TimedOut { what: LISTEN })
    }

    fn address_of(&self, waiter: &Waiter<'_>) -> String {
        format!("{}.{}", self.address, waiter.number)
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

impl Expected {
    fn expect(&self) -> (Waiter<'_>, oneshot::Receiver<Result<Bytes, AskError>>) {
        let (sender, receiver) = oneshot::channel();
        let number = self.last.fetch_add(1, Ordering::Relaxed);
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(number, sender);
        (Waiter { expected: self, number }, receiver)
    }

    fn take(&self, number: u64) -> Option<oneshot::Sender<Result<Bytes, AskError>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&number)
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        drop(self.expected.take(self.number));
    }
}

/// Hands each answer to the one who waits for it, and tells whoever answered whether there was one.
async fn read(client: Client, mut subscriber: Subscriber, expected: Arc<Expected>) {
    while let Some(Message { subject, payload, status, reply, .. }) = subscriber.next().await {
        let number = subject.rsplit('.').next().and_then(|number| number.parse().ok());
        let answer = if status == Some(StatusCode::NO_RESPONDERS) { Err(AskError::Nobody) } else { Ok(payload) };
        let is_heard = number.and_then(|number| expected.take(number)).is_some_and(|waiting| waiting.send(answer).is_ok());
        if let Some(reply) = reply {
            // A client that is closed ends this loop, too.
            let _ = client.publish(reply, Bytes::from_static(if is_heard { IN_TIME } else { TOO_LATE })).await;
        }
    }
}

pub(super) async fn ask(inbox: &Inbox, line: &Line, name: &Group, envelope: &Envelope, until: Instant) -> Result<Bytes, AskError> {
    line.check_version()?;
    let client = line.client();
    // What is asked while the connection is gone would leave when nobody waits any more.
    if client.connection_state() != State::Connected {
        return Err(AskError::Nobody);
    }
    tokio::time::timeout_at(until, inbox.sound(client)).await.map_err(|_| AskError::Nobody)??;
    let (waiter, answer) = inbox.expected.expect();
    let within = until.saturating_duration_since(Instant::now());
    let mut headers = HeaderMap::new();
    headers.insert(ID, &*envelope.id);
    headers.insert(KEY, &*envelope.key);
    headers.insert(WITHIN, within.as_millis().to_string());
    let (subject, reply) = (setup::question_subject(name), inbox.address_of(&waiter));
    let sent = client.publish_with_reply_and_headers(subject, reply, headers, envelope.payload.clone());
    match tokio::time::timeout_at(until, sent).await {
        Err(_) => return Err(AskError::Late),
        Ok(Err(error)) if error.kind() == PublishErrorKind::MaxPayloadExceeded => return Err(Fault::TooLarge.into()),
        Ok(Err(error)) => return Err(answer::server(&error).into()),
        Ok(Ok(())) => {}
    }
    wait(answer, until).await.unwrap_or(Err(AskError::Late))
}

impl Answers {
    pub(super) async fn new(engine: &Nats) -> Result<Self, Fault> {
        let super::Shared { name, line, inbox, .. } = &*engine.0;
        let subject = setup::question_subject(name);
        let subscribed = line.ask(LISTEN, line.client().queue_subscribe(subject, WORKERS.into())).await?;
        let subscriber = subscribed.map_err(|error| answer::server(&error))?;
        line.ask(LISTEN, inbox.go_round(line.client())).await??;
        Ok(Self { engine: engine.clone(), subscriber })
    }
}

impl crate::Answers for Answers {
    type Question = Question;

    async fn next(&mut self) -> Result<Option<Question>, Fault> {
        while let Some(message) = self.subscriber.next().await {
            match question(&self.engine, message) {
                Some(question) => return Ok(Some(question)),
                None => tracing::warn!("a question that is none: does another program use the same name?"),
            }
        }
        Ok(None)
    }

    async fn close(&mut self) -> Result<(), Fault> {
        self.subscriber.drain().await.map_err(|error| answer::server(&error))?;
        let line = &self.engine.0.line;
        line.ask(LISTEN, self.engine.0.inbox.go_round(line.client())).await?
    }
}

fn question(engine: &Nats, message: Message) -> Option<Question> {
    let headers = message.headers.as_ref()?;
    let within = headers.get(WITHIN)?.as_str().parse().ok()?;
    let until = Instant::now().checked_add(Duration::from_millis(within))?;
    Some(Question { engine: engine.clone(), reply: message.reply?, envelope: envelope(headers, &message.payload)?, until })
}

impl crate::Question for Question {
    fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    fn until(&self) -> Instant {
        self.until
    }

    /// By a request, so that silence shows.
    async fn answer(&self, answer: Bytes) -> Result<Heard, Fault> {
        let line = &self.engine.0.line;
        let request = Request::new().payload(answer);
        let told = line.ask(ANSWER, line.client().send_request(self.reply.clone(), request)).await?;
        match told.map_err(|error| answer::unanswered(ANSWER, &error)) {
            Ok(told) if told.payload == IN_TIME => Ok(Heard::InTime),
            // Whoever asked is gone altogether.
            Ok(_) | Err(Fault::NoLeader) => Ok(Heard::TooLate),
            Err(fault) => Err(fault),
        }
    }
}
