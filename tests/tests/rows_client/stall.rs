//! A peer that never reads: the kernels' buffers fill up, then the write deadline says so.

use relink_tokio::ending::Phase;
use relink_tokio::ws::Message;
use relink_tokio::{Client, SendError};
use tokio::time::Instant;

use super::*;

const WRITE_TIMEOUT: Millis = Millis::new(500);
const MESSAGE_BYTES: usize = 32 << 10;

/// Sends until the link is down, and says when the last message was accepted.
async fn sends(client: Client<Message>) -> Instant {
    let mut accepted = Instant::now();
    let payload = vec![7; MESSAGE_BYTES];
    while let Ok(()) | Err(SendError::Full(_)) = client.send(payload.as_slice()).await {
        if client.stats().downs > 0 {
            break;
        }
        accepted = Instant::now();
    }
    accepted
}

#[tokio::test]
async fn write_without_progress_ends_the_connection_at_the_write_deadline() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    server.script([Behaviour::StalledReader.once(), Behaviour::Echo.always()]);
    let mut watched = Watched::start(link(&server, FAST)?.write_timeout(WRITE_TIMEOUT.as_duration()));
    watched.up().await?;
    let sender = tokio::spawn(sends(watched.client().clone()));
    let down = watched.down().await?;
    watched.up().await?;
    let stats = watched.client().stats();
    let last_accepted = sender.await?;
    let told = watched.stop().await?;
    let took = down.saturating_duration_since(last_accepted);
    let (_, why, _) = told.endings().next().ok_or("no ending")?;
    row(
        "peer that never reads, write_timeout 500 ms",
        format_args!("Down {} after the last message was accepted, with {} KiB swallowed: {why}", millis(took), stats.bytes_out >> 10),
        with_slack(WRITE_TIMEOUT.as_duration()),
    );
    assert!(matches!(why, Ending::Timeout(Phase::Write(WRITE_TIMEOUT))), "{why:?}");
    assert!(took <= WRITE_TIMEOUT.as_duration() + SLACK);
    assert_eq!(stats.stalls, 1);
    Ok(())
}
