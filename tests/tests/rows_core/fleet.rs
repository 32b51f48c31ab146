//! A fleet whose server restarts in one instant: the links do not come back in one instant.

use relink_core::{Attempt, Backoff, Config, Millis, Report, Verdict};

use super::*;

const LINKS: u64 = 1000;
const GOES_AT: u64 = 60_000;
/// The stretch of time whose busiest one counts, in milliseconds.
const STRETCH: u64 = 100;

/// The most links that dial in any one stretch after their server is gone, and when the last one does.
fn peak(backoff: Backoff, verdict: Verdict) -> (usize, u64) {
    let config = Config { backoff, ping_after: Millis::ZERO, ..Config::DEFAULT };
    let mut dials: Vec<u64> = (0..LINKS)
        .map(|seed| {
            let mut world = World::new(config, seed);
            world.report(GOES_AT, Attempt::from_number(1), Report::Lost(verdict));
            // It is back at once: every link dials once more, and stays.
            world.live(2 * GOES_AT, |_| vec![(ANSWERS_AFTER, Report::Opened)]);
            assert_eq!(world.dials.len(), 2, "seed {seed}");
            world.dials[1] - GOES_AT
        })
        .collect();
    dials.sort_unstable();
    let busiest = dials.iter().enumerate().map(|(first, from)| dials[first..].partition_point(|at| *at < from + STRETCH));
    (busiest.max().unwrap_or(0), dials[dials.len() - 1])
}

#[test]
fn a_fleet_that_loses_its_server_does_not_come_back_in_one_instant() {
    let unspread = Backoff { first_spread: Millis::ZERO, ..Backoff::INTERACTIVE };
    let restart = Verdict::Renew { within: Millis::from_secs(10) };
    // What a perfectly even spread would give, and what chance adds to it in the busiest of many stretches.
    let policies = [
        ("INTERACTIVE", Backoff::INTERACTIVE, Verdict::Retry, 100, 150),
        ("FLEET", Backoff::FLEET, Verdict::Retry, 20, 45),
        ("FLEET, planned restart (1012)", Backoff::FLEET, restart, 10, 30),
    ];
    let (herd, _) = peak(unspread, Verdict::Retry);
    assert_eq!(herd, LINKS as usize, "without a spread they all come at once");
    for (name, backoff, verdict, even, bound) in policies {
        let (busiest, last) = peak(backoff, verdict);
        row(
            &format!("{LINKS} links lose one server, {name}"),
            format_args!("peak {busiest} dials in {STRETCH} ms, the last after {last} ms (even: {even}; without a spread: {herd})"),
            format_args!("peak {bound}"),
        );
        assert!(busiest <= bound);
    }
}
