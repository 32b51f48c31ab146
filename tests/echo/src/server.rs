//! Owns the process of an echo server; and the one for the clients' contests: plain tokio-tungstenite, all that is ready answered
//! with one flush, so that it is not the bottleneck.

use std::io::{Read, Write};
use std::time::Duration;

use futures_util::{FutureExt, SinkExt, StreamExt};
use relink_tokio::Millis;
use relink_tokio::server::Plan;
use tokio::net::{TcpListener, TcpStream};

use crate::plain::buffers;
use crate::rivals::Whose;
use crate::{Outcome, rivals};

/// How relink's server ends: its closes are spread over this time.
pub(crate) const SPREAD: Duration = Duration::from_secs(5);
/// And this much later nobody is left.
pub(crate) const CLOSE_DEADLINE: Duration = Duration::from_secs(5);

/// Serves until standard input ends.
pub(crate) fn serve(whose: Whose) -> Outcome<()> {
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
        let relink = rivals::relink();
        tokio::select! {
            error = rivals::serve(whose, &relink, listener) => error,
            _ = ended => {
                // Without connections it is over at once.
                let plan = Plan { spread: Millis::from_duration(SPREAD), close_deadline: Millis::from_duration(CLOSE_DEADLINE), ..Plan::DEFAULT };
                relink.drain(plan).await;
                Ok(())
            }
        }
    })
}

pub(crate) async fn echo(stream: TcpStream) -> Outcome<()> {
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
