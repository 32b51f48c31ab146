//! A server that accepts and drops at once, on a real socket.

use relink_tests::fault::Leave;

use super::*;

const TEN_SECONDS: Duration = Duration::from_secs(10);

/// How many dials a link by default makes in ten seconds. Its dice are fixed: by its contract one link in a thousand may make more than 7.
async fn dials_in_10_s(how: Leave, seed: u64) -> Result<usize, Box<dyn Error>> {
    let server = FaultServer::start(Behaviour::AcceptThenDrop(how)).await?;
    let mut watched = Watched::start(link(&server, Config::DEFAULT)?.seed(seed));
    let up = watched.up().await?;
    tokio::time::sleep_until(up + TEN_SECONDS).await;
    let told = watched.stop().await?.shape();
    // The one under way when it was stopped may have failed for that.
    assert_eq!(told.trim_end_matches("failed").replace("up down", "").trim(), "", "every one came up, and went down once: {told}");
    let log = server.stop().await;
    let first = log.dials()[0];
    Ok(log.dials_in(first..first + TEN_SECONDS))
}

#[tokio::test]
async fn accept_then_drop_by_default_at_most_7_dials_in_10_s() -> Tested {
    let ends = [Leave::Fin, Leave::Reset, Leave::Close(1000), Leave::Close(1011)];
    let runs = ends.into_iter().flat_map(|how| (0..5).map(move |seed| dials_in_10_s(how, seed)));
    let mut dials = futures_util::future::try_join_all(runs).await?;
    dials.sort_unstable();
    let (least, most) = (dials[0], dials[dials.len() - 1]);
    row(
        &format!("accept then drop, default policy, {} links on real sockets", dials.len()),
        format_args!("{least} to {most}, median {} dials in 10 s", median(&dials)),
        "7",
    );
    assert!(least >= 2 && most <= 7, "{dials:?}");
    Ok(())
}
