//! A server says whose connection it was that was let in, refused, or has ended, and how; and no secret.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use relink_tokio::Clock;
use relink_tokio::server::{Admission, Rejection, Server, Session};
use tokio::io::{DuplexStream, duplex};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::ear::Ear;

/// Dials as somebody, from a port of its own.
async fn dial(server: &Server, port: u16, token: &str, name: &str) -> Result<WebSocketStream<DuplexStream>, Error> {
    let (ours, theirs) = duplex(64 << 10);
    server.accept(theirs, Some(SocketAddr::from(([192, 0, 2, 1], port))));
    let mut request = "ws://server/path?access_token=s3cret".into_client_request()?;
    for (header, value) in [("authorization", format!("Bearer {token}")), ("x-self-id", name.to_owned())] {
        request.headers_mut().insert(header, value.parse().unwrap());
    }
    client_async(request, ours).await.map(|(socket, _)| socket)
}

/// Says what it receives, which is the user's to do, and panics on `panic`.
async fn session(mut session: Session) {
    while let Some(message) = session.next().await {
        assert_ne!(message.as_text(), Some("panic"));
        tracing::info!(bytes = message.len(), "the session's own line");
        session.send(message).await.ok();
    }
}

fn server() -> Server {
    let gate = Server::builder().clock(Clock::tokio()).seed(1).gate(|upgrade| async move {
        let name = upgrade.header("x-self-id").unwrap_or_default();
        match upgrade.bearer() {
            Some("s3cret") => Ok(Admission::new().identity(name)),
            other => Err(Rejection::forbidden(format!("token={} is not valid", other.unwrap_or_default()))),
        }
    });
    gate.serve(session)
}

async fn gone(server: &Server) {
    while server.stats().connections > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn each_line_about_a_connection_says_whose_it_is() {
    let (ear, _listening) = Ear::listening();
    let server = server();
    assert!(matches!(dial(&server, 1, "s3cret-but-wrong", "eve").await, Err(Error::Http(_))));
    gone(&server).await;
    let mut ann = dial(&server, 2, "s3cret", "ann").await.unwrap();
    ann.send(Message::text("hello")).await.unwrap();
    assert_eq!(ann.next().await.unwrap().unwrap(), Message::text("hello"));
    ann.close(Some(CloseFrame { code: 4000.into(), reason: "Cookie: s3cret".into() })).await.unwrap();
    while ann.next().await.is_some() {}
    gone(&server).await;
    let mut bob = dial(&server, 3, "s3cret", "bob").await.unwrap();
    bob.send(Message::text("panic")).await.unwrap();
    while bob.next().await.is_some() {}
    gone(&server).await;

    let heard = ear.heard();
    let ann = r#"[connection remote=192.0.2.1:2 key=1.0 identity="ann"]"#;
    let bob = r#"[connection remote=192.0.2.1:3 key=2.0 identity="bob"]"#;
    for parts in [
        ["DEBUG [connection remote=192.0.2.1:1 key=0.0] ", "refused", "status=403", "why=token=***"],
        [&format!("DEBUG {ann}"), "let in", "", ""],
        [&format!("INFO {ann}"), "the session's own line", "bytes=5", ""],
        [&format!("DEBUG {ann}"), "ended", r#"key=1.0 remote=192.0.2.1:2 identity="ann" cause="peer" code=4000"#, "forced=false age="],
        [&format!("DEBUG {ann}"), "ended", "messages_in=1 bytes_in=11 messages_out=1 bytes_out=11", "Cookie:***"],
        [&format!("ERROR {bob}"), "has panicked", "key=2.0", ""],
        [&format!("DEBUG {bob}"), "ended", r#"identity="bob" cause="panicked" code=1011"#, ""],
    ] {
        assert!(heard.lines().any(|line| parts.iter().all(|part| line.contains(part))), "{parts:?}\n{heard}");
    }
    assert!(!heard.contains("s3cret"), "{heard}");
    // What clients do is nothing that a person has to look after.
    let loud: Vec<&str> = heard.lines().filter(|line| line.starts_with("WARN") || line.starts_with("ERROR")).collect();
    assert_eq!(loud.len(), 1, "{heard}");
}
