//! A server that accepts and drops at once: a link is forgiven only after it has lasted, so it slows down.

use relink_core::{Config, Report, Verdict};

use super::*;

const TEN_SECONDS: u64 = 10_000;

/// The median and the dial count that 99.9 % of all links do not exceed.
fn dials_in_10_s(answer: impl Fn() -> Answer) -> (usize, usize) {
    let mut dials: Vec<usize> = (0..SEEDS)
        .map(|seed| {
            let mut world = World::new(Config::DEFAULT, seed);
            world.live(TEN_SECONDS, |_| answer());
            let coming_up = world.dials.len() - world.readies.len();
            assert!(coming_up <= 1, "all but the last, perhaps, came up: the URL, the dial and the handshake worked");
            world.dials.len()
        })
        .collect();
    dials.sort_unstable();
    (median(&dials), dials[dials.len() * 999 / 1000 - 1])
}

#[test]
fn accept_then_drop_by_default_median_5_dials_in_10_s_and_99_9_percent_7() {
    let drop = || vec![(ANSWERS_AFTER, Report::Opened), (ANSWERS_AFTER, Report::Lost(Verdict::Retry))];
    let close = || {
        let closed = [Report::Opened, Report::Closed(Verdict::Retry), Report::Lost(Verdict::Retry)];
        closed.map(|report| (ANSWERS_AFTER, report)).to_vec()
    };
    for (how, (half, nearly_all)) in [("drop", dials_in_10_s(drop)), ("close", dials_in_10_s(close))] {
        row(
            &format!("accept then {how}, default policy, {SEEDS} seeds"),
            format_args!("median {half}, 99.9 % {nearly_all} dials in 10 s"),
            "median 5, 99.9 % 7",
        );
        assert!(half <= 5 && nearly_all <= 7);
    }
}
