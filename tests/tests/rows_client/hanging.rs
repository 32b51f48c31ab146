//! The peers that make a client without deadlines hang without a word: each costs one attempt, for as long as its phase may take.

use relink_tests::fault::What;
use relink_tokio::ending::{Phase, Stage};
use tokio::time::Instant;

use super::*;

const OPENING: Millis = Millis::new(400);
/// Long enough for a peer that sends a byte a second to send one.
const OPENING_AT_A_BYTE_A_SECOND: Millis = Millis::new(1500);
const PING_AFTER: Millis = Millis::new(250);
const PONG: Millis = Millis::new(250);
const CLOSING: Millis = Millis::new(300);

const SHORT: Config = Config { opening_timeout: OPENING, ping_after: PING_AFTER, pong_timeout: PONG, closing_timeout: CLOSING, ..FAST };

/// Prints the row of a peer that hung: one ending, as long after as its phase may take, and then a link that works.
fn judge(name: &str, took: Duration, up_again: Duration, contract: Millis) {
    let contract = contract.as_duration();
    row(
        name,
        format_args!("one ending after {}, up again {} later", millis(took), millis(up_again)),
        format_args!("{}, then a reconnect", with_slack(contract)),
    );
    assert!(takes(took, contract), "{name}");
    assert!(up_again <= FAST.backoff.delay_max.as_duration() + SLACK, "{name}");
}

/// A peer on whom the opening handshake never ends. Gives how far it had come.
async fn never_opens(
    name: &str,
    hangs: Behaviour,
    certificate: Option<Certificate>,
    opening_timeout: Millis,
) -> Result<Stage, Box<dyn Error>> {
    let server = start(certificate).await?;
    server.script([hangs.once(), Behaviour::Echo.always()]);
    let mut builder = link(&server, Config { opening_timeout, ..SHORT })?;
    if certificate.is_some() {
        let tls = trust(&server)?;
        builder = builder.transport(|ws| ws.tls(tls));
    }
    let began = Instant::now();
    let mut watched = Watched::start(builder);
    let failed = watched.failed().await?;
    let up = watched.up().await?;
    watched.echoes().await?;
    let told = watched.stop().await?;
    assert_eq!(told.shape(), "failed up down");
    judge(name, failed - began, up - failed, opening_timeout);
    let Some((_, Ending::Timeout(Phase::Opening(after, stage)), _)) = told.endings().next() else { return Err(format!("{told:?}").into()) };
    assert_eq!(*after, opening_timeout);
    Ok(*stage)
}

#[tokio::test]
async fn peer_that_accepts_tcp_and_is_silent_fails_once_at_the_opening_deadline() -> Tested {
    let stage = never_opens("accepts TCP and is silent, opening_timeout 400 ms", Behaviour::Mute, None, OPENING).await?;
    assert_eq!(stage, Stage::Upgrade);
    Ok(())
}

#[tokio::test]
async fn peer_that_is_silent_where_tls_is_expected_fails_once_at_the_opening_deadline() -> Tested {
    let stage =
        never_opens("accepts TCP and never begins TLS, opening_timeout 400 ms", Behaviour::Mute, Some(Certificate::Good), OPENING).await?;
    assert_eq!(stage, Stage::Tls);
    Ok(())
}

#[tokio::test]
async fn peer_that_sends_its_handshake_a_byte_a_second_fails_once_at_the_opening_deadline() -> Tested {
    let drips = Behaviour::Drip { every: Duration::from_secs(1) };
    let name = "handshake at a byte a second, opening_timeout 1500 ms";
    let stage = never_opens(name, drips, None, OPENING_AT_A_BYTE_A_SECOND).await?;
    assert_eq!(stage, Stage::Upgrade);
    Ok(())
}

#[tokio::test]
async fn peer_that_goes_half_open_is_lost_once_after_ping_and_pong_time() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    server.script([Behaviour::HalfOpen { after: Duration::ZERO }.once(), Behaviour::Echo.always()]);
    let mut watched = Watched::start(link(&server, SHORT)?);
    let down = watched.down().await?;
    let again = watched.up().await?;
    watched.echoes().await?;
    let told = watched.stop().await?;
    assert_eq!(told.shape(), "up down up down");
    let (asked, _) = server.stop().await.times(|what| matches!(what, What::Requested(_))).next().ok_or("nobody asked")?;
    let silence = Millis::new(PING_AFTER.get() + PONG.get());
    judge("goes half-open once it is up, ping after 250 ms, pong in 250 ms", down - asked, again - down, silence);
    assert!(matches!(told.endings().next(), Some((_, Ending::Timeout(Phase::Silence(PONG)), _))), "{told:?}");
    Ok(())
}

#[tokio::test]
async fn peer_that_sends_a_close_and_holds_the_socket_is_lost_once_after_the_closing_deadline() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    server.script([Behaviour::CloseThenHold { after: Duration::from_millis(50), code: 1000 }.once(), Behaviour::Echo.always()]);
    let mut watched = Watched::start(link(&server, SHORT)?);
    let down = watched.down().await?;
    let again = watched.up().await?;
    watched.echoes().await?;
    let told = watched.stop().await?;
    assert_eq!(told.shape(), "up down up down");
    let log = server.stop().await;
    let (closed, _) = log.times(|what| matches!(what, What::CloseSent(Some(1000)))).next().ok_or("no Close was sent")?;
    judge("sends Close and holds the socket, closing_timeout 300 ms", down - closed, again - down, CLOSING);
    let (_, why, _) = told.endings().next().ok_or("no ending")?;
    assert_eq!(why.close_code().map(|code| code.get()), Some(1000), "why it ended is what the peer said, not that it held on");
    Ok(())
}
