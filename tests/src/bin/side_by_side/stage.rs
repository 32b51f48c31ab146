//! Owns what a play has: a fake Slack of its own, a driver, and the moments it waits for.

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use relink_tests::slack::{FakeSlack, Settings};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

use crate::client::{Client, Places};
use crate::driver::{Driver, Notes};
use crate::figure::Figure;

pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// How long a client may take for what it does without trouble.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);

/// What all plays share.
pub(crate) struct Theatre {
    pub(crate) places: Places,
    /// Where what the drivers print is kept.
    pub(crate) logs: PathBuf,
    /// So many programs may load at the same time: more would only be slower.
    pub(crate) loading: Semaphore,
}

/// A client in front of a Slack.
pub(crate) struct Stage {
    pub(crate) slack: FakeSlack,
    pub(crate) driver: Driver,
    log: PathBuf,
}

/// Who plays what.
#[derive(Clone)]
pub(crate) struct Cast {
    pub(crate) theatre: Arc<Theatre>,
    pub(crate) client: Client,
    pub(crate) play: &'static str,
}

impl Cast {
    /// A client that has loaded and was not started.
    pub(crate) async fn enter(&self, settings: Settings, handler_ms: u32) -> Result<Stage, Failure> {
        let slack = FakeSlack::start(settings).await?;
        let log = self.theatre.logs.join(format!("{}-{}.log", self.play, self.client.word()));
        let _turn = self.theatre.loading.acquire().await?;
        let driver = Driver::start(self.client.command(&self.theatre.places, &slack.api_url(), handler_ms)?, &log).await?;
        Ok(Stage { slack, driver, log })
    }
}

impl Stage {
    /// Starts the client, waits for its connection, and leaves it a moment to notice: Slack sees it first.
    ///
    /// # Errors
    /// If there is none: this is for plays whose trouble comes later.
    pub(crate) async fn connect(&mut self) -> Result<usize, Failure> {
        self.driver.tell("start").await;
        let connection = self.slack.until_some(PATIENCE, |book| book.ready().first().copied()).await?;
        sleep(Duration::from_secs(1)).await;
        Ok(connection)
    }

    /// Stops the client, and waits until it says that it has, or says nothing more.
    pub(crate) async fn stop(&mut self) -> Notes {
        self.driver.tell("stop").await;
        self.driver.until(PATIENCE, |notes| notes.stopped.is_some()).await;
        self.driver.notes()
    }

    /// How long from `since` until a connection is ready that `is_it`; waits `patience` at most, and no longer than the client lives.
    pub(crate) async fn ready_after(&mut self, since: Instant, patience: Duration, is_it: impl Fn(usize) -> bool) -> Figure {
        const LOOK: Duration = Duration::from_secs(1);
        let end = Instant::now() + patience;
        while Instant::now() < end {
            let hello = |number: usize| self.slack.read(|book| book.connection(number).and_then(|connection| connection.hello));
            let found = self.slack.until_some(LOOK, |book| book.ready().into_iter().find(|&number| is_it(number))).await;
            if let Ok(number) = found {
                return hello(number).map_or(Figure::Never, |at| Figure::Time(at.saturating_duration_since(since)));
            }
            if self.driver.death().is_some() {
                break;
            }
        }
        Figure::Never
    }

    /// The WebSockets that are open when this time is over.
    pub(crate) async fn left_after(&self, time: Duration) -> Figure {
        sleep(time).await;
        Figure::Count(self.slack.read(|book| book.websockets_open()))
    }

    /// Ends client and Slack, and keeps the book beside what the client has printed.
    pub(crate) async fn leave(self) -> Result<(), Failure> {
        let book = self.slack.book();
        self.driver.end().await?;
        self.slack.stop().await;
        Ok(fs::write(self.log.with_extension("book"), book.to_string())?)
    }
}
