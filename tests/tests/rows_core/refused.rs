//! A server that refuses every upgrade: one failure an attempt, delays that grow to the cap and stay spread there.

use relink_core::{Backoff, Config, Jitter, Report, Verdict};

use super::*;

/// The `error` and the `close` of the same failure, as an event emitter reports them.
fn refused() -> Answer {
    vec![(ANSWERS_AFTER, Report::Lost(Verdict::Retry)), (ANSWERS_AFTER, Report::Lost(Verdict::Retry))]
}

#[test]
fn refused_upgrades_without_jitter_wait_1_2_4_8_16_30_30_seconds() {
    let backoff = Backoff { jitter: Jitter::None, ..Backoff::INTERACTIVE };
    let mut world = World::new(Config { backoff, ..Config::DEFAULT }, 0);
    world.live(200_000, |_| refused());
    let delays: Vec<u64> = world.gaps().iter().map(|gap| gap - ANSWERS_AFTER).collect();
    row("409 on every upgrade, no jitter", format_args!("delays {delays:?} ms"), "doubling from 1 s to 30 s");
    assert_eq!(delays[..7], [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    assert!(delays[7..].iter().all(|delay| *delay == 30_000));
    let counted: Vec<u32> = world.failures.iter().map(|(failures, _)| *failures).collect();
    assert_eq!(counted, (1..=world.dials.len() as u32).collect::<Vec<_>>(), "each attempt is one failure, though it reports two");
}

#[test]
fn refused_upgrades_by_default_one_failure_an_attempt_and_spread_below_the_cap() {
    let (mut longest, mut shortest_at_the_cap, mut attempts) = (0, u64::MAX, 0);
    for seed in 0..SEEDS {
        let mut world = World::new(Config::DEFAULT, seed);
        world.live(300_000, |_| refused());
        assert_eq!(world.failures.len(), world.dials.len(), "seed {seed}");
        assert_eq!(world.link.failures() as usize, world.dials.len(), "nothing was forgiven, seed {seed}");
        for ((failures, ceiling), gap) in world.failures.iter().zip(world.gaps()) {
            let expected = 30_000.min(1000_u64 << (failures - 1).min(20));
            assert_eq!(u64::from(*ceiling), expected, "seed {seed}, failure {failures}");
            let delay = gap - ANSWERS_AFTER;
            assert!(delay <= expected, "seed {seed}, failure {failures}: {delay} ms");
            longest = longest.max(delay);
            if *failures > 5 {
                shortest_at_the_cap = shortest_at_the_cap.min(delay);
            }
        }
        attempts += world.dials.len();
    }
    row(
        &format!("409 on every upgrade, default policy, {SEEDS} seeds"),
        format_args!("{attempts} attempts, as many failures; at the cap {shortest_at_the_cap} to {longest} ms"),
        "one failure an attempt; 0 to 30000 ms",
    );
    assert!(longest > 29_900 && shortest_at_the_cap < 150, "the whole range is used");
}
