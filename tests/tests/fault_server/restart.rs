//! Owns what the tests say about the listener and the handle: restarts, scripts, orders.

use std::io::ErrorKind;
use std::time::Duration;

use relink_tests::fault::{Act, Behaviour, Frame, Leave, Opcode, Refusal, Service, What};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::*;

#[tokio::test]
async fn a_restart_closes_with_1012_refuses_dials_and_listens_on_the_same_port() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    let (address, mut socket) = (server.address(), dial(&server).await?);
    let farewell = async {
        let close = next(&mut socket).await;
        assert!(next(&mut socket).await.is_none());
        drop(socket);
        close
    };
    let (_, close) = tokio::join!(server.down(Leave::Close(1012)), farewell);
    assert!(matches!(&close, Some(Ok(Message::Close(Some(frame)))) if frame.code == CloseCode::Restart), "{close:?}");
    assert_eq!(TcpStream::connect(address).await.map_err(|error| error.kind()).err(), Some(ErrorKind::ConnectionRefused));

    server.up()?;
    assert_eq!(server.address(), address);
    assert!(echoes(&mut dial(&server).await?).await);
    let listener: Vec<_> = server.log().of(0).cloned().collect();
    assert_eq!(listener, [What::Listening, What::Deaf, What::Listening]);
    assert_eq!(server.log().dials().len(), 2, "a dial while it is down is not seen");
    Ok(())
}

#[tokio::test]
async fn a_restart_may_reset_the_connections_or_just_end_them() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    let mut tcp = open_raw(&server).await?;
    server.restart(Leave::Reset, Duration::ZERO).await?;
    assert_eq!(soon(tcp.read_u8()).await.map_err(|error| error.kind()), Err(ErrorKind::ConnectionReset));

    let mut tcp = open_raw(&server).await?;
    let (_, end) = tokio::join!(server.down(Leave::Fin), tcp.read_u8());
    assert_eq!(end.map_err(|error| error.kind()), Err(ErrorKind::UnexpectedEof), "no Close frame before the end");
    Ok(())
}

#[tokio::test]
async fn down_and_up_may_come_twice_and_down_ends_what_hangs() -> Tested {
    let server = FaultServer::start(Behaviour::StalledReader).await?;
    let mut tcp = open_raw(&server).await?;
    let dial_meanwhile = async {
        let log = server.until(PATIENCE, |log| log.of(0).any(|what| *what == What::Deaf)).await;
        (log.map(|log| log.live()), request(&server).await.map_err(|error| error.kind()).err())
    };
    let (_, (live, refused)) = soon(async { tokio::join!(server.down(Leave::Close(1001)), dial_meanwhile) }).await;
    assert_eq!((live?, refused), (1, Some(ErrorKind::ConnectionRefused)), "the listener is closed before the connections are");
    read_frame(&mut tcp, &Frame::close(1001)).await?;
    server.down(Leave::Fin).await;
    server.up()?;
    server.up()?;
    assert!(open_raw(&server).await.is_ok());
    Ok(())
}

#[tokio::test]
async fn a_script_is_played_connection_by_connection_and_can_be_changed() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    server.script([
        Behaviour::Refuse(Refusal::new(503)).times(2),
        Behaviour::Refuse(Refusal::new(409)).lasting(Duration::from_millis(150)),
        Behaviour::Echo.always(),
    ]);
    let status = |result: Result<Socket, Error>| match result {
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(_) => 0,
        Ok(_) => 101,
    };
    assert_eq!(status(dial(&server).await), 503);
    assert_eq!(status(dial(&server).await), 503);
    let begun = tokio::time::Instant::now();
    assert_eq!(status(dial(&server).await), 409);
    while status(dial(&server).await) == 409 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(begun.elapsed() >= Duration::from_millis(140), "{:?}", begun.elapsed());
    server.set(Behaviour::Refuse(Refusal::new(403)));
    assert_eq!(status(dial(&server).await), 403);
    Ok(())
}

#[tokio::test]
async fn an_order_reaches_the_connections_that_are_there_and_no_later_one() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    let mut old = open_raw(&server).await?;
    let mut other = open_raw(&server).await?;
    server.tell([Act::Text("leave".to_owned()), Act::Serve(Service::DEAF)]);
    for tcp in [&mut old, &mut other] {
        read_frame(tcp, &Frame::new(Opcode::Text, "leave")).await?;
        send_raw(tcp, Frame::new(Opcode::Ping, "anyone?")).await?;
        assert!(quiet(tcp.read_u8()).await);
    }
    assert!(echoes(&mut dial(&server).await?).await, "the third one serves");
    Ok(())
}

#[tokio::test]
async fn an_order_says_nothing_where_there_is_no_websocket_yet() -> Tested {
    let server = FaultServer::start(Behaviour::Mute).await?;
    let mut tcp = request(&server).await?;
    server.until(PATIENCE, |log| log.live() == 1).await?;
    server.tell([Act::Text("leave".to_owned()), Act::Close(1001), Act::Leave(Leave::Fin)]);
    assert_eq!(soon(tcp.read(&mut [0])).await?, 0, "the end, and not a byte before it");
    Ok(())
}

#[tokio::test]
async fn the_log_waits_for_what_is_wanted_and_says_what_it_saw_instead() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    let (log, socket) = tokio::join!(server.until(PATIENCE, |log| log.opened() == 1), dial(&server));
    assert_eq!(log?.live(), 1);
    drop(socket);
    server.until(PATIENCE, |log| log.live() == 0).await?;
    let unseen = server.until(Duration::from_millis(10), |log| log.opened() == 2).await.map_err(|unseen| unseen.to_string());
    assert!(matches!(&unseen, Err(text) if text.contains("#1") && text.contains("opened")), "{unseen:?}");
    Ok(())
}
