//! Owns what the tests say about peers that stop without a word.

use std::time::Duration;

use futures_util::SinkExt;
use relink_tests::fault::{Behaviour, Frame, Opcode, What};
use relink_tests::sockets;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use super::*;

const AFTER: Duration = Duration::from_millis(60);

fn pings(what: &What) -> bool {
    matches!(what, What::Received(received) if received.opcode == Opcode::Ping)
}

#[tokio::test]
async fn a_silent_peer_reads_and_answers_nothing() -> Tested {
    let server = FaultServer::start(Behaviour::Silent { after: AFTER }).await?;
    let mut socket = dial(&server).await?;
    assert!(echoes(&mut socket).await, "at first it serves");
    tokio::time::sleep(AFTER).await;
    socket.send(Message::Ping("anyone?".into())).await?;
    server.until(PATIENCE, |log| log.count(pings) == 1).await?;
    socket.close(None).await?;
    server.until(PATIENCE, |log| log.closes().len() == 1).await?;
    assert!(quiet(socket.next()).await, "neither pong nor Close nor an end");
    Ok(())
}

#[tokio::test]
async fn a_half_open_peer_reads_nothing_and_keeps_its_socket_when_the_client_is_gone() -> Tested {
    let server = FaultServer::start(Behaviour::HalfOpen { after: AFTER }).await?;
    let mut tcp = open_raw(&server).await?;
    send_raw(&mut tcp, Frame::new(Opcode::Text, "hi")).await?;
    read_frame(&mut tcp, &Frame::new(Opcode::Text, "hi")).await?;
    tokio::time::sleep(2 * AFTER).await;
    send_raw(&mut tcp, Frame::new(Opcode::Ping, "anyone?")).await?;
    assert!(quiet(tcp.read_u8()).await);
    assert_eq!(server.log().count(pings), 0, "it does not even read");
    assert_eq!(server.log().live(), 1);

    drop(tcp);
    let log = server.until(PATIENCE, |log| log.client_ended(1).is_some()).await?;
    assert!(log.of(1).any(|what| *what == What::Fin) && log.of(1).all(|what| *what != What::Ended), "{log}");
    tokio::time::sleep(QUIET).await;
    if cfg!(target_os = "linux") {
        let held = sockets::on_port(server.port())?;
        assert_eq!((held.dialled, held.accepted), (0, 1), "the server holds its end");
    }
    Ok(())
}

#[tokio::test]
async fn a_reset_is_told_from_an_end_even_by_who_does_not_read() -> Tested {
    let server = FaultServer::start(Behaviour::StalledReader).await?;
    let mut tcp = open_raw(&server).await?;
    send_raw(&mut tcp, Frame::new(Opcode::Text, "unread")).await?;
    tcp.set_zero_linger()?;
    drop(tcp);
    let log = server.until(PATIENCE, |log| log.of(1).any(|what| *what == What::Ended)).await?;
    assert!(log.of(1).any(|what| *what == What::Reset) && log.of(1).all(|what| *what != What::Fin), "{log}");
    Ok(())
}

#[tokio::test]
async fn a_stalled_reader_lets_the_kernels_buffers_fill_up() -> Tested {
    let server = FaultServer::start(Behaviour::StalledReader).await?;
    let mut tcp = open_raw(&server).await?;
    let (mut written, megabyte) = (0, vec![0; 1 << 20]);
    while let Ok(more) = timeout(QUIET, tcp.write(&megabyte)).await {
        written += more?;
        assert!(written < 256 << 20, "it must stop somewhere");
    }
    assert!(server.log().of(1).all(|what| !matches!(what, What::Received(_))), "nothing was read");
    assert_eq!(server.log().live(), 1);
    Ok(())
}
