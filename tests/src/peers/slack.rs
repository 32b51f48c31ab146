//! Owns the Socket Mode client people write first: ask for a URL, dial, read, and all of it again after a fixed pause.
//!
//! What it does is in the fake Slack's book. It looks at no `disconnect`, waits for no hello and no `Retry-After`.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;
use tokio_tungstenite::connect_async;

/// Runs it against the API at this `http://…/api/` until it is dropped.
pub async fn run(api_url: &str, pause: Duration) -> Infallible {
    loop {
        // Whatever went wrong, it begins again.
        let _ = connection(api_url).await;
        sleep(pause).await;
    }
}

async fn connection(api_url: &str) -> io::Result<()> {
    let answer = call(api_url).await?;
    let url = serde_json::from_str::<serde_json::Value>(&answer).ok().and_then(|answer| Some(answer.get("url")?.as_str()?.to_owned()));
    let url = url.ok_or(io::ErrorKind::InvalidData)?;
    let (mut socket, _) = connect_async(url).await.map_err(io::Error::other)?;
    while let Some(Ok(message)) = socket.next().await {
        if message.is_close() {
            break;
        }
    }
    Ok(())
}

/// The body of one answer (RFC 9112), from a server that ends the connection after it.
async fn call(api_url: &str) -> io::Result<String> {
    let rest = api_url.strip_prefix("http://").ok_or(io::ErrorKind::InvalidInput)?;
    let (host, path) = rest.split_once('/').ok_or(io::ErrorKind::InvalidInput)?;
    let mut tcp = TcpStream::connect(host).await?;
    let head = format!("POST /{path}apps.connections.open HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 0\r\n");
    tcp.write_all(format!("{head}Authorization: Bearer xapp-1-obvious\r\n\r\n").as_bytes()).await?;
    let mut answer = String::new();
    tcp.read_to_string(&mut answer).await?;
    Ok(answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}
