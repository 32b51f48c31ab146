//! Owns the tests of pings and pongs, and of connections that say nothing.

use futures_util::{SinkExt, StreamExt};
use relink_tests::slack::{Kind, LinkTrouble, Trouble};
use tokio_tungstenite::tungstenite::Message;

use super::{PATIENCE, Tested, ack, dial, json, next, ready, seconds, slack, soon};

#[tokio::test(start_paused = true)]
async fn the_server_pings_every_few_seconds_and_answers_pings() -> Tested {
    let slack = slack().await?;
    let mut socket = ready(&slack).await?;
    for _ in 0..3 {
        let ping = soon(socket.next()).await?.ok_or("the end")??;
        assert_eq!(ping, Message::Ping("Ping from applink-1".into()));
    }
    socket.send(Message::Ping("mine".into())).await?;
    let pong = soon(socket.next()).await?.ok_or("the end")??;
    assert_eq!(pong, Message::Pong("mine".into()));
    let book = slack.until(PATIENCE, |book| book.connections[0].pongs == 3).await?;
    let lived = book.connections[0].heard - book.connections[0].opened;
    assert!((seconds(15)..seconds(21)).contains(&lived), "{lived:?}");
    assert_eq!(book.connections[0].pings, 1);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_is_not_heard_is_let_go_after_a_minute() -> Tested {
    let slack = slack().await?;
    // Nobody reads, so nobody answers the pings.
    let _deaf = ready(&slack).await?;
    let book = slack.until(PATIENCE, |book| book.websockets_open() == 0).await?;
    let lasted = book.connections[0].ended.map(|at| at - book.connections[0].opened);
    assert!(lasted.is_some_and(|lasted| (seconds(60)..seconds(66)).contains(&lasted)), "{lasted:?}");
    assert_eq!(book.registered().count(), 0);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn pongs_can_fail_to_come_while_all_else_is_well() -> Tested {
    let slack = slack().await?;
    slack.script_links([LinkTrouble::NoPong.once()]);
    let mut socket = ready(&slack).await?;
    socket.send(Message::Ping("mine".into())).await?;
    slack.until(PATIENCE, |book| book.connections[0].pings == 1).await?;
    let id = slack.send(Kind::EventsApi, "{}");
    let mut seen = Vec::new();
    while !seen.iter().any(Message::is_text) {
        seen.push(soon(socket.next()).await?.ok_or("the end")??);
    }
    assert!(!seen.iter().any(Message::is_pong), "{seen:?}");
    ack(&mut socket, &id).await?;
    slack.until(PATIENCE, |book| book.counts.acknowledged == 1).await?;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_silent_connection_says_nothing_but_reads() -> Tested {
    let slack = slack().await?;
    slack.script_links([LinkTrouble::Silent(seconds(2)).once()]);
    let mut socket = ready(&slack).await?;
    tokio::time::sleep(seconds(3)).await;
    let id = slack.send(Kind::EventsApi, "{}");
    socket.send(Message::Ping("mine".into())).await?;
    assert!(tokio::time::timeout(seconds(20), socket.next()).await.is_err());
    ack(&mut socket, &id).await?;
    let book = slack.until(PATIENCE, |book| book.counts.acks_good + book.counts.acks_late == 1).await?;
    assert_eq!((book.connections[0].pings, book.ready()), (1, vec![1]));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn hello_can_be_late_or_never_come() -> Tested {
    let slack = slack().await?;
    slack.script_links([LinkTrouble::LateHello(seconds(30)).once(), LinkTrouble::NoHello.once()]);
    assert_eq!(json(&mut dial(&slack).await?).await?["type"], "hello");
    let first = slack.book().connections[0].clone();
    assert!(first.hello.is_some_and(|at| at - first.opened >= seconds(30)));

    let mut never = dial(&slack).await?;
    let said = tokio::time::timeout(seconds(300), next(&mut never)).await;
    assert!(said.is_err(), "pings only: {said:?}");
    let second = &slack.book().connections[1];
    assert!(second.hello.is_none() && second.pongs > 50 && second.unregistered.is_none());
    Ok(())
}
