//! Owns the app under test: a client with short times, and how to wait for something.

use std::time::Duration;

use relink_tests::slack::{Book, FakeSlack, Kind, Settings};
use relink_tokio::slack::{Envelope, SocketMode, SocketModeBuilder, UrlBudget};
use relink_tokio::{Backoff, Config, Jitter, Millis};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Far longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const EVENT: &str = r#"{"event":{"type":"message","text":"\ud83d\ude00 a \"b\""},"n":[1,2.50]}"#;

/// A client whose delays are a tenth of what they are by default, and which may call as often as it likes.
pub(crate) struct Rig {
    pub(crate) slack: FakeSlack,
    pub(crate) app: SocketMode,
    pub(crate) driver: JoinHandle<()>,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        Self::with(FakeSlack::start(settings()).await.unwrap(), |builder| builder).await
    }

    pub(crate) async fn with(slack: FakeSlack, change: impl FnOnce(SocketModeBuilder) -> SocketModeBuilder) -> Self {
        let builder =
            SocketMode::builder("xapp-1-test").endpoint(slack.api_url() + "apps.connections.open").seed(1).budget(plenty()).config(short);
        let (app, driver) = change(builder).build().unwrap();
        Self { slack, app, driver: tokio::spawn(driver) }
    }

    /// Waits until this is true of Slack's book.
    pub(crate) async fn until(&self, wanted: impl Fn(&Book) -> bool) -> Book {
        self.slack.until(PATIENCE, wanted).await.unwrap_or_else(|unseen| panic!("{unseen}"))
    }

    /// Waits for so many connections that Slack has said hello on.
    pub(crate) async fn ready(&self, connections: usize) -> Book {
        self.until(|book| book.ready().len() == connections).await
    }

    /// Waits until this link has heard the hello, too.
    pub(crate) async fn up(&self, link: usize) {
        self.eventually(|app| app.stats().links[link].ups > 0).await;
    }

    /// Waits until this is true of the app.
    pub(crate) async fn eventually(&self, wanted: impl Fn(&SocketMode) -> bool) {
        let seen = async {
            while !wanted(&self.app) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(PATIENCE, seen).await.unwrap_or_else(|_| panic!("not seen: {:#?}", self.app.stats()));
    }

    pub(crate) async fn next(&self) -> Envelope {
        timeout(PATIENCE, self.app.next()).await.expect("an envelope in time").expect("the app goes on")
    }

    pub(crate) fn send(&self) -> String {
        self.slack.send(Kind::EventsApi, EVENT)
    }

    /// Stops, and sees that nothing is left.
    pub(crate) async fn end(self) -> Book {
        timeout(Duration::from_secs(2), self.app.stop()).await.expect("a stop within the bound");
        drop(self.app);
        timeout(PATIENCE, self.driver).await.expect("the driver ends").unwrap();
        let book = self.slack.until(PATIENCE, |book| book.sockets_open == 0).await.expect("no socket is left, of the API neither");
        self.slack.stop().await;
        book
    }
}

pub(crate) fn settings() -> Settings {
    Settings { rate: None, ..Settings::default() }
}

pub(crate) fn plenty() -> UrlBudget {
    UrlBudget::new(Duration::from_millis(1), 1000)
}

pub(crate) fn short(config: Config) -> Config {
    let backoff = Backoff { delay_min: Millis::new(50), delay_max: Millis::new(400), first_spread: Millis::new(50), ..config.backoff };
    Config {
        backoff: Backoff { jitter: Jitter::Full, ..backoff },
        opening_timeout: Millis::new(500),
        acceptance_timeout: Millis::new(400),
        ping_after: Millis::new(400),
        pong_timeout: Millis::new(300),
        closing_timeout: Millis::new(200),
        dial_gap_min: Millis::new(20),
        retry_after_max: Millis::new(600),
        reset_after: Millis::new(300),
        start_spread: Millis::ZERO,
        ..config
    }
}
