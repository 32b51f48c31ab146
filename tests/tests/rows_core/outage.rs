//! A server that is back after an outage of one second: how long until its clients are.

use relink_core::{Attempt, Backoff, Config, Report, Verdict};

use super::*;

/// When the server goes, on links that have lasted: their first retry is the spread one.
const GOES_AT: u64 = 60_000;
const BACK_AT: u64 = GOES_AT + 1000;

/// From listening to Ready, in milliseconds.
fn outage(seed: u64) -> u64 {
    let mut world = World::new(Config { backoff: Backoff::INTERACTIVE, ping_after: relink_core::Millis::ZERO, ..Config::DEFAULT }, seed);
    world.report(GOES_AT, Attempt::from_number(1), Report::Lost(Verdict::Retry));
    world.live(BACK_AT + 100_000, |at| {
        let listening = !(GOES_AT..BACK_AT).contains(&at);
        vec![(ANSWERS_AFTER, if listening { Report::Opened } else { Report::Lost(Verdict::Retry) })]
    });
    assert_eq!(world.readies.len(), 2, "up, and up again; seed {seed}");
    world.readies[1] - BACK_AT
}

#[test]
fn server_back_after_1_s_interactive_median_at_most_750_ms() {
    let mut waits: Vec<u64> = (0..SEEDS).map(outage).collect();
    waits.sort_unstable();
    let (half, most) = (median(&waits), waits[waits.len() * 99 / 100]);
    row(
        &format!("server back after 1 s, INTERACTIVE, {SEEDS} runs"),
        format_args!("median {half} ms from listening to Ready (99 %: {most} ms)"),
        "median 750 ms",
    );
    assert!(half <= 750);
}
