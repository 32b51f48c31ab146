//! Every deadline of the default configuration, to the millisecond.

use std::sync::atomic::{AtomicUsize, Ordering};

use relink_tokio::ending::Phase;
use relink_tokio::{Config, Event, Millis};
use tokio::time::Instant;

use super::*;

/// A link that meets this peer once and a proper one from then on: when its first attempt or connection began and ended, and
/// all it told until it was up again.
async fn meets(peer: Peer) -> Result<(Duration, Told), Box<dyn Error>> {
    let dials = AtomicUsize::new(0);
    let peers = move |_| if dials.fetch_add(1, Ordering::Relaxed) == 0 { peer } else { Peer::Proper };
    let began = Instant::now();
    let mut watched = Watched::start(link(peers)?);
    let ended = watched.until("an ending", |event| matches!(event, Event::Failed { .. } | Event::Down { .. })).await?;
    watched.up().await?;
    Ok((ended - began, watched.stop().await?))
}

fn judge(name: &str, took: Duration, contract: Duration) {
    row(&format!("{name}, default configuration"), format_args!("ended after {}", millis(took)), millis(contract));
    assert!(took >= contract && took <= contract + TICK, "{name}: {took:?}");
}

#[tokio::test(start_paused = true)]
async fn peer_that_accepts_and_is_silent_fails_once_after_10_s() -> Tested {
    let (took, told) = meets(Peer::Mute).await?;
    judge("accepts and is silent", took, Duration::from_secs(10));
    assert_eq!(told.shape(), "failed up down");
    assert!(matches!(told.endings().next(), Some((_, Ending::Timeout(Phase::Opening(..)), _))), "{told:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn handshake_at_a_byte_a_second_fails_once_after_10_s() -> Tested {
    let (took, told) = meets(Peer::ByteASecond).await?;
    judge("handshake at a byte a second", took, Duration::from_secs(10));
    assert_eq!(told.shape(), "failed up down");
    assert!(matches!(told.endings().next(), Some((_, Ending::Timeout(Phase::Opening(..)), _))), "{told:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn peer_that_goes_half_open_is_lost_once_after_20_and_10_s() -> Tested {
    let (took, told) = meets(Peer::Deaf).await?;
    judge("goes half-open", took, Duration::from_secs(30));
    assert_eq!(told.shape(), "up down up down");
    assert!(matches!(told.endings().next(), Some((_, Ending::Timeout(Phase::Silence(_)), _))), "{told:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn peer_that_closes_and_holds_the_connection_is_lost_once_after_1_s() -> Tested {
    let (took, told) = meets(Peer::ClosesAndHolds).await?;
    judge("sends Close and holds the connection", took, Duration::from_secs(1));
    assert_eq!(told.shape(), "up down up down");
    assert!(matches!(told.endings().next(), Some((_, Ending::Closed(_), _))), "{told:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn close_never_answered_is_forced_after_1_s() -> Tested {
    let mut watched = Watched::start(link(|_| Peer::Deaf)?);
    watched.up().await?;
    let began = Instant::now();
    watched.client().stop().await;
    judge("Close never answered", began.elapsed(), Duration::from_secs(1));
    assert_eq!(watched.end().await?.shape(), "up down");
    Ok(())
}

/// Without messages to send a peer that stops reading is only silent; with them it is the write that says so.
#[tokio::test(start_paused = true)]
async fn write_without_progress_ends_the_connection_after_30_s() -> Tested {
    let config = Config { ping_after: Millis::ZERO, ..Config::DEFAULT };
    let mut watched = Watched::start(link(|_| Peer::Deaf)?.config(config));
    watched.up().await?;
    let began = Instant::now();
    watched.client().send(vec![0; 512 << 10]).await?;
    let down = watched.down().await?;
    judge("a peer that never reads, without pings", down - began, Duration::from_secs(30));
    assert!(matches!(watched.told().endings().next(), Some((_, Ending::Timeout(Phase::Write(_)), _))), "{:?}", watched.told());
    Ok(())
}

/// An idle link to a proper peer lives for ever: a ping every 20 s and its pong.
#[tokio::test(start_paused = true)]
async fn idle_link_to_a_proper_peer_stays_up_for_a_day() -> Tested {
    let mut watched = Watched::start(link(|_| Peer::Proper)?);
    watched.up().await?;
    tokio::time::sleep(Duration::from_secs(86_400)).await;
    let told = watched.stop().await?;
    row("an idle link, a day", told.shape(), "up, and down when it was stopped");
    assert_eq!(told.shape(), "up down");
    Ok(())
}
