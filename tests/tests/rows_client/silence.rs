//! A peer that falls silent while it still reads, and one that never answers a Close.

use relink_tests::fault::{Opcode, What};
use relink_tests::sockets;
use relink_tokio::ending::Phase;
use tokio::time::Instant;

use super::*;

const PING_AFTER: Millis = Millis::new(1000);
const PONG: Millis = Millis::new(300);
/// Before the first ping, and late enough for one message there and back.
const SILENT_AFTER: Duration = Duration::from_millis(900);

#[tokio::test]
async fn silent_peer_is_lost_once_within_ping_after_and_pong_time_and_dialled_again() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    server.script([Behaviour::Silent { after: SILENT_AFTER }.once(), Behaviour::Echo.always()]);
    let mut watched = Watched::start(link(&server, Config { ping_after: PING_AFTER, pong_timeout: PONG, ..FAST })?);
    watched.up().await?;
    // What comes back is the last sign of life.
    let last_sign = Instant::now();
    watched.echoes().await?;
    let down = watched.down().await?;
    let again = watched.up().await?;
    // The new peer answers its pings.
    tokio::time::sleep(PING_AFTER.as_duration() + QUIET).await;
    watched.echoes().await?;
    let told = watched.stop().await?;
    assert_eq!(told.shape(), "up down up down");
    assert!(matches!(told.endings().next(), Some((_, Ending::Timeout(Phase::Silence(PONG)), _))), "{told:?}");
    let log = server.stop().await;
    let pings = |connection| log.of(connection).filter(|what| matches!(what, What::Received(got) if got.opcode == Opcode::Ping)).count();
    let silence = down - last_sign;
    let contract = PING_AFTER.as_duration() + PONG.as_duration();
    row(
        "silent peer, ping after 1000 ms, pong in 300 ms",
        format_args!("one Down after {} and {} ping(s), up again {} later", millis(silence), pings(1), millis(again - down)),
        format_args!("{}, then a reconnect", with_slack(contract)),
    );
    assert!(takes(silence, contract), "{log}");
    assert!(pings(1) == 1 && pings(2) >= 1, "{log}");
    Ok(())
}

#[tokio::test]
async fn close_that_is_never_answered_is_forced_within_the_default_closing_timeout() -> Tested {
    let server = FaultServer::start(Behaviour::CloseUnanswered).await?;
    let mut watched = Watched::start(link(&server, Config::DEFAULT)?);
    watched.up().await?;
    let client = watched.client().clone();
    let began = Instant::now();
    let told = watched.stop().await?;
    let took = began.elapsed();
    row("Close never answered, default configuration", format_args!("stop took {}", millis(took)), with_slack(Duration::from_secs(1)));
    assert!(takes(took, Duration::from_secs(1)));
    assert_eq!((told.shape().as_str(), client.stats().forced), ("up down", 1));
    assert!(matches!(told.endings().next(), Some((_, Ending::Stopped, None))), "{told:?}");
    if cfg!(target_os = "linux") {
        assert_eq!(sockets::on_port(server.port())?.dialled, 0, "the socket is gone with the wait");
    }
    Ok(())
}
