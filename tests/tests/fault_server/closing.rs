//! Owns what the tests say about the closing handshake.

use std::time::Duration;

use futures_util::SinkExt;
use relink_tests::fault::{Act, Behaviour, Frame, Leave, Opcode, Service, What};
use tokio::io::AsyncReadExt;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::*;

#[tokio::test]
async fn a_proper_server_answers_a_close_with_the_same_code_and_ends_tcp_first() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    let mut tcp = open_raw(&server).await?;
    send_raw(&mut tcp, Frame::close(4001)).await?;
    read_frame(&mut tcp, &Frame::close(4001)).await?;
    assert_eq!(soon(tcp.read(&mut [0])).await?, 0);
    drop(tcp);
    let log = server.until(PATIENCE, |log| log.of(1).any(|what| *what == What::Ended)).await?;
    assert_eq!(log.closes(), [(1, Some(4001))]);
    assert!(log.of(1).any(|what| *what == What::Fin), "{log}");
    Ok(())
}

#[tokio::test]
async fn a_proper_server_answers_pings_and_sends_bytes_back() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    let mut socket = dial(&server).await?;
    for (sent, expected) in [
        (Message::Ping("x".into()), Message::Pong("x".into())),
        (Message::binary(vec![0xFF; 70_000]), Message::binary(vec![0xFF; 70_000])),
        (Message::text(""), Message::text("")),
    ] {
        soon(socket.send(sent)).await?;
        assert_eq!(next(&mut socket).await.transpose()?, Some(expected));
    }
    let log = server.log();
    assert_eq!(log.texts_of(1).collect::<Vec<_>>(), [""]);
    assert_eq!(log.count(|what| matches!(what, What::Received(received) if received.bytes == 70_000)), 1);
    Ok(())
}

#[tokio::test]
async fn a_close_can_stay_unanswered() -> Tested {
    let server = FaultServer::start(Behaviour::CloseUnanswered).await?;
    let mut socket = dial(&server).await?;
    assert!(echoes(&mut socket).await);
    soon(socket.send(Message::Ping("x".into()))).await?;
    assert_eq!(next(&mut socket).await.transpose()?, Some(Message::Pong("x".into())), "all else is proper");
    socket.close(Some(CloseFrame { code: CloseCode::Away, reason: "bye".into() })).await?;
    let log = server.until(PATIENCE, |log| log.closes() == [(1, Some(1001))]).await?;
    assert!(log.of(1).all(|what| !matches!(what, What::CloseSent(_))), "{log}");
    assert!(quiet(socket.next()).await, "no Close comes back, and no end");
    Ok(())
}

#[tokio::test]
async fn a_close_can_be_sent_and_the_socket_held() -> Tested {
    let server = FaultServer::start(Behaviour::CloseThenHold { after: Duration::ZERO, code: 1001 }).await?;
    let mut socket = dial(&server).await?;
    let close = next(&mut socket).await.transpose()?;
    assert!(matches!(&close, Some(Message::Close(Some(frame))) if frame.code == CloseCode::Away), "{close:?}");
    assert!(quiet(socket.next()).await, "tungstenite waits for an end that does not come");
    assert_eq!(server.log().closes(), [(1, Some(1001))], "though it has answered");
    assert_eq!(server.log().live(), 1);
    drop(socket);
    server.until(PATIENCE, |log| log.client_ended(1).is_some()).await?;
    tokio::time::sleep(QUIET).await;
    assert!(server.log().of(1).all(|what| *what != What::Ended), "and it is held when the client is gone");
    Ok(())
}

#[tokio::test]
async fn a_connection_can_end_without_a_close_frame() -> Tested {
    let server = FaultServer::start(Behaviour::Leaves { after: Duration::from_millis(50), how: Leave::Fin }).await?;
    let mut socket = dial(&server).await?;
    assert!(echoes(&mut socket).await);
    let end = next(&mut socket).await;
    assert!(matches!(end, Some(Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)))), "{end:?}");
    Ok(())
}

#[tokio::test]
async fn a_client_that_does_not_answer_the_servers_close_is_not_waited_for() -> Tested {
    let server = FaultServer::start(Behaviour::AcceptThenDrop(Leave::Close(1001))).await?;
    let mut tcp = open_raw(&server).await?;
    read_frame(&mut tcp, &Frame::close(1001)).await?;
    send_raw(&mut tcp, Frame::new(Opcode::Text, "no Close")).await?;
    assert!(quiet(tcp.read_u8()).await, "it waits for a Close");
    assert_eq!(soon(tcp.read(&mut [0])).await?, 0, "but not longer than a second");
    server.until(PATIENCE, |log| log.of(1).any(|what| *what == What::Ended)).await?;
    Ok(())
}

#[tokio::test]
async fn a_close_is_sent_once_when_the_client_answers_it() -> Tested {
    let server = FaultServer::start(Behaviour::Play(vec![Act::Close(1001), Act::Serve(Service::ECHO)])).await?;
    let mut tcp = open_raw(&server).await?;
    read_frame(&mut tcp, &Frame::close(1001)).await?;
    send_raw(&mut tcp, Frame::close(1001)).await?;
    assert_eq!(soon(tcp.read(&mut [0])).await?, 0, "the end, and no second Close");
    Ok(())
}
