//! Owns what Slack sends: events over keys and commands, at a rate, each with its number.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use relink_tests::slack::{FakeSlack, Kind, Settings};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::stage::Outcome;

/// Over how many keys the events are spread.
const KEYS: u64 = 20;
/// One of so many is a command.
const COMMAND_EVERY: u64 = 20;

/// A fake Slack, and what was posted to it.
#[derive(Clone)]
pub(crate) struct Load {
    pub(crate) slack: Arc<FakeSlack>,
    posts: Arc<Mutex<Vec<Post>>>,
}

/// One thing that was posted.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    /// The id of what is stored: the event's own.
    pub(crate) id: String,
    /// The id of what Slack delivers.
    pub(crate) envelope: String,
    pub(crate) key: String,
    /// The how-manieth of its key.
    pub(crate) number: u64,
    pub(crate) is_command: bool,
}

/// A load that runs until it is dropped or ended.
pub(crate) struct Running(JoinHandle<()>);

impl Load {
    /// Slack's times are its own, but for the minutes after which it delivers again, and after which it forgets a peer that is silent:
    /// they pass three times as fast, as the lease does.
    pub(crate) async fn start() -> Outcome<Self> {
        let redelivery = [0, 60, 300].map(|seconds| Duration::from_secs(seconds) / 3).to_vec();
        let settings = Settings { redelivery, ghost_timeout: Duration::from_secs(20), urls_by_host: true, ..Settings::default() };
        Ok(Self { slack: Arc::new(FakeSlack::start(settings).await?), posts: Arc::default() })
    }

    /// Posts so many a second from now on.
    pub(crate) fn run(&self, per_second: u32) -> Running {
        let load = self.clone();
        Running(tokio::spawn(async move {
            let mut ticks = interval(Duration::from_secs(1) / per_second);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
            for number in 0.. {
                ticks.tick().await;
                if number % COMMAND_EVERY == COMMAND_EVERY - 1 { load.command(number) } else { load.event(number, "") }
            }
        }))
    }

    /// Posts one event that says this, as the next of its key.
    pub(crate) fn event(&self, number: u64, says: &str) {
        let (key, number) = (format!("C{}", number % KEYS), number / KEYS);
        let event = json!({"type": "message", "channel": key, "user": "U1", "text": format!("{number} {says}")});
        let id = format!("Ev{key}-{number}");
        let payload = json!({"type": "event_callback", "event_id": id, "event": event});
        let envelope = self.slack.send(Kind::EventsApi, payload.to_string());
        self.note(Post { id, envelope, key, number, is_command: false });
    }

    fn command(&self, number: u64) {
        let payload = json!({"command": "/ask", "text": number.to_string(), "channel_id": "C0", "user_id": "U1"});
        let envelope = self.slack.send(Kind::SlashCommands, payload.to_string());
        self.note(Post { id: envelope.clone(), envelope, key: String::new(), number, is_command: true });
    }

    fn note(&self, post: Post) {
        self.posts.lock().unwrap_or_else(PoisonError::into_inner).push(post);
    }

    /// What was posted so far.
    pub(crate) fn posts(&self) -> Vec<Post> {
        self.posts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The connections that are registered and ready now.
    pub(crate) fn ready(&self) -> Vec<usize> {
        self.slack.read(relink_tests::slack::Book::ready)
    }

    /// When a connection became ready after that moment, if one has.
    pub(crate) fn ready_after(&self, moment: Instant) -> Option<Instant> {
        self.slack.read(|book| book.connections.iter().filter_map(|connection| connection.hello).find(|hello| *hello > moment))
    }
}

impl Running {
    pub(crate) fn end(self) {}
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}
