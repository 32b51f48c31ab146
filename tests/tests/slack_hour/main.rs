//! One hour with Slack on virtual time: 50 envelopes a second through three links, while everything goes wrong that can.
//!
//! Every event is acknowledged, or comes again and is acknowledged then; nothing is handed out twice; the memory does not grow.
//! `RELINK_SEED=7 cargo test -p relink-tests --test slack_hour -- --nocapture` plays another hour and shows it.

mod app;
mod memory;
mod weather;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use peak_alloc::PeakAlloc;
use relink_tests::slack::{Answer, Book, Call, FakeSlack, Kind, RateLimit, Settings, sample};
use relink_tokio::Clock;
use relink_tokio::slack::{SlackStats, SocketMode, UrlBudget};
use tokio::time::{Instant, MissedTickBehavior, interval};

use app::Hands;
use memory::Memory;
use weather::Weather;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

const HOUR: Duration = Duration::from_secs(3600);
const PER_SECOND: usize = 50;
/// Before the hour, somewhat more: the table of ids doubles when it is full, and is as large as it will be before it is measured.
const WARM_UP: Duration = Duration::from_secs(600);
const WARM_UP_PER_SECOND: usize = 60;
const WARM_UP_ENVELOPES: usize = WARM_UP_PER_SECOND * 600;
const ENVELOPES: usize = WARM_UP_ENVELOPES + PER_SECOND * 3600;
const LINKS: u32 = 3;
/// The last redelivery of what was posted last: 3 s, 3 s and a minute, 3 s and five minutes, and 3 s for its acknowledgement.
const AFTERWARDS: Duration = Duration::from_secs(380);

fn seed() -> u64 {
    std::env::var("RELINK_SEED").map_or(1, |seed| seed.parse().expect("RELINK_SEED is a whole number"))
}

/// One in twenty is an interaction, which Slack never sends again.
fn kind(number: usize) -> Kind {
    if number % 20 == 7 { Kind::Interactive } else { Kind::EventsApi }
}

async fn post(slack: &FakeSlack, numbers: Range<usize>, per_second: usize) {
    let mut ticks = interval(Duration::from_secs(1) / per_second as u32);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for number in numbers {
        ticks.tick().await;
        slack.send(kind(number), sample(kind(number), number));
    }
}

/// What is known when all is over.
struct Past {
    book: Book,
    stats: SlackStats,
    hands: app::Report,
    weather: weather::Report,
    memory: Memory,
}

async fn play(seed: u64) -> Past {
    // More calls than the client's budget are refused: it would be seen.
    let rate = Some(RateLimit { burst: 8, every: Duration::from_secs(5) });
    let settings = Settings { rate, forget_settled: true, seed, ..Settings::default() };
    let slack = Arc::new(FakeSlack::start(settings).await.unwrap());
    let endpoint = slack.api_url() + "apps.connections.open";
    let builder = SocketMode::builder("xapp-1-hour").endpoint(endpoint).connections(LINKS).clock(Clock::tokio()).seed(seed);
    let (app, driver) = builder.budget(UrlBudget::new(Duration::from_secs(5), 6)).build().unwrap();
    let driver = tokio::spawn(driver);
    let hands = tokio::spawn(Hands::new(app.clone(), seed).work());
    slack.until(Duration::from_secs(60), |book| book.ready().len() == LINKS as usize).await.unwrap();

    let weather = tokio::spawn(Weather::new(slack.clone(), seed, LINKS as usize).blow(WARM_UP + HOUR));
    post(&slack, 0..WARM_UP_ENVELOPES, WARM_UP_PER_SECOND).await;
    let memory = tokio::spawn(Memory::watch(slack.clone(), HOUR));
    post(&slack, WARM_UP_ENVELOPES..ENVELOPES, PER_SECOND).await;
    let (memory, weather) = (memory.await.unwrap(), weather.await.unwrap());
    tokio::time::sleep(AFTERWARDS).await;

    let stats = app.stats();
    app.stop().await;
    let hands = hands.await.unwrap();
    drop(app);
    driver.await.unwrap();
    Past { book: slack.book(), stats, hands, weather, memory }
}

#[tokio::test(start_paused = true)]
async fn an_hour_of_faults() {
    let (began, machine, seed) = (Instant::now(), std::time::Instant::now(), seed());
    println!("seed {seed}");
    let Past { book, stats, hands, weather, memory } = play(seed).await;
    println!("{:.1} min in {:.1} s; {weather}", began.elapsed().as_secs_f64() / 60.0, machine.elapsed().as_secs_f64());
    println!("{} calls, {} dials, {:?}", book.calls.len(), book.dials.len(), book.counts);
    println!("{hands}; joined {}, known {}, late {}, postponed {}", stats.joined, stats.known, stats.late, stats.postponed);
    println!("{memory}");

    assert_eq!(book.counts.posted, ENVELOPES);
    assert_eq!(book.counts.events_lost, 0, "every event is acknowledged");
    assert_eq!(book.counts.acknowledged + book.counts.lost, ENVELOPES, "nothing waits");
    assert_eq!((hands.twice, stats.forgotten_early, stats.unrecorded), (0, 0, 0), "nothing is handed out twice");
    assert_eq!((book.counts.acks_stray, book.counts.tickets_reused, book.counts.broken), (0, 0, 0));
    let limited = |call: &&Call| matches!(call.answer, Answer::Limited { retry_after_s } if !weather.asked(retry_after_s));
    assert_eq!(book.calls.iter().filter(limited).count(), 0, "the calls stay within the budget");
    assert_eq!((book.websockets_open(), weather.unmended), (0, 0), "each time it recovers, and nothing is left");
    assert!(memory.slope_percent < 1.0, "{memory}");
}
