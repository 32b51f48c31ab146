//! Owns the tests of how connections end: announced, closed, held open, lost.

use std::time::Duration;

use futures_util::StreamExt;
use relink_tests::fault::Leave;
use relink_tests::slack::{AfterClose, Kind, LinkTrouble, Reason, Trouble};
use relink_tests::sockets::{Sockets, on_port};
use tokio::time::Instant;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{PATIENCE, Socket, Tested, ack, call, closed, dial, json, next, open, ready, seconds, slack, slack_with, soon, url};

async fn reason(socket: &mut Socket) -> Result<String, super::Failure> {
    let message = json(socket).await?;
    assert_eq!(message["type"], "disconnect");
    assert!(message["debug_info"]["host"].as_str().is_some_and(|host| host.starts_with("applink-")));
    Ok(message["reason"].as_str().ok_or("no reason")?.to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_warning_comes_ten_seconds_before_the_end_and_payloads_go_on() -> Tested {
    let slack = slack().await?;
    let mut socket = ready(&slack).await?;
    assert!(slack.warn(1));
    assert_eq!(reason(&mut socket).await?, "warning");
    let warned = Instant::now();
    let id = slack.send(Kind::EventsApi, "{}");
    assert_eq!(json(&mut socket).await?["envelope_id"], id);
    ack(&mut socket, &id).await?;
    assert_eq!(reason(&mut socket).await?, "refresh_requested");
    assert_eq!(closed(&mut socket).await?, Some(1000));
    assert!((seconds(10)..seconds(11)).contains(&warned.elapsed()), "{:?}", warned.elapsed());
    let book = slack.book();
    assert_eq!((book.counts.acknowledged, book.registered().count()), (1, 0));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_connection_lives_as_long_as_hello_says() -> Tested {
    let slack = slack().await?;
    let mut socket = open(&format!("{}&debug_reconnects=true", url(&slack).await?)).await?;
    let begun = Instant::now();
    assert_eq!(json(&mut socket).await?["type"], "hello");
    assert_eq!(reason(&mut socket).await?, "warning");
    assert!((seconds(350)..seconds(351)).contains(&begun.elapsed()), "{:?}", begun.elapsed());
    assert_eq!(reason(&mut socket).await?, "refresh_requested");
    assert!((seconds(360)..seconds(361)).contains(&begun.elapsed()), "{:?}", begun.elapsed());
    Ok(())
}

#[tokio::test]
async fn a_disconnect_has_its_reason_with_or_without_the_end() -> Tested {
    let slack = slack().await?;
    let (mut one, mut two) = (ready(&slack).await?, ready(&slack).await?);
    for why in [Reason::Warning, Reason::RefreshRequested, Reason::Other("something_new".to_owned())] {
        assert!(slack.tell(1, why.clone()));
        assert_eq!(reason(&mut one).await?, why.as_str());
    }
    assert_eq!(slack.book().ready(), [1, 2]);
    assert!(slack.disconnect(2, Reason::LinkDisabled));
    assert_eq!(reason(&mut two).await?, "link_disabled");
    assert_eq!(closed(&mut two).await?, Some(1000));
    assert_eq!(slack.book().ready(), [1]);
    Ok(())
}

#[tokio::test]
async fn a_disconnect_can_come_before_hello() -> Tested {
    let slack = slack().await?;
    slack.script_links([LinkTrouble::DisconnectFirst(Reason::TooManyWebsockets).once()]);
    let mut socket = dial(&slack).await?;
    assert_eq!(reason(&mut socket).await?, "too_many_websockets");
    closed(&mut socket).await?;
    assert!(slack.book().connections[0].hello.is_none());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn tcp_stays_open_after_the_closing_handshake_until_the_client_ends_it() -> Tested {
    let slack = slack().await?;
    let (mut ours, mut theirs) = (ready(&slack).await?, ready(&slack).await?);
    slack.close(1, None);
    assert_eq!(closed(&mut ours).await?, None);
    theirs.close(None).await?;
    closed(&mut theirs).await?;
    for socket in [&mut ours, &mut theirs] {
        assert!(tokio::time::timeout(seconds(3600), socket.next()).await.is_err(), "a client waits for TCP's end");
    }
    let book = slack.book();
    assert_eq!((book.registered().count(), book.websockets_open()), (0, 2));
    assert!(book.connections[0].close_sent.is_some() && book.connections[1].close_received.is_some());
    drop((ours, theirs));
    slack.until(PATIENCE, |book| book.sockets_open == 0).await?;
    Ok(())
}

#[tokio::test]
async fn tcp_can_also_end_after_the_closing_handshake() -> Tested {
    let slack = slack_with(|settings| settings.after_close = AfterClose::End).await?;
    let mut socket = ready(&slack).await?;
    socket.close(None).await?;
    closed(&mut socket).await?;
    assert!(soon(socket.next()).await?.is_none_or(|end| matches!(end, Err(Error::ConnectionClosed))));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_close_can_be_unanswered() -> Tested {
    let slack = slack().await?;
    slack.script_links([LinkTrouble::CloseUnanswered.once()]);
    let mut socket = ready(&slack).await?;
    socket.close(None).await?;
    assert!(tokio::time::timeout(seconds(3600), next(&mut socket)).await.is_err());
    let connection = &slack.book().connections[0];
    assert!(connection.close_received.is_some() && connection.close_sent.is_none() && connection.ended.is_none());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn connections_can_end_suddenly_at_a_time() -> Tested {
    let slack = slack().await?;
    slack.script_links([
        LinkTrouble::CloseAfter(seconds(20), Some(1011)).once(),
        LinkTrouble::LostAfter(seconds(20), Leave::Reset).once(),
        LinkTrouble::LostAfter(seconds(20), Leave::Fin).once(),
        LinkTrouble::HalfOpen(seconds(20)).once(),
    ]);
    let begun = Instant::now();
    assert_eq!(closed(&mut ready(&slack).await?).await?, Some(1011));
    assert!(begun.elapsed() >= seconds(20));
    let reset = next(&mut ready(&slack).await?).await;
    assert!(reset.as_ref().is_err_and(|error| error.to_string().contains("reset")), "{reset:?}");
    let fin = next(&mut ready(&slack).await?).await;
    assert!(fin.as_ref().is_err_and(|error| error.to_string().contains("without closing handshake")), "{fin:?}");
    let mut half_open = ready(&slack).await?;
    let told = |message: &Option<Result<Message, Error>>| matches!(message, Some(Ok(Message::Ping(_))));
    let mut pings = 0;
    while let Ok(message) = tokio::time::timeout(seconds(3600), half_open.next()).await {
        assert!(told(&message), "{message:?}");
        pings += 1;
    }
    assert!((3..=4).contains(&pings), "{pings}");
    Ok(())
}

#[tokio::test]
async fn nothing_is_left_when_it_stops() -> Tested {
    let slack = slack().await?;
    let port = slack.address().port();
    slack.script_links([LinkTrouble::HalfOpen(Duration::ZERO).once(), LinkTrouble::NoHello.once(), LinkTrouble::Hang.once()]);
    let sockets = (dial(&slack).await?, dial(&slack).await?);
    let url = url(&slack).await?;
    let hanging = tokio::spawn(connect_async(url));
    slack.until(PATIENCE, |book| book.dials.len() == 3).await?;
    slack.flood(Kind::EventsApi, 100, 1000);
    call(&slack).await?;
    let book = slack.stop().await;
    assert_eq!(book.sockets_open, 0);
    drop(sockets);
    assert!(hanging.await?.is_err());
    assert_eq!(on_port(port)?, Sockets::NONE);
    Ok(())
}

#[tokio::test]
async fn dropped_it_ends_its_connections() -> Tested {
    let slack = slack().await?;
    let mut socket = ready(&slack).await?;
    drop(slack);
    assert!(next(&mut socket).await.is_err());
    Ok(())
}
