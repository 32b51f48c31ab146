//! What ends the app until a person mends it, and what only makes it wait.

use std::time::{Duration, Instant};

use relink_tests::fault::Leave;
use relink_tests::slack::{ApiError, CallTrouble, FakeSlack, Reason, Trouble};
use relink_tokio::Clock;
use relink_tokio::slack::SocketMode;
use tokio::time::timeout;

use crate::rig::{PATIENCE, Rig, plenty, settings};

#[tokio::test]
async fn a_wrong_token_ends_it_once_and_a_later_start_works() {
    let slack = FakeSlack::start(settings()).await.unwrap();
    slack.script_calls([CallTrouble::Api(ApiError::InvalidAuth).once()]);
    let rig = Rig::with(slack, |builder| builder).await;
    assert!(timeout(PATIENCE, rig.app.next()).await.expect("an end in time").is_none());
    let why = rig.app.ended().expect("a reason").to_string();
    assert!(why.contains("the token is not valid") && why.contains("xapp-"), "{why}");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(rig.slack.read(|book| (book.calls.len(), book.dials.len())), (1, 0), "it does not try again");
    rig.app.start();
    rig.ready(1).await;
    assert!(rig.app.ended().is_none());
    rig.end().await;
}

#[tokio::test]
async fn a_link_that_was_disabled_ends_it_once() {
    let rig = Rig::start().await;
    let connection = rig.ready(1).await.ready()[0];
    rig.slack.disconnect(connection, Reason::LinkDisabled);
    assert!(timeout(PATIENCE, rig.app.next()).await.expect("an end in time").is_none());
    let why = rig.app.ended().expect("a reason").to_string();
    assert!(why.contains("switch it on in the app's settings"), "{why}");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(rig.slack.read(|book| (book.calls.len(), book.dials.len())), (1, 1), "it does not try again");
    rig.app.start();
    rig.ready(1).await;
    assert!(rig.app.ended().is_none());
    rig.end().await;
}

/// With the times as they are by default, on virtual time.
#[tokio::test(start_paused = true)]
async fn thirty_seconds_are_thirty_seconds() {
    let slack = FakeSlack::start(settings()).await.unwrap();
    slack.script_calls([CallTrouble::RateLimited { retry_after_s: 30 }.times(2)]);
    let builder = SocketMode::builder("xapp-1-limited").endpoint(slack.api_url() + "apps.connections.open").clock(Clock::tokio());
    let (app, driver) = builder.budget(plenty()).build().unwrap();
    let driver = tokio::spawn(driver);
    let book = slack.until(Duration::from_secs(300), |book| book.ready().len() == 1).await.unwrap();
    let gaps: Vec<_> = book.calls.windows(2).map(|pair| (pair[1].at - pair[0].at).as_secs_f64()).collect();
    assert!(gaps.len() == 2 && gaps.iter().all(|gap| (30.0..36.0).contains(gap)), "{gaps:?}");

    slack.script_calls([CallTrouble::RateLimited { retry_after_s: 30 }.once()]);
    slack.lose(1, Leave::Fin);
    slack.until(Duration::from_secs(30), |book| book.calls.len() == 4).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let asked = tokio::time::Instant::now();
    app.stop().await;
    assert!(asked.elapsed() < Duration::from_millis(100), "a wait is stopped at once: {:?}", asked.elapsed());
    drop(app);
    driver.await.unwrap();
    assert_eq!(slack.stop().await.calls.len(), 4);
}

#[tokio::test]
async fn a_rate_limit_is_waited_for_and_the_wait_can_be_stopped() {
    for stopped in [false, true] {
        let slack = FakeSlack::start(settings()).await.unwrap();
        slack.script_calls([CallTrouble::RateLimited { retry_after_s: 1 }.once()]);
        let config =
            |config: relink_tokio::Config| relink_tokio::Config { retry_after_max: relink_tokio::Millis::from_secs(3600), ..config };
        let rig = Rig::with(slack, |builder| builder.config(config)).await;
        rig.until(|book| book.calls.len() == 1).await;
        if stopped {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let asked = Instant::now();
            rig.app.stop().await;
            assert!(asked.elapsed() < Duration::from_millis(500), "{:?}", asked.elapsed());
            assert_eq!(rig.end().await.calls.len(), 1);
            continue;
        }
        let book = rig.ready(1).await;
        assert!(book.calls[1].at - book.calls[0].at >= Duration::from_secs(1), "no call before");
        rig.end().await;
    }
}
