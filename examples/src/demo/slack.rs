//! Owns an app in front of a fake Slack, as scenes play it: its times are shorter, its links are recorded, and it says what happens.

use std::time::Duration;

use relink_tests::slack::{Answer, Book, FakeSlack, Pace, RateLimit, Settings};
use relink_tokio::core::State;
use relink_tokio::observe::{Observer, Step};
use relink_tokio::slack::{SocketMode, UrlBudget};
use relink_tokio::ws::Message;
use relink_tokio::{Backoff, Config, Ending, Millis};
use tokio::task::JoinHandle;

use super::context::Context;
use super::paint::Tone;
use super::scenes::Failed;
use crate::wording::{Reasons, seconds};

/// Slack's own minute: what Tier 1 allows a call in, and how long nobody dials after `too_many_websockets`.
const MINUTE: Duration = Duration::from_secs(60);
/// The calls that may be made at once, as `UrlBudget::tier_1` has it.
const BURST: u32 = 3;

/// How much faster everything is than in the world.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Faster(pub(crate) u32);

/// An app that is running.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) client: SocketMode,
    driver: JoinHandle<()>,
}

impl Faster {
    /// What was a minute.
    pub(crate) fn minute(self) -> Duration {
        MINUTE / self.0
    }

    /// A fake Slack with its own rate limit.
    pub(crate) async fn slack(self, seed: u64) -> Result<FakeSlack, Failed> {
        let settings = Settings { pace: Pace::times_faster(self.0), rate: Some(RateLimit::TIER_1), seed, ..Settings::default() };
        Ok(FakeSlack::start(settings).await?)
    }

    /// What all that run under one app may spend.
    pub(crate) fn budget(self) -> UrlBudget {
        UrlBudget::new(self.minute(), BURST)
    }

    /// The longest delay of the policy, and so the longest that an attempt waits for nothing but its turn.
    pub(crate) fn delay_max(self) -> Duration {
        self.minute()
    }

    fn config(self, config: Config) -> Config {
        let faster = |time: Millis| Millis::new((time.get() / self.0).max(1));
        let Backoff { delay_min, first_spread, .. } = config.backoff;
        let delay_max = Millis::from_duration(self.delay_max());
        Config {
            backoff: Backoff { delay_min: faster(delay_min), delay_max, first_spread: faster(first_spread), ..config.backoff },
            dial_gap_min: faster(config.dial_gap_min),
            reset_after: faster(config.reset_after),
            retry_after_max: Millis::from_duration(self.minute()),
            ..config
        }
    }
}

impl App {
    /// Starts it. It tells what happens if it is to; recorded it is in any case.
    pub(crate) fn start(context: &Context, slack: &FakeSlack, faster: Faster, budget: UrlBudget, tells: bool) -> Result<Self, Failed> {
        let teller = tells.then(|| Teller { context: context.clone(), was: Was::Waiting, stopped: false, reasons: Reasons::default() });
        let mut watch = Some((context.recorder()?, teller));
        let builder = SocketMode::builder("xapp-1-demo").endpoint(slack.api_url() + "apps.connections.open").budget(budget);
        let builder = builder.config(|config| faster.config(config)).seed(context.roll()).observers(move |_| watch.take());
        let (client, driver) = builder.build()?;
        Ok(Self { client, driver: tokio::spawn(driver) })
    }

    /// Stops it, and returns when nothing of it is left.
    pub(crate) async fn end(self) -> Result<(), Failed> {
        self.client.stop().await;
        drop(self.client);
        Ok(self.driver.await?)
    }
}

/// How many of the calls Slack has refused, because there were too many.
pub(crate) fn refused(book: &Book) -> usize {
    book.calls.iter().filter(|call| matches!(call.answer, Answer::Limited { .. })).count()
}

/// Tells what happens to one link.
struct Teller {
    context: Context,
    was: Was,
    /// We have stopped it: what comes of that is no news.
    stopped: bool,
    reasons: Reasons,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Was {
    Waiting,
    Trying,
    Up,
}

impl Observer<Message> for Teller {
    fn step(&mut self, step: &Step<'_>) {
        let (is, until) = match step.link.state() {
            State::Backoff { until } => (Was::Waiting, Some(until)),
            State::Idle | State::Shutdown { .. } => (Was::Waiting, None),
            State::Ready(_) => (Was::Up, None),
            State::Connecting { .. } | State::Open { .. } | State::Draining(_) | State::Closing(_) => (Was::Trying, None),
        };
        let was = std::mem::replace(&mut self.was, is);
        if is == Was::Up && was != is {
            self.context.relink(Tone::Good, "Slack says hello: up");
        }
        self.stopped |= matches!(step.why, Some(Ending::Stopped));
        if let Some(why) = step.why.filter(|_| !self.stopped) {
            let why = self.reasons.of(why.to_string());
            let next = until.map(|until| format!("; next attempt in {}", seconds(Duration::from_millis(until.since(step.now)))));
            self.context.relink(Tone::Bad, format!("{why}{}", next.unwrap_or_default()));
        }
    }
}
