//! Owns the echo server: plain tokio-tungstenite, all that is ready answered with one flush, so that it is not the bottleneck.

use std::io::{Read, Write};

use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};

use crate::Outcome;
use crate::plain::buffers;

/// Serves until standard input ends.
pub(crate) fn serve() -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        drop(end);
    });
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        println!("{}", listener.local_addr()?.port());
        std::io::stdout().flush()?;
        let accept = async {
            loop {
                let (stream, _) = listener.accept().await?;
                tokio::spawn(async move {
                    let _ = echo(stream).await;
                });
            }
        };
        tokio::select! {
            error = accept => error,
            _ = ended => Ok(()),
        }
    })
}

async fn echo(stream: TcpStream) -> Outcome<()> {
    stream.set_nodelay(true)?;
    let mut socket = tokio_tungstenite::accept_async_with_config(stream, Some(buffers())).await?;
    while let Some(message) = socket.next().await {
        let mut message = message?;
        loop {
            if message.is_text() {
                socket.feed(message).await?;
            }
            match socket.next().now_or_never() {
                Some(Some(next)) => message = next?,
                Some(None) => return Ok(()),
                None => break,
            }
        }
        socket.flush().await?;
    }
    Ok(())
}
