//! Connections that are dropped before their closing handshake: a Close goes ahead, and nobody waits for it.

use std::time::Duration;

use relink_tokio::core::Report;
use relink_tokio::{Builder, CloseCode, Config, Ending, Incoming, Millis, Verdict};
use tokio::time::Instant;

use crate::fake::*;

const RENEW: Report = Report::Asked(Verdict::Renew { within: Millis::ZERO });

fn greeted(net: &Net) -> Builder<Fake> {
    net.builder().config(Config { overlap_max: Millis::from_secs(30), acceptance_timeout: Millis::from_secs(5), ..CONFIG })
}

/// A link whose connection is up and whose successor waits for its acceptance; the peers take what is written, or not.
async fn renewing(net: &Net, builder: Builder<Fake>, takes_writes: bool) -> impl Sized + use<> {
    let (client, mut events) = builder.spawn();
    settle().await;
    net.peer(1).report(Report::Accepted);
    assert_eq!(said(&mut events).await, "up 1");
    seconds(11).await;
    net.manners(Manners { takes_writes, ..Manners::DEFAULT });
    net.peer(1).report(RENEW);
    settle().await;
    assert_eq!(net.held(), 2);
    (client, events)
}

#[tokio::test(start_paused = true)]
async fn a_successor_that_is_not_accepted_is_told_so() {
    for verdict in [Verdict::Retry, Verdict::RetryIn(Millis::from_secs(2))] {
        for takes_writes in [true, false] {
            let net = Net::default();
            let builder = greeted(&net).verdict(move |ending| matches!(ending, Ending::Timeout(_)).then_some(verdict));
            let _link = renewing(&net, builder, takes_writes).await;
            tokio::time::sleep(Duration::from_millis(4_990)).await;
            assert_eq!((net.held(), net.peer(2).close_code()), (2, None));
            tokio::time::sleep(Duration::from_millis(10)).await;
            assert!(net.peer(2).is_dropped(), "at once, whether its socket takes the Close or not");
            assert_eq!((net.peer(2).close_code(), net.peer(2).hears_close()), (Some(3008), takes_writes), "{verdict:?}");
            assert_eq!((net.held(), net.peer(1).close_code()), (1, None), "the current one goes on");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_says_close_on_the_successor_too() {
    let net = Net::default();
    let _link = renewing(&net, greeted(&net), true).await;
    drop(_link);
    settle().await;
    assert_eq!((net.peer(1).close_code(), net.peer(2).close_code(), net.held()), (Some(1000), Some(1001), 0));
}

#[tokio::test(start_paused = true)]
async fn a_breach_in_an_overlap_is_answered_with_its_code() {
    let net = Net::default();
    let _link = renewing(&net, greeted(&net), true).await;
    net.peer(1).push(Incoming::Broken(CloseCode::PROTOCOL_ERROR, Ending::Finished));
    settle().await;
    assert_eq!((net.peer(1).close_code(), net.peer(1).is_dropped(), net.held()), (Some(1002), true, 1));
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_told_so_in_case_it_comes_back() {
    for takes_writes in [true, false] {
        let net = Net::default();
        net.manners(Manners { answers_pings: false, takes_writes, ..Manners::DEFAULT });
        let (_client, mut events) = net.builder().write_timeout(Duration::from_secs(3600)).spawn();
        assert_eq!(said(&mut events).await, "up 1");
        let began = Instant::now();
        assert_eq!(said(&mut events).await, "down 1 silence_timeout");
        assert_eq!(began.elapsed(), Duration::from_secs(25), "after 20 s a ping, for which it has 5 s, and not a moment for the Close");
        assert_eq!((net.peer(1).close_code(), net.peer(1).hears_close(), net.peer(1).is_dropped()), (Some(3008), takes_writes, true));
    }
}

#[tokio::test(start_paused = true)]
async fn a_driver_that_is_dropped_leaves_with_a_close() {
    for closing in [false, true] {
        let net = Net::default();
        net.manners(Manners { answers_close: false, ..Manners::DEFAULT });
        let (client, mut events, mut driver) = net.builder().build();
        let up = async { said(&mut events).await };
        tokio::select! { _ = &mut driver => {}, word = up => assert_eq!(word, "up 1") }
        if closing {
            let stopping = client.stop_with(CloseCode::SERVICE_RESTART);
            assert!(tokio::time::timeout(Duration::from_millis(10), async { tokio::join!(&mut driver, stopping) }).await.is_err());
        }
        drop(driver);
        assert_eq!(net.peer(1).close_code(), Some(if closing { 1012 } else { 1001 }));
        assert!(net.peer(1).is_dropped() && net.peer(1).hears_close());
    }
}
