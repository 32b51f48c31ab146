//! The default policy over many links, each with dice of its own: dials on a server that drops, and the way back after an outage.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::time::{Instant, sleep, sleep_until};

use super::*;

const LINKS: u64 = 1000;

async fn dials_in_10_s(seed: u64) -> Result<usize, Box<dyn Error>> {
    let dials = Arc::new(AtomicUsize::new(0));
    let count = dials.clone();
    let drops = move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        Peer::Drops
    };
    let watched = Watched::start(link(drops)?.seed(seed));
    sleep(Duration::from_secs(10)).await;
    let dials = dials.load(Ordering::Relaxed);
    let shape = watched.stop().await?.shape();
    assert_eq!(shape.replace("up down", "").trim(), "", "seed {seed}: every one came up and went down: {shape}");
    Ok(dials)
}

#[tokio::test(start_paused = true)]
async fn accept_then_drop_through_the_client_median_5_dials_in_10_s_and_99_9_percent_7() -> Tested {
    let mut dials = Vec::new();
    for seed in 0..LINKS {
        dials.push(dials_in_10_s(seed).await?);
    }
    dials.sort_unstable();
    let (half, nearly_all) = (median(&dials), dials[dials.len() * 999 / 1000 - 1]);
    row(
        &format!("accept then drop, default policy, {LINKS} clients in virtual time"),
        format_args!("median {half}, 99.9 % {nearly_all} dials in 10 s"),
        "median 5, 99.9 % 7",
    );
    assert!(half <= 5 && nearly_all <= 7);
    Ok(())
}

/// From listening to Up after an outage of a second, on a link that has lasted a minute.
async fn outage(seed: u64) -> Result<Duration, Box<dyn Error>> {
    let goes = Instant::now() + Duration::from_secs(60);
    let back = goes + Duration::from_secs(1);
    let peers = move |now: Instant| match now {
        now if now < goes => Peer::ProperFor(goes - now),
        now if now < back => Peer::Refuses,
        _ => Peer::Proper,
    };
    let mut watched = Watched::start(link(peers)?.seed(seed));
    sleep_until(goes).await;
    watched.down().await?;
    let up = watched.up().await?;
    let shape = watched.stop().await?.shape();
    assert_eq!(shape.replace("failed ", ""), "up down up down", "seed {seed}");
    Ok(up - back)
}

#[tokio::test(start_paused = true)]
async fn server_back_after_1_s_through_the_client_median_at_most_750_ms() -> Tested {
    let mut waits = Vec::new();
    for seed in 0..LINKS {
        waits.push(outage(seed).await?);
    }
    waits.sort_unstable();
    row(
        &format!("server back after 1 s, INTERACTIVE, {LINKS} clients in virtual time"),
        format_args!("median {} from listening to Up", millis(median(&waits))),
        "median 750 ms",
    );
    assert!(median(&waits) <= Duration::from_millis(750));
    Ok(())
}
