//! A stop that the peer does not do its part for: forced within the closing timeout, from every state that has a Close to send.

use relink_tests::fault::Act;
use tokio::task::yield_now;
use tokio::time::sleep;

use super::bench::reaches;
use super::*;

#[tokio::test]
async fn stop_in_ready_of_a_peer_that_never_answers_a_close() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::CloseUnanswered).await?;
    let mut watched = Watched::start_on(bench.runtime(), link(&server.url(), CONFIG)?);
    watched.up().await?;
    let state = |state: &LinkState| matches!(state, LinkState::Ready { .. });
    let case = Case { name: "in Ready, Close never answered", state, held: 1, forced: true, told: "up down" };
    case.stop(&bench, watched, server).await
}

#[tokio::test]
async fn stop_in_open_of_a_peer_that_never_answers_a_close() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::CloseUnanswered).await?;
    let builder = link(&server.url(), OVERLAPS)?.transport(|ws| ws.protocol(Hello));
    let watched = Watched::start_on(bench.runtime(), builder);
    let state = |state: &LinkState| matches!(state, LinkState::Open { .. });
    reaches(watched.client(), state).await?;
    let case = Case { name: "in Open, Close never answered", state, held: 1, forced: true, told: "failed" };
    case.stop(&bench, watched, server).await
}

#[tokio::test]
async fn stop_in_draining_of_a_peer_that_never_reads() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::StalledReader).await?;
    let mut watched = Watched::start_on(bench.runtime(), link(&server.url(), CONFIG)?);
    watched.up().await?;
    // More than the kernel's buffers swallow: something stays in hand.
    let payload = vec![0; 256 << 10];
    while watched.client().stats().waiting_messages == 0 {
        for _ in 0..16 {
            let _full = watched.client().try_send(payload.as_slice());
        }
        sleep(Duration::from_millis(50)).await;
    }
    let client = watched.client().clone();
    let draining = tokio::spawn(async move { client.drain(HOUR.as_duration()).await });
    let state = |state: &LinkState| matches!(state, LinkState::Draining { .. });
    reaches(watched.client(), state).await?;
    let case = Case { name: "in Draining, nothing is read", state, held: 1, forced: true, told: "up down" };
    case.stop(&bench, watched, server).await?;
    Ok(tokio::time::timeout(PATIENCE, draining).await??)
}

#[tokio::test]
async fn stop_in_closing_after_the_peers_close() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::CloseThenHold { after: Duration::ZERO, code: 1000 }).await?;
    let watched = Watched::start_on(bench.runtime(), link(&server.url(), CONFIG)?);
    let state = |state: &LinkState| matches!(state, LinkState::Closing { .. });
    reaches(watched.client(), state).await?;
    let began = tokio::time::Instant::now();
    let client = watched.client().clone();
    tokio::time::timeout(PATIENCE, client.stop()).await?;
    let took = began.elapsed();
    row("stop in Closing, the socket is held", millis(took), with_slack(CLOSING.as_duration()));
    assert!(took <= CLOSING.as_duration() + SLACK);
    assert_eq!(bench::dialled(server.port())?, 0);
    assert_eq!(watched.end().await?.shape(), "up down", "and no dial after it");
    assert_eq!(server.log().dials().len(), 1);
    bench.is_clean(server).await
}

#[tokio::test]
async fn stop_in_closing_of_a_stop_already_under_way() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::CloseUnanswered).await?;
    let mut watched = Watched::start_on(bench.runtime(), link(&server.url(), CONFIG)?);
    watched.up().await?;
    let first = tokio::spawn({
        let client = watched.client().clone();
        async move { client.stop().await }
    });
    let state = |state: &LinkState| matches!(state, LinkState::Closing { .. });
    reaches(watched.client(), state).await?;
    let began = tokio::time::Instant::now();
    let client = watched.client().clone();
    tokio::time::timeout(PATIENCE, client.stop()).await?;
    tokio::time::timeout(PATIENCE, first).await??;
    let took = began.elapsed();
    row("stop in Closing, a second time", millis(took), with_slack(CLOSING.as_duration()));
    assert!(took <= CLOSING.as_duration() + SLACK, "a second stop does not begin the wait anew");
    assert_eq!(watched.end().await?.shape(), "up down");
    bench.is_clean(server).await
}

/// A stop whose caller does not wait for it happens all the same.
#[tokio::test]
async fn stop_that_nobody_waits_for() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::Echo).await?;
    let mut watched = Watched::start_on(bench.runtime(), link(&server.url(), CONFIG)?);
    watched.up().await?;
    {
        let client = watched.client().clone();
        let mut stop = std::pin::pin!(client.stop());
        tokio::select! {
            biased;
            () = &mut stop => {}
            () = yield_now() => {}
        }
    }
    assert_eq!(watched.end().await?.shape(), "up down");
    assert_eq!(server.log().closes(), [(1, Some(1000))]);
    bench.is_clean(server).await
}

/// What was accepted for sending before a stop goes out before its Close; after the Close nothing does.
#[tokio::test]
async fn stop_with_messages_in_hand_writes_them_first() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::Echo).await?;
    let mut watched = Watched::start_on(bench.runtime(), link(&server.url(), CONFIG)?);
    watched.up().await?;
    for number in 0..10 {
        watched.client().send(number.to_string()).await?;
    }
    let client = watched.client().clone();
    client.stop().await;
    assert!(client.send("too late").await.is_err());
    watched.end().await?;
    server.tell([Act::Leave(relink_tests::fault::Leave::Fin)]);
    let log = server.log();
    let texts: Vec<_> = log.texts_of(1).map(str::to_owned).collect();
    row("stop with 10 messages accepted before", format_args!("{} received before the Close", texts.len()), "10");
    assert_eq!(texts, (0..10).map(|number: u32| number.to_string()).collect::<Vec<_>>(), "{log}");
    bench.is_clean(server).await
}
