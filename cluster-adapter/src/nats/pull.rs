//! Owns the reading of one consumer: pull requests, and what the server says between the messages.

use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::jetstream::consumer::PullConsumer;
use async_nats::{Message, StatusCode, Subject, Subscriber};
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use tokio::time::{Instant, timeout};

use super::line::Line;
use super::{FETCH, answer};
use crate::Fault;

/// The server shows so often that it is there while there is nothing to deliver.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// While nothing comes, it is looked so often whether the connection is another: what was asked for on the one before is forgotten.
const LOOK: Duration = Duration::from_millis(500);
const PENDING: &str = "Nats-Pending-Messages";

/// Pull requests to one consumer. Two are under way at most: the second is sent when half of the first has come.
#[derive(Debug)]
pub(super) struct Pull {
    subscriber: Subscriber,
    inbox: Subject,
    next: Subject,
    expires: Duration,
    /// How many are asked for at once.
    batch: usize,
    request: Bytes,
    /// How many are asked for and have not come.
    pending: usize,
    /// The connection on which they were asked for.
    connects: Option<u64>,
    heard: Instant,
}

impl Pull {
    pub(super) async fn open(line: &Line, consumer: &PullConsumer, batch: usize, expires: Duration) -> Result<Self, Fault> {
        let client = line.client();
        let inbox = Subject::from(client.new_inbox());
        let subscriber = line.ask(FETCH, client.subscribe(inbox.clone())).await?.map_err(|error| answer::server(&error))?;
        let info = consumer.cached_info();
        Ok(Self {
            subscriber,
            inbox,
            next: format!("$JS.API.CONSUMER.MSG.NEXT.{}.{}", info.stream_name, info.name).into(),
            expires,
            batch,
            request: request(batch, expires),
            pending: 0,
            connects: None,
            heard: Instant::now(),
        })
    }

    /// Asks for so many at once from now on.
    pub(super) fn set_batch(&mut self, batch: usize) {
        (self.batch, self.request) = (batch, request(batch, self.expires));
    }

    /// The next message. Dropping the future loses nothing.
    pub(super) async fn next(&mut self, line: &Line) -> Result<Message, Fault> {
        loop {
            self.ask_for_more(line).await?;
            let come = match self.subscriber.next().now_or_never() {
                Some(come) => come,
                None => match timeout(LOOK, self.subscriber.next()).await {
                    Ok(come) => come,
                    Err(_) if self.heard.elapsed() < HEARTBEAT * 2 => continue,
                    Err(_) => {
                        line.timed_out(FETCH, self.heard).await;
                        return Err(Fault::TimedOut { what: FETCH });
                    }
                },
            };
            let message = come.ok_or_else(|| Fault::Server("the connection was closed".into()))?;
            self.heard = Instant::now();
            match message.status {
                None | Some(StatusCode::OK) => {
                    self.pending = self.pending.saturating_sub(1);
                    return Ok(message);
                }
                Some(status) => self.said(status, &message)?,
            }
        }
    }

    /// Reads no more, and returns what was on its way.
    pub(super) async fn close(mut self, line: &Line) -> Vec<Message> {
        let mut rest = Vec::new();
        if self.subscriber.drain().await.is_ok() {
            let all = async {
                while let Some(message) = self.subscriber.next().await {
                    rest.extend(message.status.is_none_or(|status| status == StatusCode::OK).then_some(message));
                }
            };
            // What is not heard in time comes again by itself.
            let _ = line.ask("end the reading", all).await;
        }
        rest
    }

    async fn ask_for_more(&mut self, line: &Line) -> Result<(), Fault> {
        let connects = line.client().statistics().connects.load(Ordering::Relaxed);
        if self.connects.is_some_and(|before| before != connects) {
            return Err(Fault::TimedOut { what: FETCH });
        }
        self.connects = Some(connects);
        if self.pending <= self.batch / 2 {
            let asked = line.client().publish_with_reply(self.next.clone(), self.inbox.clone(), self.request.clone()).await;
            asked.map_err(|error| answer::server(&error))?;
            self.pending += self.batch;
        }
        Ok(())
    }

    /// What the server says of a request, not a message.
    fn said(&mut self, status: StatusCode, message: &Message) -> Result<(), Fault> {
        match status {
            StatusCode::IDLE_HEARTBEAT => Ok(()),
            // What the one before had sent may be lost.
            StatusCode::REQUEST_TERMINATED if message.description.as_deref() == Some("Leadership Change") => Err(Fault::NoLeader),
            // A request is over, with so many left that did not come.
            StatusCode::TIMEOUT | StatusCode::REQUEST_TERMINATED if message.description.as_deref() != Some("Consumer Deleted") => {
                let left = message.headers.as_ref().and_then(|headers| headers.get(PENDING)?.as_str().parse().ok());
                self.pending = self.pending.saturating_sub(left.unwrap_or(self.batch));
                Ok(())
            }
            StatusCode::NO_RESPONDERS => Err(Fault::NoLeader),
            status => {
                let said = message.description.as_deref().unwrap_or_default();
                Err(Fault::Server(format!("reading from the queue: {status} {said}").into()))
            }
        }
    }
}

fn request(batch: usize, expires: Duration) -> Bytes {
    let heartbeat = HEARTBEAT.min(expires / 2);
    format!(r#"{{"batch":{batch},"expires":{},"idle_heartbeat":{}}}"#, expires.as_nanos(), heartbeat.as_nanos()).into()
}
