//! The proof of what a configuration says: how odd values are read, and that no other value is touched.

use relink_core::{Action, Attempt, Backoff, CloseCode, Config, Event, Instant, Jitter, Link, Millis, Reaction, Report, State, Verdict};

const MOMENT: Millis = Millis::new(1);

/// The least of everything that is valid: a wait that must end is 1 ms, one that may be off is.
const LEAST: Config = Config {
    backoff: Backoff {
        first_spread: Millis::ZERO,
        delay_min: MOMENT,
        delay_max: MOMENT,
        growth_percent: 100,
        jitter: Jitter::Around(0),
        failures_max: 0,
    },
    opening_timeout: MOMENT,
    acceptance_timeout: Millis::ZERO,
    ping_after: Millis::ZERO,
    pong_timeout: MOMENT,
    closing_timeout: MOMENT,
    reset_after: MOMENT,
    start_spread: Millis::ZERO,
    dial_gap_min: MOMENT,
    retry_after_max: Millis::ZERO,
    overlap_max: Millis::ZERO,
    lifetime_max: Millis::ZERO,
    lifetime_spread_percent: 0,
    redial: true,
    timeout_code: CloseCode::TIMEOUT,
};

/// Nothing but zeros: a device whose memory was wiped still has a link that works.
const ZEROS: Config = Config {
    backoff: Backoff { delay_min: Millis::ZERO, delay_max: Millis::ZERO, growth_percent: 0, ..LEAST.backoff },
    opening_timeout: Millis::ZERO,
    pong_timeout: Millis::ZERO,
    closing_timeout: Millis::ZERO,
    reset_after: Millis::ZERO,
    dial_gap_min: Millis::ZERO,
    timeout_code: CloseCode::new(0),
    ..LEAST
};

const MOST: Config = Config {
    backoff: Backoff {
        first_spread: Millis::MAX,
        delay_min: Millis::MAX,
        delay_max: Millis::MAX,
        growth_percent: u16::MAX,
        jitter: Jitter::Around(100),
        failures_max: u32::MAX,
    },
    opening_timeout: Millis::MAX,
    acceptance_timeout: Millis::MAX,
    ping_after: Millis::MAX,
    pong_timeout: Millis::MAX,
    closing_timeout: Millis::MAX,
    reset_after: Millis::MAX,
    start_spread: Millis::MAX,
    dial_gap_min: Millis::MAX,
    retry_after_max: Millis::MAX,
    overlap_max: Millis::MAX,
    lifetime_max: Millis::MAX,
    lifetime_spread_percent: 100,
    redial: false,
    timeout_code: CloseCode::new(4999),
};

#[test]
fn zeros_are_the_least_that_works() {
    assert_eq!(ZEROS.clamped(), LEAST);
}

#[test]
fn what_is_valid_is_left_alone() {
    for valid in [LEAST, MOST, Config::DEFAULT, Config::ACCEPTED] {
        assert_eq!(valid.clamped(), valid);
    }
}

#[test]
fn percentages_end_at_a_hundred() {
    for percent in [101, 150, 255] {
        let config = Config { lifetime_spread_percent: percent, ..MOST };
        assert_eq!(config.clamped(), MOST, "{percent}");
    }
}

#[test]
fn a_code_that_may_not_be_sent_is_the_timeouts() {
    for number in [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, u16::MAX] {
        let config = Config { timeout_code: CloseCode::new(number), ..MOST };
        assert_eq!(config.clamped().timeout_code, CloseCode::TIMEOUT, "{number}");
    }
}

/// A link says which configuration it goes by: the clamped one.
#[test]
fn a_link_goes_by_the_clamped_configuration() {
    let link: Link = Link::new(ZEROS);
    assert_eq!(*link.config(), LEAST);
}

#[test]
fn the_default_is_the_documented_one() {
    assert_eq!(Config::default(), Config::DEFAULT);
}

/// Who was called does not call back.
#[test]
fn an_accepted_connection_is_never_dialled_again() {
    let mut link: Link = Link::new(Config::ACCEPTED);
    let now = Instant::ZERO;
    assert_eq!(link.step(now, 0, Event::Start), Reaction::Do(Action::Open(Attempt::from_number(1))));
    assert_eq!(link.step(now, 0, Event::Of(Attempt::from_number(1), Report::Lost(Verdict::Retry))), Reaction::Wait);
    assert!(matches!(link.state(), State::Shutdown { .. }), "{:?}", link.state());
    assert_eq!(link.deadline(), None);
    assert_eq!(link.step(now, 0, Event::Start), Reaction::Ignored);
}
