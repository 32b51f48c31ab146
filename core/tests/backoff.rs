//! The proof of the backoff's arithmetic: against a reference without limits, over all corners and all failures.
#![allow(clippy::arithmetic_side_effects, clippy::expect_used, clippy::indexing_slicing, reason = "a test may panic")]

use proptest::prelude::*;
use relink_core::{Backoff, Draw, Jitter, Millis};

/// The rule once more, in numbers that cannot overflow: a clamped policy's range of delays after this memory.
fn range(policy: &Backoff, before: Millis) -> (u128, u128) {
    let (before, min, max) = (wide(before), wide(policy.delay_min), wide(policy.delay_max));
    let grown = |from: u128| (from * u128::from(policy.growth_percent)).div_ceil(100);
    let wanted = match (policy.jitter, before) {
        (Jitter::Decorrelated, 0) => grown(min),
        (Jitter::None | Jitter::Full | Jitter::Equal | Jitter::Around(_), 0) => min,
        (_, _) => grown(before),
    };
    match policy.jitter {
        Jitter::None => (wanted.min(max), wanted.min(max)),
        Jitter::Full => (0, wanted.min(max)),
        Jitter::Equal => (wanted.min(max).div_ceil(2), wanted.min(max)),
        Jitter::Decorrelated => (min, wanted.min(max).max(min)),
        Jitter::Around(percent) => {
            let middle = wanted.min(max * 100 / (100 + u128::from(percent)));
            let part = middle * u128::from(percent) / 100;
            (middle - part, middle + part)
        }
    }
}

fn reference(policy: &Backoff, before: Millis, roll: u32) -> Draw {
    let (low, high) = range(policy, before);
    let delay = low + ((u128::from(roll) * (high - low + 1)) >> 32);
    let memory = match policy.jitter {
        Jitter::Decorrelated => delay,
        Jitter::None | Jitter::Full | Jitter::Equal => high,
        Jitter::Around(percent) => high - (high - low) / 2 * u128::from(percent != 0),
    };
    Draw { delay: millis(delay), memory: millis(memory) }
}

fn wide(time: Millis) -> u128 {
    u128::from(time.get())
}

fn millis(wide: u128) -> Millis {
    Millis::new(u32::try_from(wide).expect("a delay is at most 2³²−1 ms"))
}

fn policy(delay_min: u32, delay_max: u32, growth_percent: u16, jitter: Jitter) -> Backoff {
    let (delay_min, delay_max) = (Millis::new(delay_min), Millis::new(delay_max));
    Backoff { first_spread: Millis::ZERO, delay_min, delay_max, growth_percent, jitter, failures_max: 0 }
}

const TIMES: [u32; 15] = [0, 1, 2, 3, 7, 99, 100, 101, 1000, 65_535, 65_536, (1 << 31) - 1, 1 << 31, u32::MAX - 1, u32::MAX];
const GROWTHS: [u16; 16] = [0, 1, 99, 100, 101, 102, 133, 150, 160, 199, 200, 201, 300, 1000, 65_534, u16::MAX];
const ROLLS: [u32; 6] = [0, 1, (1 << 31) - 1, 1 << 31, u32::MAX - 1, u32::MAX];

fn jitters() -> impl Iterator<Item = Jitter> {
    let around = [0, 1, 20, 50, 99, 100, 101, 255].map(Jitter::Around);
    [Jitter::None, Jitter::Full, Jitter::Equal, Jitter::Decorrelated].into_iter().chain(around)
}

/// All numbers of failures up to 2³²−1, without counting to it: a draw depends on the memory alone, so once the memory
/// stays the same, so does every draw after it. Decorrelated delays walk about for ever unless the roll is an extreme
/// one; with any other they can be anything in their range, so there it is every memory that is tried.
fn to_the_fixed_point(policy: &Backoff, roll: u32) {
    if policy.jitter == Jitter::Decorrelated && (2..u32::MAX - 1).contains(&roll) {
        return from_any_memory(policy, roll);
    }
    let mut before = Millis::ZERO;
    for failures in 1_u32.. {
        let draw = policy.draw(before, roll);
        assert_eq!(draw, reference(policy, before, roll), "{policy:?} after {failures} failures, memory {before:?}, roll {roll}");
        assert!(draw.delay <= policy.delay_max && draw.memory <= policy.delay_max, "{policy:?}: the cap after {failures} failures");
        if draw.memory == before {
            return;
        }
        assert!(draw.memory > before, "{policy:?}: the ceiling falls after {failures} failures");
        assert!(failures < 10_000, "{policy:?}: no end in sight");
        before = draw.memory;
    }
}

fn from_any_memory(policy: &Backoff, roll: u32) {
    for before in TIMES.map(Millis::new) {
        let draw = policy.draw(before, roll);
        assert_eq!(draw, reference(policy, before, roll), "{policy:?} memory {before:?}, roll {roll}");
        assert!(policy.delay_min <= draw.delay && draw.delay <= policy.delay_max, "{policy:?} memory {before:?}, roll {roll}");
    }
}

#[test]
fn every_corner_over_all_failures() {
    for delay_min in TIMES {
        for delay_max in TIMES {
            for growth_percent in GROWTHS {
                for jitter in jitters() {
                    let policy = policy(delay_min, delay_max, growth_percent, jitter).clamped();
                    for roll in ROLLS {
                        to_the_fixed_point(&policy, roll);
                    }
                }
            }
        }
    }
}

#[test]
fn every_growth_and_every_percentage() {
    for growth_percent in 0..=u16::MAX {
        for (delay_min, delay_max) in [(1, u32::MAX), (1000, 30_000), (u32::MAX, 0)] {
            let policy = policy(delay_min, delay_max, growth_percent, Jitter::None).clamped();
            for before in TIMES.map(Millis::new) {
                assert_eq!(policy.draw(before, 7), reference(&policy, before, 7), "{policy:?} {before:?}");
            }
        }
    }
    for percent in 0..=u8::MAX {
        for delay_max in TIMES {
            let policy = policy(1, delay_max, 160, Jitter::Around(percent)).clamped();
            ROLLS.into_iter().for_each(|roll| to_the_fixed_point(&policy, roll));
        }
    }
}

/// The ceilings that the presets promise, in seconds: what stands in their documentation.
#[test]
fn presets() {
    let highest = |policy: Backoff| {
        let mut before = Millis::ZERO;
        core::array::from_fn::<u32, 8, _>(|_| {
            let draw = policy.clamped().draw(before, u32::MAX);
            before = draw.memory;
            draw.delay.get()
        })
    };
    let secs = |all: [u32; 8]| all.map(|secs| secs * 1000);
    assert_eq!(highest(Backoff::INTERACTIVE), secs([1, 2, 4, 8, 16, 30, 30, 30]));
    assert_eq!(highest(Backoff::FLEET), highest(Backoff::INTERACTIVE));
    assert_eq!(highest(Backoff::RFC6455), secs([5, 10, 20, 40, 60, 60, 60, 60]));
    assert_eq!(highest(Backoff::fixed(Millis::from_secs(3))), secs([3; 8]));
    assert_eq!(highest(Backoff::GRPC), [1200, 1920, 3072, 4915, 7864, 12_584, 20_136, 32_217]);
    assert_eq!(Backoff::GRPC.draw(Millis::from_secs(120), u32::MAX).delay, Millis::from_secs(144));
    assert_eq!(Backoff::FLEET.first_spread, Millis::from_secs(5));
}

#[test]
fn what_clamping_means() {
    assert_eq!(policy(0, 0, 0, Jitter::Around(101)).clamped(), policy(1, 1, 100, Jitter::Around(100)));
    assert_eq!(policy(9, 3, 99, Jitter::Full).clamped(), policy(9, 9, 100, Jitter::Full));
    let valid = policy(1, 1, 100, Jitter::Around(100));
    assert_eq!(valid.clamped(), valid);
}

fn any_jitter() -> impl Strategy<Value = Jitter> {
    let around = any::<u8>().prop_map(Jitter::Around);
    prop_oneof![Just(Jitter::None), Just(Jitter::Full), Just(Jitter::Equal), Just(Jitter::Decorrelated), around]
}

/// Lengths of every magnitude: evenly chosen ones are hardly ever shorter than a day.
fn any_time() -> impl Strategy<Value = u32> {
    (any::<u32>(), 0_u32..32).prop_map(|(time, shift)| time >> shift)
}

fn any_policy() -> impl Strategy<Value = Backoff> {
    (any_time(), any_time(), any::<u16>(), any_jitter()).prop_map(|(min, max, growth, jitter)| policy(min, max, growth, jitter).clamped())
}

/// How many of all 2³² rolls draw at most this delay. A draw never falls when the roll rises, so halving finds it.
fn rolls_up_to(policy: &Backoff, before: Millis, delay: Millis) -> u64 {
    let (mut least, mut most) = (0_u64, 1 << 32);
    while least < most {
        let middle = least.midpoint(most);
        let roll = u32::try_from(middle).expect("below 2³²");
        if policy.draw(before, roll).delay <= delay { least = middle + 1 } else { most = middle }
    }
    least
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_draw_is_the_references(policy in any_policy(), before in any_time(), roll: u32) {
        let before = Millis::new(before);
        prop_assert_eq!(policy.draw(before, roll), reference(&policy, before, roll));
    }

    #[test]
    fn bounds_and_both_ends(policy in any_policy(), before in any_time(), roll: u32) {
        let before = Millis::new(before);
        let (low, high) = range(&policy, before);
        let delay = |roll| wide(policy.draw(before, roll).delay);
        prop_assert!(low <= delay(roll) && delay(roll) <= high && high <= wide(policy.delay_max));
        prop_assert_eq!((delay(0), delay(u32::MAX)), (low, high));
        prop_assert!(delay(roll) <= delay(roll.saturating_add(1)), "a draw falls when the roll rises");
    }

    /// No remainder, no bias: of all rolls each delay in the range gets as many as every other, or one more.
    #[test]
    fn every_delay_is_as_likely(policy in any_policy(), before in any_time(), chosen: u32) {
        let before = Millis::new(before);
        let (low, high) = range(&policy, before);
        let values = high - low + 1;
        let delay = low + u128::from(chosen) % values;
        let upto = |delay| u128::from(rolls_up_to(&policy, before, millis(delay)));
        let rolls = upto(delay) - if delay == low { 0 } else { upto(delay - 1) };
        let even = (1 << 32) / values;
        prop_assert!(rolls == even || rolls == even + 1, "{} of 2^32 rolls for each of {} values", rolls, values);
    }

    /// Of any failures in a row, whatever was drawn.
    #[test]
    fn the_cap_holds(policy in any_policy(), rolls in prop::collection::vec(any::<u32>(), 1..200)) {
        let mut before = Millis::ZERO;
        for roll in rolls {
            let draw = policy.draw(before, roll);
            prop_assert!(draw.delay <= policy.delay_max && draw.memory <= policy.delay_max);
            before = draw.memory;
        }
    }

    /// At the cap a fleet is still spread: jitter is drawn after the cap, not cut off by it.
    #[test]
    fn jitter_comes_after_the_cap(max in 100_u32.., jitter in any_jitter()) {
        let policy = policy(1, max, 200, jitter).clamped();
        let delay = |roll| policy.draw(policy.delay_max, roll).delay.get();
        let spread = delay(u32::MAX) - delay(0);
        let least = match jitter {
            Jitter::None => 0,
            Jitter::Full => max,
            Jitter::Equal => max / 2,
            Jitter::Decorrelated => max - 1,
            Jitter::Around(percent) => max / 200 * u32::from(percent.min(100)),
        };
        prop_assert!(spread >= least, "{} of {}", spread, max);
        prop_assert!(least == 0 || delay(1 << 30) < delay(1 << 31) && delay(1 << 31) < delay(3 << 30));
    }

    /// The next range begins where the last draw ended, not where its ceiling was.
    #[test]
    fn decorrelated_remembers_the_delay_before(min in 1_u32..10_000, growth in 100_u16..1000, rolls in prop::collection::vec(any::<u32>(), 2..20)) {
        let policy = policy(min, u32::MAX, growth, Jitter::Decorrelated).clamped();
        let mut before = Millis::ZERO;
        for roll in rolls {
            let draw = policy.draw(before, roll);
            prop_assert_eq!(draw.memory, draw.delay);
            let longest = wide(policy.draw(draw.memory, u32::MAX).delay);
            prop_assert_eq!(longest, (wide(draw.delay) * u128::from(growth)).div_ceil(100).min(wide(policy.delay_max)));
            prop_assert_eq!(policy.draw(draw.memory, 0).delay, policy.delay_min);
            before = draw.memory;
        }
    }

    /// Of the others only the ceiling is remembered: what was drawn below it changes nothing.
    #[test]
    fn others_remember_the_ceiling(policy in any_policy(), before in any_time(), one: u32, other: u32) {
        let jitter = if policy.jitter == Jitter::Decorrelated { Jitter::Full } else { policy.jitter };
        let policy = Backoff { jitter, ..policy };
        let memory = |roll| policy.draw(Millis::new(before), roll).memory;
        prop_assert_eq!(memory(one), memory(other));
    }
}
