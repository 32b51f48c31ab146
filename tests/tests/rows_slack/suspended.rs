//! A process that is stopped and goes on: one probe, one reconnect if the peer is dead, and no burst.
//!
//! What counts is not how long it is stopped, but how many of its own times pass meanwhile: 45 s are longer than the 10 s of silence
//! and the 15 s for a pong together, and so are 3 s to the 0.5 s and 0.3 s of the process here.

use std::process::Stdio;
use std::time::Duration;

use relink_tests::fault::Leave;
use relink_tests::slack::{Book, FakeSlack, LinkTrouble, Settings, Trouble};
use relink_tokio::slack::SocketMode;
use relink_tokio::{Config, Millis};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use crate::rig::{PATIENCE, plenty, settings, short};

const PING_AFTER: Duration = Duration::from_millis(500);
const PONG_TIMEOUT: Duration = Duration::from_millis(300);
const STOPPED: Duration = Duration::from_secs(3);
/// The app's endpoint. Only with it does the process below do anything.
const ENDPOINT: &str = "RELINK_SUSPENDED_ENDPOINT";

/// What runs in the process that is stopped: an app, until it is killed.
#[tokio::test]
async fn the_process_that_is_stopped() {
    let Ok(endpoint) = std::env::var(ENDPOINT) else { return };
    let times = |config: Config| {
        let (ping_after, pong_timeout) = (Millis::from_duration(PING_AFTER), Millis::from_duration(PONG_TIMEOUT));
        Config { ping_after, pong_timeout, ..short(config) }
    };
    let app = SocketMode::builder("xapp-1-stopped").endpoint(endpoint).budget(plenty()).config(times).connect().unwrap();
    while let Some(envelope) = app.next().await {
        envelope.ack().unwrap();
    }
}

struct Stopped {
    slack: FakeSlack,
    process: Child,
}

impl Stopped {
    /// A process that is connected, and has been stopped since. A Slack that pings would leave signs of life to be read: this one
    /// does not, so that the silence is complete.
    async fn start(first: Option<LinkTrouble>) -> Self {
        let slack = FakeSlack::start(Settings { ping_every: Duration::from_secs(3600), ..settings() }).await.unwrap();
        slack.script_links(first.map(Trouble::once));
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "suspended::the_process_that_is_stopped"]).env(ENDPOINT, slack.api_url() + "apps.connections.open");
        let process = command.stdout(Stdio::null()).kill_on_drop(true).spawn().unwrap();
        let stopped = Self { slack, process };
        stopped.until(|book| book.ready().len() == 1).await;
        sleep(Duration::from_millis(100)).await;
        stopped.signal("STOP").await;
        stopped
    }

    async fn signal(&self, name: &str) {
        let id = self.process.id().expect("it runs").to_string();
        let sent = Command::new("sh").args(["-c", "kill -s \"$1\" \"$2\"", "sh", name, &id]).status().await.unwrap();
        assert!(sent.success());
    }

    /// The rest of the time, then it goes on. Gives the book as it was until then.
    async fn go_on(&self) -> Book {
        sleep(STOPPED).await;
        let before = self.slack.book();
        self.signal("CONT").await;
        before
    }

    async fn until(&self, wanted: impl Fn(&Book) -> bool) -> Book {
        self.slack.until(PATIENCE, wanted).await.unwrap_or_else(|unseen| panic!("{unseen}"))
    }

    /// Waits until all is done that will be, and gives the book.
    async fn end(mut self) -> Book {
        sleep(2 * (PING_AFTER + PONG_TIMEOUT)).await;
        self.process.kill().await.unwrap();
        self.slack.stop().await
    }
}

/// Calls for a URL, dials.
fn moves(book: &Book) -> (usize, usize) {
    (book.calls.len(), book.dials.len())
}

fn pings(book: &Book) -> usize {
    book.connections[0].pings
}

#[tokio::test]
async fn one_probe_that_is_answered_and_it_goes_on() {
    let stopped = Stopped::start(None).await;
    let before = stopped.go_on().await;
    stopped.until(|book| pings(book) == pings(&before) + 1).await;
    let probed = Instant::now();
    sleep(PING_AFTER / 2).await;
    // On a busy machine half of a silence may have become several.
    let more = stopped.slack.read(pings) - pings(&before) - 1;
    let silences = probed.elapsed().as_millis() / PING_AFTER.as_millis();
    assert!(more as u128 <= silences, "one probe, not one for each silence that was missed: {more} more in {:?}", probed.elapsed());
    let id = stopped.slack.send(relink_tests::slack::Kind::EventsApi, crate::rig::EVENT);
    stopped.until(|book| !book.envelopes[&id].acks.is_empty()).await;
    assert_eq!(moves(&stopped.end().await), (1, 1), "no reconnect, no call for a URL");
}

#[tokio::test]
async fn one_probe_in_vain_and_one_reconnect() {
    // It falls silent while the process is stopped, and reads on.
    let stopped = Stopped::start(Some(LinkTrouble::Silent(Duration::from_secs(1)))).await;
    let before = stopped.go_on().await;
    let book = stopped.until(|book| book.ready().contains(&2)).await;
    assert_eq!(pings(&book), pings(&before) + 1, "one probe");
    let book = stopped.end().await;
    assert_eq!(moves(&book), (2, 2), "one reconnect:\n{book}");
    assert_eq!(pings(&book), pings(&before) + 1);
}

#[tokio::test]
async fn a_peer_that_left_meanwhile_needs_no_probe() {
    let stopped = Stopped::start(None).await;
    assert!(stopped.slack.lose(1, Leave::Fin));
    let before = stopped.go_on().await;
    stopped.until(|book| book.ready().contains(&2)).await;
    let book = stopped.end().await;
    assert_eq!((moves(&book), pings(&book)), ((2, 2), pings(&before)), "one reconnect:\n{book}");
}
