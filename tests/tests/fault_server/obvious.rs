//! Owns what the tests say about the obvious reconnect loop: what it is good for in a comparison is that it is counted truly.

use std::time::Duration;

use futures_util::future::try_join_all;
use relink_tests::fault::{Behaviour, HELLO, Leave, Refusal};
use relink_tests::peers::obvious::{Habits, watch};
use relink_tests::peers::{Count, Waiting};

use super::*;

const SHORT: Duration = Duration::from_millis(300);

#[tokio::test]
async fn it_dials_without_end_a_server_that_accepts_and_drops() -> Tested {
    let server = FaultServer::start(Behaviour::AcceptThenDrop(Leave::Fin)).await?;
    let count = watch(&server.url(), Habits::AT_ONCE, SHORT).await;
    assert!(count.dials.len() > 20, "{} dials", count.dials.len());
    assert!(count.dials.len() - count.ups.len() <= 1 && count.ups.len() - count.downs.len() <= 1);
    assert_eq!(count.gaps().len(), count.dials.len() - 1);
    // The last dial may still have been on its way.
    let seen = server.log().dials().len();
    assert!(count.dials.len() - seen <= 1, "{} dialled, {seen} seen", count.dials.len());
    Ok(())
}

#[tokio::test]
async fn with_a_pause_it_dials_in_lock_step() -> Tested {
    let server = FaultServer::start(Behaviour::Refuse(Refusal::new(409))).await?;
    let habits = Habits { pause: Duration::from_millis(50), dials_max: 5, ..Habits::AT_ONCE };
    let count = watch(&server.url(), habits, PATIENCE).await;
    assert_eq!(count.dials.len(), 5, "{:?}", count.gaps());
    assert!(count.gaps().iter().all(|gap| *gap >= habits.pause), "{:?}", count.gaps());
    assert!(count.ups.is_empty() && count.outages().is_empty());
    Ok(())
}

#[tokio::test]
async fn it_hangs_wherever_nobody_gives_it_a_deadline() -> Tested {
    let zero = Duration::ZERO;
    let cases = [
        (Behaviour::Mute, Waiting::ForOpening),
        (Behaviour::HalfThenSilence, Waiting::ForOpening),
        (Behaviour::Drip { every: Duration::from_secs(1) }, Waiting::ForOpening),
        (Behaviour::HalfOpen { after: zero }, Waiting::ForMessage),
        (Behaviour::Silent { after: zero }, Waiting::ForMessage),
        (Behaviour::CloseThenHold { after: zero, code: 1000 }, Waiting::ForMessage),
    ];
    let watched = cases.map(|(behaviour, expected)| async move {
        let server = FaultServer::start(behaviour.clone()).await?;
        let count = watch(&server.url(), Habits::AT_ONCE, SHORT).await;
        let hangs = count.hangs(SHORT / 2);
        assert!(matches!(hangs[..], [(what, _)] if what == expected), "{behaviour:?}: {hangs:?}");
        assert_eq!(count.dials.len(), 1, "{behaviour:?}");
        Ok::<_, std::io::Error>(())
    });
    try_join_all(watched).await?;

    let server = FaultServer::start(Behaviour::Echo).await?;
    let count: Count = watch(&server.url(), Habits::AT_ONCE, Duration::ZERO).await;
    assert!(count.hangs(SHORT).is_empty());
    Ok(())
}

#[tokio::test]
async fn error_and_close_of_one_failure_double_its_dials() -> Tested {
    let server = FaultServer::start(Behaviour::Refuse(Refusal::new(409))).await?;
    let habits = Habits { dials_max: 31, ..Habits::doubling(Duration::from_millis(100)) };
    let count = watch(&server.url(), habits, PATIENCE).await;
    let mut rounds = vec![1];
    for gap in count.gaps() {
        match rounds.last_mut() {
            Some(round) if gap < habits.pause / 2 => *round += 1,
            Some(_) | None => rounds.push(1),
        }
    }
    assert_eq!(rounds, [1, 2, 4, 8, 16], "{:?}", count.gaps());
    assert_eq!(server.log().dials().len(), 31);
    Ok(())
}

#[tokio::test]
async fn it_counts_what_it_receives_and_how_long_it_was_away() -> Tested {
    let server = FaultServer::start(Behaviour::Leaves { after: Duration::ZERO, how: Leave::Fin }).await?;
    let habits = Habits { pause: Duration::from_millis(50), dials_max: 3, ..Habits::AT_ONCE };
    let count = watch(&server.url(), habits, PATIENCE).await;
    assert_eq!((count.dials.len(), count.ups.len(), count.outages().len()), (3, 3, 2));
    assert!(count.outages().iter().all(|outage| *outage >= habits.pause), "{:?}", count.outages());

    server.set(Behaviour::Numbers { every: Duration::from_millis(5) });
    let count = watch(&server.url(), Habits::EVERY_SECOND, SHORT).await;
    assert_eq!(count.texts.first().map(String::as_str), Some(HELLO));
    assert!(count.texts.len() > 10, "{:?}", count.texts);
    Ok(())
}
