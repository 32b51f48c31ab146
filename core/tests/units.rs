//! The proof of the units: no length, point or code is ever read as one that was not meant.
#![allow(clippy::arithmetic_side_effects, reason = "a test may panic")]

use std::time::Duration;

use proptest::prelude::*;
use relink_core::{Attempt, CloseCode, Instant, Millis};

/// 2³² ms, the shortest time that is too long.
const TOO_LONG: Duration = Duration::from_millis(1 << 32);
const LONGEST: Duration = Duration::from_millis(u32::MAX as u64);
const NANO: Duration = Duration::from_nanos(1);

#[test]
fn a_duration_is_rounded_up_and_a_long_one_is_the_longest() {
    let cases = [
        (Duration::ZERO, 0),
        (NANO, 1),
        (Duration::from_nanos(999_999), 1),
        (Duration::from_millis(1), 1),
        (Duration::from_millis(1) + NANO, 2),
        (Duration::from_millis(1500), 1500),
        (LONGEST - NANO, u32::MAX),
        (LONGEST, u32::MAX),
        (LONGEST + NANO, u32::MAX),
        (TOO_LONG, u32::MAX),
        (TOO_LONG + Duration::from_millis(5), u32::MAX),
        (Duration::MAX, u32::MAX),
    ];
    for (duration, millis) in cases {
        assert_eq!(Millis::from_duration(duration), Millis::new(millis), "{duration:?}");
    }
}

#[test]
fn seconds_that_are_too_many_are_the_longest_length() {
    assert_eq!(Millis::from_secs(0), Millis::ZERO);
    assert_eq!(Millis::from_secs(4_294_967).get(), 4_294_967_000);
    assert_eq!(Millis::from_secs(4_294_968), Millis::MAX);
    assert_eq!(Millis::from_secs(u32::MAX), Millis::MAX);
}

#[test]
fn a_clock_ends_at_its_ends() {
    assert_eq!(Instant::NEVER.after(Millis::new(1)), Instant::NEVER);
    assert_eq!(Instant::from_millis(u64::MAX - 1).after(Millis::MAX), Instant::NEVER);
    assert_eq!(Instant::from_millis(4).before(Millis::new(5)), Instant::ZERO);
    assert_eq!(Instant::from_millis(4).since(Instant::from_millis(5)), 0);
}

/// All numbers: those that RFC 6455 §7.4 and its registry assign to endpoints, and those left to libraries and applications.
#[test]
fn a_code_may_be_sent_if_it_is_assigned_or_free_for_use() {
    let assigned = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];
    for number in 0..=u16::MAX {
        let expected = assigned.contains(&number) || number / 1000 == 3 || number / 1000 == 4;
        assert_eq!(CloseCode::new(number).is_sendable(), expected, "{number}");
        assert_eq!(CloseCode::new(number).get(), number);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_length_survives_the_standard_librarys_type(millis: u32) {
        let length = Millis::new(millis);
        prop_assert_eq!(length.as_duration().as_millis(), u128::from(millis));
        prop_assert_eq!(Millis::from_duration(length.as_duration()), length);
        prop_assert_eq!(length.is_zero(), length == Millis::ZERO);
    }

    #[test]
    fn there_and_back_is_here(at in 0..=u64::MAX - u64::from(u32::MAX), millis: u32) {
        let (here, length) = (Instant::from_millis(at), Millis::new(millis));
        let there = here.after(length);
        prop_assert_eq!(there.since(here), u64::from(millis));
        prop_assert_eq!(there.before(length), here);
        prop_assert_eq!(there.as_millis(), at + u64::from(millis));
    }

    #[test]
    fn an_attempt_is_its_number(number: u32) {
        prop_assert_eq!(Attempt::from_number(number).number(), number);
    }
}
