//! Owns what the tests say about acceptance: asked to leave before and after it, dropped after it, numbers across a renewal.

use std::io::ErrorKind;
use std::time::Duration;

use relink_tests::fault::{Behaviour, HELLO, Leave, TOO_MANY, WARNING, number_in};
use tokio::io::AsyncReadExt;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::*;

const EVERY: Duration = Duration::from_millis(5);

fn renewal() -> Behaviour {
    Behaviour::Renewal { every: EVERY, warn_after: Duration::from_millis(100), drop_after: Duration::from_millis(200) }
}

/// All texts until the end of the connection.
async fn texts(socket: &mut Socket) -> Vec<String> {
    let mut texts = Vec::new();
    while let Some(Ok(message)) = next(socket).await {
        texts.extend(message.into_text().map(|text| text.as_str().to_owned()));
    }
    texts
}

#[tokio::test]
async fn asked_to_leave_instead_of_accepted() -> Tested {
    let server = FaultServer::start(Behaviour::AskedBeforeAccepted).await?;
    let mut socket = dial(&server).await?;
    assert_eq!(next(&mut socket).await.transpose()?, Some(Message::text(TOO_MANY)));
    let close = next(&mut socket).await.transpose()?;
    assert!(matches!(&close, Some(Message::Close(Some(frame))) if frame.code == CloseCode::Normal), "{close:?}");
    assert!(next(&mut socket).await.is_none());
    let log = server.until(PATIENCE, |log| log.live() == 0).await?;
    assert_eq!(log.closes(), [(1, Some(1000))], "tungstenite answers the Close");
    Ok(())
}

#[tokio::test]
async fn accepted_then_dropped() -> Tested {
    let server = FaultServer::start(Behaviour::AcceptThenDrop(Leave::Fin)).await?;
    let end = next(&mut dial(&server).await?).await;
    assert!(matches!(end, Some(Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)))), "{end:?}");

    server.set(Behaviour::AcceptThenDrop(Leave::Reset));
    let end = soon(request(&server).await?.read_to_end(&mut Vec::new())).await.map_err(|error| error.kind());
    assert_eq!(end, Err(ErrorKind::ConnectionReset));

    server.set(Behaviour::AcceptThenDrop(Leave::Close(1011)));
    let close = next(&mut dial(&server).await?).await.transpose()?;
    assert!(matches!(&close, Some(Message::Close(Some(frame))) if frame.code == CloseCode::Error), "{close:?}");
    assert_eq!(server.log().opened(), 3);
    Ok(())
}

#[tokio::test]
async fn a_client_with_an_overlap_misses_no_number_during_a_renewal() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    server.script([renewal().once(), Behaviour::Numbers { every: EVERY }.always()]);
    let mut old = dial(&server).await?;
    let mut before = Vec::new();
    loop {
        match next(&mut old).await.transpose()?.ok_or("ended without a warning")?.to_text()? {
            WARNING => break,
            text => before.push(text.to_owned()),
        }
    }
    assert_eq!(before.first().map(String::as_str), Some(HELLO));
    assert!(before.len() > 5, "it counts before the warning: {before:?}");

    let mut new = dial(&server).await?;
    let down_later = async {
        server.until(PATIENCE, |log| log.live() == 1).await?;
        tokio::time::sleep(10 * EVERY).await;
        let dark = server.log().without_connection(Instant::now());
        server.end_numbers();
        server.down(Leave::Fin).await;
        Ok::<_, Box<dyn std::error::Error>>(dark)
    };
    let (after, successor, dark) = tokio::join!(texts(&mut old), texts(&mut new), down_later);
    let of_one = |texts: &[String]| texts.iter().filter_map(|text| number_in(text)).collect::<Vec<_>>();
    assert!(of_one(&after).len() > 5, "it goes on counting after the warning: {after:?}");
    assert!(of_one(&successor).first() < of_one(&after).last(), "both get numbers during the overlap: {after:?} and {successor:?}");

    let received: Vec<_> = [before, after, successor].iter().flat_map(|texts| of_one(texts)).collect();
    assert_eq!(server.numbers().lost, [0; 0]);
    assert_eq!(server.numbers().missing(&received), [0; 0]);
    assert_eq!(received.len(), server.numbers().written.len(), "none comes twice");
    assert!(dark?.is_empty(), "there was always a connection");
    Ok(())
}

#[tokio::test]
async fn a_client_without_an_overlap_misses_numbers() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    server.script([renewal().once(), Behaviour::Numbers { every: EVERY }.always()]);
    let first = texts(&mut dial(&server).await?).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut back = dial(&server).await?;
    next(&mut back).await.transpose()?;
    server.until(PATIENCE, |log| log.opened() == 2).await?;
    let received: Vec<_> = first.iter().filter_map(|text| number_in(text)).collect();
    let numbers = server.numbers();
    assert!(numbers.lost.len() >= 10, "{numbers:?}");
    assert!(numbers.lost.iter().all(|lost| numbers.missing(&received).contains(lost)), "{numbers:?}");
    let dark = server.log().without_connection(Instant::now());
    assert!(matches!(dark[..], [gap] if gap >= Duration::from_millis(190)), "{dark:?}");
    Ok(())
}
