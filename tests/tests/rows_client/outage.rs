//! A server that is gone for a second, and how soon its clients are back.

use futures_util::future::try_join_all;
use relink_tests::fault::Leave;
use tokio::time::Instant;

use super::*;

const CLIENTS: u64 = 100;
const OUTAGE: Duration = Duration::from_secs(1);
/// Forgiven after this instead of 10 s, so that the test need not wait for a stable link.
const RESET_AFTER: Millis = Millis::new(200);

#[tokio::test]
async fn server_back_after_1_s_interactive_median_at_most_750_ms_from_listening_to_ready() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    let config = Config { backoff: Backoff::INTERACTIVE, reset_after: RESET_AFTER, ..Config::DEFAULT };
    let mut links = Vec::new();
    for seed in 0..CLIENTS {
        links.push(Watched::start(link(&server, config)?.seed(seed)));
    }
    try_join_all(links.iter_mut().map(Watched::up)).await?;
    tokio::time::sleep(RESET_AFTER.as_duration() * 2).await;
    let restart = async {
        server.restart(Leave::Reset, OUTAGE).await?;
        Ok::<_, Box<dyn Error>>(Instant::now())
    };
    let back = try_join_all(links.iter_mut().map(|link| async move { Ok(link.up().await?) }));
    let (listening, back) = tokio::try_join!(restart, back)?;
    let mut waits: Vec<Duration> = back.iter().map(|up| up.duration_since(listening)).collect();
    waits.sort_unstable();
    let (half, most) = (median(&waits), waits[waits.len() - 1]);
    row(
        &format!("server back after 1 s, INTERACTIVE, {CLIENTS} clients"),
        format_args!("median {} from listening to Ready (the last: {})", millis(half), millis(most)),
        "median 750 ms",
    );
    assert!(half <= Duration::from_millis(750));
    for told in try_join_all(links.into_iter().map(Watched::stop)).await? {
        let shape = told.shape();
        assert_eq!(shape.replace("failed ", ""), "up down up down");
    }
    Ok(())
}
