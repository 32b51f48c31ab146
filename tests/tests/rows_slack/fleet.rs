//! Incident B with ten instances of one app at once: the calls stay within the budget, and nobody moves in step.

use std::time::Duration;

use relink_tests::slack::{Answer, Book, FakeSlack, LinkTrouble, RateLimit, Settings, Trouble};
use relink_tokio::slack::{SocketMode, SocketModeBuilder, UrlBudget};
use relink_tokio::{Clock, Config};
use tokio::time::{Instant, timeout};

use crate::rig::{PATIENCE, settings, short};

const INSTANCES: u32 = 10;
const BURST: u32 = 3;
/// Two clocks, two processors, and a timer's millisecond.
const TOLERANCE: Duration = Duration::from_millis(15);
/// Two dials within it are dials in one instant.
const INSTANT: Duration = Duration::from_millis(10);

/// What the ten are up against.
struct Times {
    fault: Duration,
    /// How often the app may ask for a URL.
    interval: Duration,
    /// The longest delay of the policy, and the time over which the first dials are spread.
    delay_max: Duration,
}

impl Times {
    /// Each needs one call after the fault, and may be in the longest delay when it ends.
    fn allowed(&self) -> Duration {
        self.fault + self.interval * INSTANCES + self.delay_max + Duration::from_millis(500)
    }

    /// In no stretch there are more calls than one an interval, and the burst.
    fn assert_within_the_budget(&self, book: &Book) {
        let calls: Vec<_> = book.calls.iter().map(|call| call.at).collect();
        for (first, from) in calls.iter().enumerate() {
            for (last, to) in calls.iter().enumerate().skip(first) {
                let within = (*to - *from + TOLERANCE).as_secs_f64() / self.interval.as_secs_f64() + f64::from(BURST);
                assert!((last - first + 1) as f64 <= within, "{} calls in {:?}", last - first + 1, *to - *from);
            }
        }
        assert!(book.calls.iter().all(|call| matches!(call.answer, Answer::Ticket(_))), "none is refused:\n{book}");
    }
}

async fn play(slack: FakeSlack, times: Times, change: impl Fn(SocketModeBuilder) -> SocketModeBuilder) {
    slack.script_links([LinkTrouble::Status(409).lasting(times.fault)]);
    let (began, budget) = (Instant::now(), UrlBudget::new(times.interval, BURST));
    let start = |seed| {
        let builder = SocketMode::builder("xapp-1-fleet").endpoint(slack.api_url() + "apps.connections.open");
        let (app, driver) = change(builder.budget(budget.clone()).seed(u64::from(seed))).build().unwrap();
        tokio::spawn(driver);
        app
    };
    let apps: Vec<_> = (0..INSTANCES).map(start).collect();
    let patience = times.allowed() + PATIENCE;
    let book = slack.until(patience, |book| book.ready().len() == apps.len()).await.unwrap();
    let (took, allowed) = (began.elapsed(), times.allowed());
    println!("ten ready after {took:?}, allowed {allowed:?}; {} calls, {} dials", book.calls.len(), book.dials.len());
    assert!(took <= allowed, "{took:?}");
    times.assert_within_the_budget(&book);

    let failed: u32 = apps.iter().map(|app| app.stats().links[0].failed).sum();
    let postponed: u64 = apps.iter().map(|app| app.stats().postponed).sum();
    assert_eq!(u64::from(failed), (book.dials.len() - apps.len()) as u64 + postponed, "one failure an attempt");
    assert_not_in_step(&book);
    for app in &apps {
        timeout(PATIENCE, app.stop()).await.expect("a stop");
    }
    drop(apps);
    slack.until(PATIENCE, |book| book.websockets_open() == 0).await.expect("no WebSocket is left");
    slack.stop().await;
}

/// No two dials are made in one instant more often than by chance.
fn assert_not_in_step(book: &Book) {
    let close = book.dials.windows(2).filter(|pair| pair[1].at - pair[0].at < INSTANT).count();
    let span = (book.dials.last().unwrap().at - book.dials[0].at).as_secs_f64();
    let by_chance = (book.dials.len() as f64).powi(2) * INSTANT.as_secs_f64() / span;
    println!("{close} pairs of dials within {INSTANT:?}, {by_chance:.2} by chance");
    assert!(close as f64 <= by_chance + (3.0 * by_chance.sqrt()).max(1.0), "{book}");
}

#[tokio::test]
async fn ten_instances_share_a_budget_through_conflicts() {
    let times = Times { fault: Duration::from_secs(2), interval: Duration::from_millis(100), delay_max: Duration::from_millis(400) };
    // By default those who start together do not dial together.
    let config = |config: Config| Config { start_spread: config.start_spread, ..short(config) };
    play(FakeSlack::start(settings()).await.unwrap(), times, |builder| builder.config(config)).await;
}

/// On virtual time: 409 for 30 s, a call a minute, and everything else as it is by default.
#[tokio::test(start_paused = true)]
async fn the_same_with_slacks_own_times() {
    let minute = Duration::from_secs(60);
    let times = Times { fault: minute / 2, interval: minute, delay_max: minute };
    let slack = FakeSlack::start(Settings { rate: Some(RateLimit::TIER_1), ..settings() }).await.unwrap();
    play(slack, times, |builder| builder.clock(Clock::tokio())).await;
}
