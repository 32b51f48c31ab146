//! The engine on NATS JetStream: leases in a bucket of their own, the queue in a stream, both replicated with Raft.
//!
//! *Confirmed* means: in the memory of a majority's operating systems. A server writes through to its disk every `sync_interval`
//! (two minutes, unless its configuration says otherwise): the loss of one server loses nothing, the sudden loss of power in a
//! majority at once may. Set `sync_interval: always` where that counts more than speed.
//!
//! | what | its name, with [`Options::name`] `N` |
//! |---|---|
//! | the leases' bucket: history 1, entries end after [`Settings::lease`] | bucket `N-leases`, a key a group, `here.GROUP.MEMBER` a member |
//! | the queue: limits retention, subjects `N.ev.GROUP.LANE`, and `N.un.PARTITION` for what needs no fence | stream `N-queue`, durable consumers `p0`, `p1`, ... |
//! | dead letters, and the server's notes of what was delivered too often | stream `N-dead` |
//! | questions, stored nowhere | subject `N.ask`, queue group `workers` |
//!
//! All are created when they are missing, and never changed: where one is there with other settings, [`Nats::connect`] says so.
//! A lease's end is judged by the clock of whichever server leads its bucket: differences between the servers' clocks count
//! towards the margin that a holder keeps. The version of the server this client is connected to is checked at the start and
//! at every request, so after each reconnect too; keep the other servers of the cluster at the same version.

mod answer;
mod ask;
mod line;
mod pull;
mod queue;
mod reply;
mod setup;
mod version;

use std::collections::BTreeSet;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

pub use async_nats::ConnectOptions;
use async_nats::header::{NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, NATS_EXPECTED_STREAM, NATS_MESSAGE_ID};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{self, stream::Stream};
use async_nats::{HeaderMap, ServerAddr};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use tokio::time::Instant;

use self::ask::{Answers, Inbox};
use self::line::Line;
use self::queue::Consumer;
use crate::envelope::UNFENCED;
use crate::{Appended, AskError, Cell, DeadLetter, Entry, Envelope, Fault, Group, Holder, Lane, Last, Record, Refused, Settings, Token};

/// The engine on NATS JetStream. Clones are the same engine, over one connection.
#[derive(Clone, Debug)]
pub struct Nats(Arc<Shared>);

/// What the engine is connected to, and how.
#[derive(Debug)]
pub struct Options {
    /// Servers, `nats://host:port`, several with commas between. Name one: it tells of the others.
    pub servers: String,
    /// What the bucket, the streams and the subjects begin with: as a [`Group`]'s name.
    pub name: Group,
    /// On how many servers everything is stored: 3, or 1 where there is one server only.
    pub replicas: u8,
    /// Credentials, TLS, the client's name, whatever the client offers. Its timeouts are set by the engine.
    pub client: ConnectOptions,
    /// Times and sizes.
    pub settings: Settings,
}

#[derive(Debug)]
struct Shared {
    settings: Settings,
    name: Group,
    line: Line,
    inbox: Inbox,
    context: jetstream::Context,
    leases: Stream<()>,
    queue: Stream<()>,
    dead: Stream<()>,
}

/// Whose an entry is.
const TOKEN: &str = "Relink-Token";
/// The key of an envelope.
const KEY: &str = "Relink-Key";
/// What a key-value client of NATS's looks for.
const OPERATION: &str = "KV-Operation";
const GIVEN_BACK: &str = "DEL";

const FETCH: &str = "read from the queue";

impl Nats {
    /// Connects, checks the server's version, and creates what is missing.
    ///
    /// # Errors
    /// [`Fault::Address`]; [`Fault::ServerTooOld`]; [`Fault::OtherSettings`] if what is there was created with others; or what the server says.
    pub async fn connect(options: Options) -> Result<Self, Fault> {
        let settings = options.settings.clamped();
        // The engine's own clock on each request ends first, so that there is one place where they are counted.
        let beyond = settings.request_timeout.saturating_add(Duration::from_secs(1));
        let client = options.client.request_timeout(Some(beyond)).connection_timeout(settings.request_timeout);
        let servers =
            options.servers.split(',').map(|address| address.trim().parse::<ServerAddr>().map_err(|_| Fault::Address(address.into())));
        let servers: Vec<_> = servers.collect::<Result<_, _>>()?;
        let client = client.connect(servers).await.map_err(|error| Fault::Server(error.to_string().into()))?;
        let line = Line::new(client.clone(), settings.request_timeout);
        line.check_version()?;
        let context = jetstream::ContextBuilder::new().timeout(beyond).build(client);
        let (leases, queue, dead) = setup::streams(&line, &context, &settings, &options.name, options.replicas).await?;
        let inbox = Inbox::new(&line).await?;
        Ok(Self(Arc::new(Shared { settings, name: options.name, line, inbox, context, leases, queue, dead })))
    }

    /// The client, for whatever else is to go over this connection.
    #[must_use]
    pub fn client(&self) -> &async_nats::Client {
        self.0.line.client()
    }

    async fn publish(&self, what: &'static str, subject: String, headers: HeaderMap, payload: Bytes) -> Result<Appended, Refused> {
        let Shared { line, context, .. } = &*self.0;
        let message = PublishMessage::build().headers(headers).payload(payload);
        let answer = line.ask(what, async { context.send_publish(subject, message).await?.await }).await?;
        match answer {
            Ok(ack) if ack.duplicate => Ok(Appended::Duplicate(ack.sequence)),
            Ok(ack) => Ok(Appended::New(ack.sequence)),
            Err(error) => Err(answer::refused(what, &error)),
        }
    }
}

impl crate::Engine for Nats {
    type Consumer = Consumer;
    type Answers = Answers;

    fn settings(&self) -> &Settings {
        &self.0.settings
    }

    async fn read(&self, group: &Group) -> Result<Cell, Fault> {
        let Shared { line, leases, name, .. } = &*self.0;
        let subject = setup::lease_subject(name, group);
        let answer = line.ask("read the lease", leases.get_last_raw_message_by_subject(&subject)).await?;
        let Some(message) = answer::found("read the lease", answer)? else { return Ok(Cell { revision: 0, record: None }) };
        let given_back = message.headers.get(OPERATION).is_some();
        let record = if given_back { None } else { Some(Record::from_text(&message.payload)?) };
        Ok(Cell { revision: message.sequence, record })
    }

    async fn write(&self, group: &Group, expected: u64, record: Option<&Record>) -> Result<u64, Refused> {
        let mut headers = HeaderMap::new();
        headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, expected.to_string());
        if record.is_none() {
            headers.insert(OPERATION, GIVEN_BACK);
        }
        let payload = record.map(Record::to_text).unwrap_or_default();
        let subject = setup::lease_subject(&self.0.name, group);
        match self.publish("write the lease", subject, headers, payload.into()).await? {
            Appended::New(revision) | Appended::Duplicate(revision) => Ok(revision),
        }
    }

    /// Who writes to the bucket is heard by whoever listens to its subjects.
    async fn given_back(&self, group: &Group) {
        let subject = setup::lease_subject(&self.0.name, group);
        if let Ok(mut written) = self.0.line.client().subscribe(subject).await {
            while let Some(message) = written.next().await {
                if message.headers.is_some_and(|headers| headers.get(OPERATION).is_some()) {
                    return;
                }
            }
        }
        pending().await
    }

    async fn announce(&self, group: &Group, member: &Holder) -> Result<(), Fault> {
        let subject = setup::member_subject(&self.0.name, group, member.as_str());
        match self.publish("announce a member", subject, HeaderMap::new(), Bytes::new()).await {
            Ok(_) => Ok(()),
            Err(Refused::Fault(fault)) => Err(fault),
            Err(Refused::Conflict) => Err(Fault::NotOurs("a member's place in the leases' bucket".into())),
        }
    }

    async fn withdraw(&self, group: &Group, member: &Holder) -> Result<(), Fault> {
        let Shared { line, leases, name, .. } = &*self.0;
        let subject = setup::member_subject(name, group, member.as_str());
        let answer = line.ask("withdraw a member", leases.purge().filter(subject).into_future()).await?;
        answer.map(drop).map_err(|error| answer::server(&error))
    }

    async fn members(&self, group: &Group) -> Result<BTreeSet<Holder>, Fault> {
        let Shared { line, leases, name, .. } = &*self.0;
        let before = setup::member_subject(name, group, "");
        let all = async { leases.info_with_subjects(format!("{before}>")).await?.try_collect::<Vec<_>>().await };
        let all = line.ask("look who is there", all).await?.map_err(|error| answer::server(&error))?;
        Ok(all.iter().filter_map(|(subject, _)| subject.strip_prefix(&before)).map(Holder::named).collect())
    }

    async fn last(&self, lane: Lane<'_>) -> Result<Option<Last>, Fault> {
        let Shared { line, queue, name, .. } = &*self.0;
        let subject = setup::lane_subject(name, lane);
        let answer = line.ask(FETCH, queue.get_last_raw_message_by_subject(&subject)).await?;
        let Some(message) = answer::found(FETCH, answer)? else { return Ok(None) };
        Ok(Some(Last { sequence: message.sequence, token: queue::token(&message.headers)? }))
    }

    async fn append(&self, lane: Lane<'_>, expected: u64, token: Token, entry: Entry<'_>) -> Result<Appended, Refused> {
        let mut headers = HeaderMap::new();
        headers.insert(NATS_EXPECTED_STREAM, setup::queue_name(&self.0.name));
        headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, expected.to_string());
        headers.insert(TOKEN, token.get().to_string());
        let payload = match entry {
            Entry::Envelope(envelope) => {
                headers.insert(NATS_MESSAGE_ID, &*envelope.id);
                headers.insert(KEY, &*envelope.key);
                envelope.payload.clone()
            }
            Entry::Marker => Bytes::new(),
        };
        self.publish("put into the queue", setup::lane_subject(&self.0.name, lane), headers, payload).await
    }

    async fn consume(&self, partition: u16) -> Result<Consumer, Fault> {
        Consumer::new(self, partition).await
    }

    async fn add(&self, envelope: &Envelope) -> Result<Appended, Refused> {
        let Shared { settings, name, .. } = &*self.0;
        let partition = settings.partition_of(settings.lane_of(&envelope.key));
        let mut headers = HeaderMap::new();
        headers.insert(NATS_EXPECTED_STREAM, setup::queue_name(name));
        headers.insert(TOKEN, UNFENCED.get().to_string());
        headers.insert(NATS_MESSAGE_ID, &*envelope.id);
        headers.insert(KEY, &*envelope.key);
        self.publish("put into the queue", setup::unfenced_subject(name, partition), headers, envelope.payload.clone()).await
    }

    async fn ask(&self, envelope: &Envelope, until: Instant) -> Result<Bytes, AskError> {
        let Shared { inbox, line, name, .. } = &*self.0;
        ask::ask(inbox, line, name, envelope, until).await
    }

    async fn answers(&self) -> Result<Answers, Fault> {
        Answers::new(self).await
    }

    async fn dead_letters(&self, after: u64) -> Result<Vec<DeadLetter>, Fault> {
        queue::dead_letters(&self.0, after).await
    }
}
