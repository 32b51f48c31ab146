//! Incident B with ten instances of one app at once: the calls stay within the budget, and nobody moves in step.

use std::time::{Duration, Instant};

use relink_tests::slack::{FakeSlack, LinkTrouble, Trouble};
use relink_tokio::Config;
use relink_tokio::slack::{SocketMode, UrlBudget};
use tokio::time::timeout;

use crate::rig::{PATIENCE, settings, short};

const INSTANCES: usize = 10;
const FAULT: Duration = Duration::from_secs(2);
const INTERVAL: Duration = Duration::from_millis(100);
const BURST: u32 = 3;
/// Two clocks, two processors, and a timer's millisecond.
const TOLERANCE: Duration = Duration::from_millis(15);

#[tokio::test]
async fn ten_instances_share_a_budget_through_conflicts() {
    let slack = FakeSlack::start(settings()).await.unwrap();
    slack.script_links([LinkTrouble::Status(409).lasting(FAULT)]);
    let began = Instant::now();
    let budget = UrlBudget::new(INTERVAL, BURST);
    // By default those who start together do not dial together.
    let config = |config: Config| Config { start_spread: config.start_spread, ..short(config) };
    let apps: Vec<_> = (0..INSTANCES)
        .map(|seed| {
            let builder = SocketMode::builder("xapp-1-fleet").endpoint(slack.api_url() + "apps.connections.open");
            let (app, driver) = builder.budget(budget.clone()).seed(seed as u64).config(config).build().unwrap();
            tokio::spawn(driver);
            app
        })
        .collect();
    let book = slack.until(PATIENCE, |book| book.ready().len() == INSTANCES).await.unwrap();
    // Each needs one call after the fault, and the longest delay may pass before it asks.
    let allowed = FAULT + INTERVAL * INSTANCES as u32 + Duration::from_millis(400) + Duration::from_millis(500);
    println!("ten ready after {:?}, allowed {allowed:?}; {} calls, {} dials", began.elapsed(), book.calls.len(), book.dials.len());
    assert!(began.elapsed() <= allowed, "{:?}", began.elapsed());

    let calls: Vec<_> = book.calls.iter().map(|call| call.at).collect();
    for (first, from) in calls.iter().enumerate() {
        for (last, to) in calls.iter().enumerate().skip(first) {
            let within = (*to - *from + TOLERANCE).as_secs_f64() / INTERVAL.as_secs_f64() + f64::from(BURST);
            assert!((last - first + 1) as f64 <= within, "{} calls in {:?}", last - first + 1, *to - *from);
        }
    }
    let failed: u32 = apps.iter().map(|app| app.stats().links[0].failed).sum();
    let postponed: u64 = apps.iter().map(|app| app.stats().postponed).sum();
    assert_eq!(u64::from(failed), (book.dials.len() - INSTANCES) as u64 + postponed, "one failure an attempt");

    let close = book.dials.windows(2).filter(|pair| pair[1].at - pair[0].at < Duration::from_millis(10)).count();
    let span = (book.dials.last().unwrap().at - book.dials[0].at).as_secs_f64();
    let by_chance = (book.dials.len() as f64).powi(2) * 0.01 / span;
    println!("{close} pairs of dials within 10 ms, {by_chance:.1} by chance");
    assert!(close as f64 <= by_chance + 3.0 * by_chance.sqrt());
    for app in &apps {
        timeout(PATIENCE, app.stop()).await.expect("a stop");
    }
    drop(apps);
    slack.until(PATIENCE, |book| book.websockets_open() == 0).await.expect("no WebSocket is left");
    slack.stop().await;
}
