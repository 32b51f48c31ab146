//! Owns what the tests say about servers that break the protocol: the bytes on the wire, and what tungstenite makes of them.

use relink_tests::fault::{Behaviour, Frame, Opcode, What};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::ProtocolError;

use super::*;

#[tokio::test]
async fn broken_frames_are_on_the_wire_as_they_are_meant() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    for (behaviour, bytes) in [
        (Behaviour::InvalidUtf8, &b"\x81\x03ok\xFF"[..]),
        (Behaviour::Masked, b"\x81\x86\x01\x02\x03\x04\x6c\x63\x70\x6f\x64\x66"),
        (Behaviour::ReservedOpcode, b"\x83\x08reserved"),
        (Behaviour::ReservedBit, b"\xC1\x08reserved"),
        (Behaviour::InvalidClose(1005), b"\x88\x02\x03\xED"),
        (Behaviour::Oversize(1 << 40), b"\x82\x7F\0\0\x01\0\0\0\0\0"),
    ] {
        server.set(behaviour.clone());
        let mut read = vec![0; bytes.len()];
        soon(open_raw(&server).await?.read_exact(&mut read)).await?;
        assert_eq!(read, bytes, "{behaviour:?}");
    }
    Ok(())
}

#[tokio::test]
async fn tungstenite_refuses_each_of_them() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    type Expected = fn(&Error) -> bool;
    let cases: [(Behaviour, Expected); 5] = [
        (Behaviour::InvalidUtf8, |error| matches!(error, Error::Utf8(_))),
        (Behaviour::Oversize(100 << 20), |error| matches!(error, Error::Capacity(_))),
        (Behaviour::Masked, |error| matches!(error, Error::Protocol(ProtocolError::MaskedFrameFromServer))),
        (Behaviour::ReservedOpcode, |error| matches!(error, Error::Protocol(_))),
        (Behaviour::ReservedBit, |error| matches!(error, Error::Protocol(ProtocolError::NonZeroReservedBits))),
    ];
    for (behaviour, expected) in cases {
        server.set(behaviour.clone());
        let got = next(&mut dial(&server).await?).await;
        assert!(matches!(&got, Some(Err(error)) if expected(error)), "{behaviour:?}: {got:?}");
    }
    Ok(())
}

#[tokio::test]
async fn the_answer_to_a_broken_frame_is_seen() -> Tested {
    let server = FaultServer::start(Behaviour::ReservedBit).await?;
    let mut tcp = open_raw(&server).await?;
    send_raw(&mut tcp, Frame::close(1002)).await?;
    server.until(PATIENCE, |log| log.closes() == [(1, Some(1002))]).await?;
    Ok(())
}

#[tokio::test]
async fn a_close_during_an_oversize_message_is_seen_and_answered() -> Tested {
    let server = FaultServer::start(Behaviour::Oversize(u64::MAX >> 1)).await?;
    let mut tcp = open_raw(&server).await?;
    send_raw(&mut tcp, Frame::close(1009)).await?;
    server.until(PATIENCE, |log| log.closes() == [(1, Some(1009))]).await?;
    drop(tcp);
    server.until(PATIENCE, |log| log.live() == 0).await?;
    Ok(())
}

#[tokio::test]
async fn an_oversize_message_is_whole_for_who_takes_it() -> Tested {
    let server = FaultServer::start(Behaviour::Oversize(3_000_001)).await?;
    let mut socket = dial(&server).await?;
    let message = next(&mut socket).await.transpose()?.ok_or("no message")?;
    assert!(message.is_binary() && message.len() == 3_000_001, "{} bytes", message.len());
    assert!(echoes(&mut socket).await, "and the connection goes on");
    socket.close(None).await?;
    Ok(())
}

#[tokio::test]
async fn a_client_that_breaks_the_protocol_is_noted() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    let mut tcp = open_raw(&server).await?;
    tcp.write_all(&Frame::new(Opcode::Text, "bare").to_bytes()).await?;
    let broke = |what: &What| matches!(what, What::Broke(how) if how.contains("not masked"));
    server.until(PATIENCE, |log| log.count(broke) == 1).await?;
    Ok(())
}
