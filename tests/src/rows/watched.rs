//! Owns a link under watch: its handle, its driver as a task whose panic is seen, and all it has told, with the times.

use std::error::Error;
use std::fmt;

use relink_tokio::ws::{Message, Protocol, Ws};
use relink_tokio::{Builder, Client, End, Ending, Event, Events};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use super::PATIENCE;

/// A link under watch. It is told of only while it is listened to, so who measures must listen.
pub struct Watched {
    client: Client<Message>,
    events: Events<Message>,
    driver: JoinHandle<End>,
    told: Told,
}

/// What a link has told, in order, and when it was heard.
#[derive(Clone, Debug, Default)]
pub struct Told(pub Vec<(Instant, Event<Message>)>);

impl Watched {
    /// Starts the link on the runtime of the caller.
    pub fn start<P: Protocol>(builder: Builder<Ws<P>>) -> Self {
        Self::start_on(&Handle::current(), builder)
    }

    /// Starts the link on a runtime of its own, where its tasks can be counted.
    pub fn start_on<P: Protocol>(runtime: &Handle, builder: Builder<Ws<P>>) -> Self {
        let (client, events, driver) = builder.build();
        Self { client, events, driver: runtime.spawn(driver), told: Told::default() }
    }

    /// The handle.
    pub const fn client(&self) -> &Client<Message> {
        &self.client
    }

    /// What was heard so far.
    pub const fn told(&self) -> &Told {
        &self.told
    }

    /// Listens until something of this kind is told, and says when.
    ///
    /// # Errors
    /// [`Untold`] if it is not told in [`PATIENCE`], or the link ends before; its text shows what was told instead.
    pub async fn until(&mut self, what: &'static str, wanted: impl Fn(&Event<Message>) -> bool) -> Result<Instant, Untold> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let Ok(Some(event)) = timeout_at(deadline, self.events.next()).await else {
                return Err(Untold { what, told: self.told.clone() });
            };
            let (now, done) = (Instant::now(), wanted(&event));
            self.told.0.push((now, event));
            if done {
                return Ok(now);
            }
        }
    }

    /// Listens until the link is up.
    ///
    /// # Errors
    /// As [`Watched::until`].
    pub async fn up(&mut self) -> Result<Instant, Untold> {
        self.until("Up", |event| matches!(event, Event::Up { .. })).await
    }

    /// Listens until the link is down.
    ///
    /// # Errors
    /// As [`Watched::until`].
    pub async fn down(&mut self) -> Result<Instant, Untold> {
        self.until("Down", |event| matches!(event, Event::Down { .. })).await
    }

    /// Listens until an attempt has failed.
    ///
    /// # Errors
    /// As [`Watched::until`].
    pub async fn failed(&mut self) -> Result<Instant, Untold> {
        self.until("Failed", |event| matches!(event, Event::Failed { .. })).await
    }

    /// Listens until so many texts have come in.
    ///
    /// # Errors
    /// As [`Watched::until`].
    pub async fn texts(&mut self, count: usize) -> Result<(), Untold> {
        while self.told.texts().count() < count {
            self.until("a text", |event| matches!(event, Event::Message { .. })).await?;
        }
        Ok(())
    }

    /// Whether the link carries messages there and back, now.
    ///
    /// # Errors
    /// As [`Watched::until`].
    pub async fn echoes(&mut self) -> Result<(), Box<dyn Error>> {
        let count = self.told.texts().count();
        self.client.send("to and fro").await?;
        Ok(self.texts(count + 1).await?)
    }

    /// Stops the link, and gives all it has told.
    ///
    /// # Errors
    /// As [`Watched::end`].
    pub async fn stop(self) -> Result<Told, Box<dyn Error>> {
        timeout(PATIENCE, self.client.stop()).await?;
        self.end().await
    }

    /// Listens until the link has ended, and gives all it has told.
    ///
    /// # Errors
    /// If it does not end in [`PATIENCE`], or its driver panicked.
    pub async fn end(mut self) -> Result<Told, Box<dyn Error>> {
        while let Some(event) = timeout(PATIENCE, self.events.next()).await? {
            self.told.0.push((Instant::now(), event));
        }
        timeout(PATIENCE, self.driver).await??;
        Ok(self.told)
    }

    /// The parts: the handle, the events, the driver's task.
    pub fn into_parts(self) -> (Client<Message>, Events<Message>, JoinHandle<End>) {
        (self.client, self.events, self.driver)
    }
}

impl Told {
    /// What was told, in words, without the messages: `failed up down up`.
    #[must_use]
    pub fn shape(&self) -> String {
        let word = |(_, event): &(Instant, Event<Message>)| match event {
            Event::Up { .. } => Some("up"),
            Event::Down { .. } => Some("down"),
            Event::Failed { .. } => Some("failed"),
            Event::Renewed { .. } => Some("renewed"),
            Event::GaveUp { .. } => Some("gave-up"),
            Event::Message { .. } => None,
        };
        self.0.iter().filter_map(word).collect::<Vec<_>>().join(" ")
    }

    /// Every loss and every attempt that never came up: when it was heard, why, and when the next dial was to be.
    pub fn endings(&self) -> impl Iterator<Item = (Instant, &Ending, Option<Instant>)> {
        self.0.iter().filter_map(|(at, event)| match event {
            Event::Down { why, retry_at, .. } | Event::Failed { why, retry_at, .. } => Some((*at, why, *retry_at)),
            Event::Up { .. } | Event::Renewed { .. } | Event::Message { .. } | Event::GaveUp { .. } => None,
        })
    }

    /// The texts that came in.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|(_, event)| if let Event::Message { message, .. } = event { message.as_text() } else { None })
    }
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("client", &self.client).field("told", &self.told).finish_non_exhaustive()
    }
}

/// What a link should have told and did not.
#[derive(Clone)]
pub struct Untold {
    /// What was waited for.
    pub what: &'static str,
    /// What was told instead.
    pub told: Told,
}

impl fmt::Display for Untold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was not told, but: {:?}", self.what, self.told.0)
    }
}

impl fmt::Debug for Untold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for Untold {}
