//! Owns a link that is followed: what it told, when, and the wait until it has told something.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use relink_tokio::ws::{Message, Protocol, Ws};
use relink_tokio::{Attempt, Builder, Client, Ending, Event, Events};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::context::Context;
use super::phrase::Phrases;
use crate::wording::seconds;

/// A link, and what it has told.
#[derive(Debug)]
pub(crate) struct Followed {
    client: Client<Message>,
    record: watch::Receiver<Record>,
    follower: JoinHandle<()>,
}

/// What a link has told, in order.
#[derive(Debug, Default)]
pub(crate) struct Record {
    told: Vec<(Instant, Event<Message>)>,
}

/// An attempt that never came up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failure<'a> {
    /// When it was told.
    pub(crate) at: Instant,
    pub(crate) attempt: Attempt,
    pub(crate) why: &'a Ending,
    /// When the next attempt is made.
    pub(crate) retry_at: Option<Instant>,
}

/// What a link should have told and did not.
#[derive(Debug)]
pub(crate) struct Untold {
    what: &'static str,
    patience: Duration,
}

impl Followed {
    pub(crate) fn start<P: Protocol>(builder: Builder<Ws<P>>, context: Option<Context>) -> Self {
        let (client, events) = builder.spawn();
        let (sender, record) = watch::channel(Record::default());
        Self { client, record, follower: tokio::spawn(follow(events, sender, context)) }
    }

    /// The handle on the link.
    pub(crate) const fn client(&self) -> &Client<Message> {
        &self.client
    }

    /// What it has told until now. Not to be held over an await.
    pub(crate) fn record(&self) -> watch::Ref<'_, Record> {
        self.record.borrow()
    }

    /// Waits until it has told what is wanted.
    pub(crate) async fn until(&mut self, patience: Duration, what: &'static str, wanted: impl Fn(&Record) -> bool) -> Result<(), Untold> {
        match timeout(patience, self.record.wait_for(|record| wanted(record))).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Untold { what, patience }),
        }
    }

    /// Waits until the link has come up so often in all.
    pub(crate) async fn until_up(&mut self, patience: Duration, times: usize) -> Result<Instant, Untold> {
        self.until(patience, "a link that is up", |record| record.ups().count() >= times).await?;
        let up = self.record().ups().nth(times.saturating_sub(1)).map(|(at, _)| at);
        up.ok_or(Untold { what: "a link that is up", patience })
    }

    /// Stops the link and gives what it has told in all.
    pub(crate) async fn end(self) -> Record {
        self.client.stop().await;
        // It ends with the stream of events, which ends with the link.
        let _panicked = self.follower.await;
        self.record.borrow().clone()
    }
}

async fn follow(mut events: Events<Message>, sender: watch::Sender<Record>, context: Option<Context>) {
    let mut phrases = Phrases::default();
    while let Some(event) = events.next().await {
        let now = Instant::now();
        if let Some(context) = &context
            && let Some((tone, text)) = phrases.of(&event, now)
        {
            context.relink(tone, text);
        }
        sender.send_modify(|record| record.told.push((now, event)));
    }
}

impl Record {
    /// When the link came up, and on which attempt.
    pub(crate) fn ups(&self) -> impl Iterator<Item = (Instant, Attempt)> {
        self.told.iter().filter_map(|(at, event)| if let Event::Up { attempt } = event { Some((*at, *attempt)) } else { None })
    }

    /// When the link went down, but by our own wish.
    pub(crate) fn downs(&self) -> impl Iterator<Item = Instant> {
        self.told.iter().filter_map(|(at, event)| match event {
            Event::Down { why: Ending::Stopped, .. } => None,
            Event::Down { .. } => Some(*at),
            Event::Up { .. } | Event::Failed { .. } | Event::Renewed { .. } | Event::Message { .. } | Event::GaveUp { .. } => None,
        })
    }

    /// Whether Ups and Downs came in strict pairs, and nothing came between that needs a link that is up.
    pub(crate) fn is_paired(&self) -> bool {
        let mut up = false;
        self.told.iter().all(|(_, event)| {
            let (was, is) = match event {
                Event::Up { .. } => (false, true),
                Event::Down { .. } => (true, false),
                Event::Renewed { .. } | Event::Message { .. } => (true, true),
                // A successor may fail beside a connection that works.
                Event::Failed { .. } => (up, up),
                Event::GaveUp { .. } => (false, false),
            };
            std::mem::replace(&mut up, is) == was
        }) && !up
    }

    /// The attempts that never came up.
    pub(crate) fn failures(&self) -> impl Iterator<Item = Failure<'_>> {
        self.told.iter().filter_map(|(at, event)| match event {
            Event::Failed { attempt, why, retry_at } => Some(Failure { at: *at, attempt: *attempt, why, retry_at: *retry_at }),
            Event::Up { .. } | Event::Down { .. } | Event::Renewed { .. } | Event::Message { .. } | Event::GaveUp { .. } => None,
        })
    }

    /// How often another connection took over.
    pub(crate) fn renewals(&self) -> usize {
        self.told.iter().filter(|(_, event)| matches!(event, Event::Renewed { .. })).count()
    }

    /// The text messages, and when they came.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (Instant, &str)> {
        self.told.iter().filter_map(|(at, event)| {
            if let Event::Message { message, .. } = event { message.as_text().map(|text| (*at, text)) } else { None }
        })
    }
}

impl Clone for Record {
    fn clone(&self) -> Self {
        Self { told: self.told.clone() }
    }
}

impl fmt::Display for Untold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was waited for in vain for {}", self.what, seconds(self.patience))
    }
}

impl Error for Untold {}
