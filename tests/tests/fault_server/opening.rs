//! Owns what the tests say about opening handshakes that go wrong.

use std::io::ErrorKind;
use std::time::{Duration, SystemTime};

use relink_tests::fault::{Behaviour, Frame, Leave, Opcode, Refusal, RetryAfter, SSH_BANNER, What};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::http::{HeaderValue, Response};

use super::*;

async fn refused(server: &FaultServer) -> Result<Response<Option<Vec<u8>>>, String> {
    match dial(server).await {
        Err(Error::Http(response)) => Ok(*response),
        Err(error) => Err(error.to_string()),
        Ok(_) => Err("opened".to_owned()),
    }
}

#[tokio::test]
async fn an_upgrade_is_refused_with_whatever_status() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    for status in [200, 301, 401, 403, 404, 408, 409, 429, 503] {
        server.set(Behaviour::Refuse(Refusal::new(status).header("Location", "http://127.0.0.1:9/")));
        let response = refused(&server).await?;
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.headers()["location"], "http://127.0.0.1:9/");
        assert_eq!(server.log().count(|what| *what == What::Refused(status)), 1);
    }
    assert_eq!(server.log().opened(), 0);
    Ok(())
}

#[tokio::test]
async fn retry_after_is_a_number_or_a_date() -> Tested {
    let server = FaultServer::start(Behaviour::Refuse(Refusal::new(429).retry_after(RetryAfter::Seconds(7)))).await?;
    assert_eq!(refused(&server).await?.headers()["retry-after"], "7");

    let before = SystemTime::now();
    server.set(Behaviour::Refuse(Refusal::new(429).retry_after(RetryAfter::Date(Duration::from_secs(7)))));
    let date = httpdate::parse_http_date(refused(&server).await?.headers()["retry-after"].to_str()?)?;
    let ahead = date.duration_since(before)?;
    assert!(ahead >= Duration::from_secs(7) && ahead < Duration::from_secs(7) + PATIENCE, "{ahead:?}");
    Ok(())
}

#[tokio::test]
async fn the_body_of_a_refusal_can_come_in_a_second_packet() -> Tested {
    let pause = Duration::from_millis(50);
    let server = FaultServer::start(Behaviour::Refuse(Refusal::new(409).late_body("too late", pause))).await?;
    let mut tcp = request(&server).await?;
    let mut first = vec![0; 4096];
    let length = soon(tcp.read(&mut first)).await?;
    let (head, begun) = (String::from_utf8_lossy(&first[..length]).into_owned(), Instant::now());
    assert!(head.starts_with("HTTP/1.1 409 Conflict\r\n") && head.ends_with("\r\nContent-Length: 8\r\n\r\n"), "{head}");
    let mut body = String::new();
    soon(tcp.read_to_string(&mut body)).await?;
    assert_eq!(body, "too late");
    assert!(begun.elapsed() > pause / 2, "{:?}", begun.elapsed());
    Ok(())
}

#[tokio::test]
async fn a_mute_server_accepts_and_says_nothing() -> Tested {
    let server = FaultServer::start(Behaviour::Mute).await?;
    let mut tcp = request(&server).await?;
    assert!(quiet(tcp.read_u8()).await);
    drop(tcp);
    let log = server.until(PATIENCE, |log| log.client_ended(1).is_some()).await?;
    assert_eq!(log.of(1).collect::<Vec<_>>(), [&What::Dialled, &What::Fin]);
    Ok(())
}

#[tokio::test]
async fn a_handshake_can_come_one_byte_at_a_time() -> Tested {
    let every = Duration::from_millis(2);
    let server = FaultServer::start(Behaviour::Drip { every }).await?;
    let mut tcp = request(&server).await?;
    let (begun, mut bytes) = (Instant::now(), [0; 4096]);
    let first = soon(tcp.read(&mut bytes)).await?;
    assert_eq!(&bytes[..first], &b"HTTP/1.1"[..first]);
    let rest = read_head(&mut tcp).await?;
    assert!(begun.elapsed() >= every * rest.len() as u32 / 2, "{} bytes in {:?}", rest.len(), begun.elapsed());
    send_raw(&mut tcp, Frame::new(Opcode::Text, "at last")).await?;
    read_frame(&mut tcp, &Frame::new(Opcode::Text, "at last")).await?;
    let error = dial(&server).await.err();
    assert!(
        matches!(error, Some(Error::AttackAttempt)),
        "tungstenite gives up after 64 packets, which is 64 s at a byte a second: {error:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_client_that_leaves_a_slow_handshake_is_seen_at_once() -> Tested {
    let server = FaultServer::start(Behaviour::Drip { every: Duration::from_secs(60) }).await?;
    let tcp = request(&server).await?;
    server.until(PATIENCE, |log| log.requests().count() == 1).await?;
    drop(tcp);
    server.until(PATIENCE, |log| log.client_ended(1).is_some() && log.of(1).any(|what| *what == What::Ended)).await?;
    Ok(())
}

#[tokio::test]
async fn half_a_handshake_is_followed_by_silence_or_by_the_end() -> Tested {
    let server = FaultServer::start(Behaviour::HalfThenSilence).await?;
    let mut tcp = request(&server).await?;
    let mut half = [0; 4096];
    let length = soon(tcp.read(&mut half)).await?;
    let half = String::from_utf8_lossy(&half[..length]).into_owned();
    assert!(half.starts_with("HTTP/1.1 101 ") && !half.contains("\r\n\r\n"), "{half}");
    assert!(quiet(tcp.read_u8()).await);

    server.set(Behaviour::HalfThen(Leave::Fin));
    let mut bytes = String::new();
    soon(request(&server).await?.read_to_string(&mut bytes)).await?;
    assert_eq!(bytes, half);
    assert!(matches!(dial(&server).await, Err(Error::Protocol(ProtocolError::HandshakeIncomplete))));
    assert_eq!(server.log().opened(), 0);

    server.set(Behaviour::HalfThen(Leave::Reset));
    let mut tcp = request(&server).await?;
    let end = soon(tcp.read_to_end(&mut Vec::new())).await.map_err(|error| error.kind());
    assert_eq!(end, Err(ErrorKind::ConnectionReset));
    Ok(())
}

#[tokio::test]
async fn something_else_than_http_may_answer() -> Tested {
    let server = FaultServer::start(Behaviour::Garbage(SSH_BANNER.to_vec())).await?;
    let mut tcp = TcpStream::connect(server.address()).await?;
    let mut bytes = Vec::new();
    soon(tcp.read_to_end(&mut bytes)).await?;
    assert_eq!(bytes, SSH_BANNER);
    assert!(dial(&server).await.is_err());
    Ok(())
}

#[tokio::test]
async fn the_accept_header_can_be_wrong() -> Tested {
    let server = FaultServer::start(Behaviour::WrongAccept).await?;
    let error = dial(&server).await.err();
    assert!(matches!(error, Some(Error::Protocol(ProtocolError::SecWebSocketAcceptKeyMismatch))), "{error:?}");
    Ok(())
}

#[tokio::test]
async fn a_connection_can_end_before_a_word_is_said() -> Tested {
    let server = FaultServer::start(Behaviour::Hangup(Leave::Reset)).await?;
    let mut tcp = TcpStream::connect(server.address()).await?;
    assert_eq!(soon(tcp.read_u8()).await.map_err(|error| error.kind()), Err(ErrorKind::ConnectionReset));
    server.set(Behaviour::Hangup(Leave::Fin));
    let mut tcp = request(&server).await?;
    assert_eq!(soon(tcp.read_u8()).await.map_err(|error| error.kind()), Err(ErrorKind::UnexpectedEof));
    Ok(())
}

#[tokio::test]
async fn the_request_is_logged_and_the_first_subprotocol_is_taken() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    let mut request = format!("{}socket?ticket=17", server.url()).into_client_request()?;
    request.headers_mut().insert("Authorization", HeaderValue::from_static("Bearer secret"));
    request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("graphql-transport-ws, other"));
    let (_socket, response) = soon(connect_async(request)).await?;
    assert_eq!(response.headers()["sec-websocket-protocol"], "graphql-transport-ws");
    let log = server.log();
    let seen = log.requests().next().ok_or("no request in the log")?;
    assert_eq!((seen.path.as_str(), seen.header("authorization")), ("/socket?ticket=17", Some("Bearer secret")));
    Ok(())
}

#[tokio::test]
async fn a_request_that_is_no_upgrade_is_answered_with_400() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    for wrong in ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\x16\x03\x01 hello\r\n\r\n", &format!("GET /{} HTTP/1.1\r\n", "x".repeat(20_000))] {
        let mut tcp = TcpStream::connect(server.address()).await?;
        tcp.write_all(wrong.as_bytes()).await?;
        assert!(read_head(&mut tcp).await?.starts_with("HTTP/1.1 400 "), "{wrong:.20}");
    }
    assert_eq!(server.log().count(|what| matches!(what, What::Broke(_))), 3);
    Ok(())
}
