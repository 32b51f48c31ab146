//! Owns the list of settings that are explored.

use relink_core::{Backoff, CloseCode, Config, Jitter, Millis, Verdict};

use super::setting::{Clock, Setting, Words};

/// The settings of every test run, in abstract milliseconds: every corner of a link that holds one connection, and the
/// corners of the overlap that no other covers.
#[must_use]
pub fn small() -> Vec<Setting> {
    let overlap = Config { overlap_max: OVERLAP, ..PLAIN };
    let failing = Backoff { failures_max: 2, ..BACKOFF };
    let live = Config { acceptance_timeout: ms(2), ping_after: ms(2), ..overlap };
    let aged = Config { lifetime_max: ms(3), lifetime_spread_percent: 34, ..overlap };
    let slow = Config { opening_timeout: ms(3), closing_timeout: ms(2), ..overlap };
    let every = Config { lifetime_max: ms(3), closing_timeout: ms(2), start_spread: ms(2), backoff: failing, ..live };
    // The most telling one first: whatever is broken is mostly broken there.
    let mut all = vec![
        ticks("overlap, all of it", every),
        ticks("overlap", overlap),
        ticks("overlap, accepted, pinged", live),
        ticks("overlap, aged", aged),
        ticks("overlap, failures 2", Config { backoff: failing, ..overlap }),
        ticks("overlap, slow", slow),
    ];
    all.extend(corners(Millis::ZERO));
    all.extend(policies(Millis::ZERO));
    all
}

/// What a full run adds: every corner of the overlap too, longer waits, and the presets with their real lengths.
#[must_use]
pub fn full() -> Vec<Setting> {
    let mut all = corners(OVERLAP);
    all.extend(policies(OVERLAP));
    let known = small();
    all.retain(|setting| known.iter().all(|known| known.name != setting.name));
    all.extend(wide());
    all.extend(real());
    all
}

const OVERLAP: Millis = ms(2);

const BACKOFF: Backoff =
    Backoff { first_spread: ms(1), delay_min: ms(1), delay_max: ms(2), growth_percent: 200, jitter: Jitter::None, failures_max: 0 };

const PLAIN: Config = Config {
    backoff: BACKOFF,
    opening_timeout: ms(2),
    acceptance_timeout: ms(0),
    ping_after: ms(0),
    pong_timeout: ms(1),
    closing_timeout: ms(1),
    reset_after: ms(2),
    start_spread: ms(0),
    dial_gap_min: ms(1),
    retry_after_max: ms(3),
    overlap_max: ms(0),
    lifetime_max: ms(0),
    lifetime_spread_percent: 0,
    redial: true,
    timeout_code: CloseCode::TIMEOUT,
};

/// Every class of verdict, with lengths below and above what the configuration allows.
const WORDS: Words = Words {
    verdicts: &[
        Verdict::Retry,
        Verdict::RetryAfter(ms(9)),
        Verdict::RetryIn(ms(1)),
        Verdict::RetryIn(ms(9)),
        Verdict::Postpone(ms(2)),
        Verdict::Renew { within: ms(0) },
        Verdict::Renew { within: ms(3) },
        Verdict::GiveUp,
    ],
    pulses: &[ms(0), ms(2)],
    drains: &[ms(0), ms(2)],
};

const fn ms(millis: u32) -> Millis {
    Millis::new(millis)
}

const fn secs(secs: u32) -> Millis {
    Millis::from_secs(secs)
}

fn ticks(name: &str, config: Config) -> Setting {
    Setting { name: name.into(), config, words: WORDS, clock: Clock::Ticks, twin: config.overlap_max.is_zero(), states_max: 300_000 }
}

/// Acceptance, ping, lifetime and the first dial's spread on and off, times how failures and endings count.
fn corners(overlap_max: Millis) -> Vec<Setting> {
    let kinds = [("", true, 0), (", failures 1", true, 1), (", failures 2", true, 2), (", server", false, 0)];
    let corner = |bits: u32, (kind, redial, failures_max): (&str, bool, u32)| {
        let mut name = String::from(if overlap_max.is_zero() { "single" } else { "overlap" });
        let mut on = |bit: u32, word: &str, wait: Millis| {
            if bits & bit == 0 {
                return Millis::ZERO;
            }
            name += word;
            wait
        };
        let config = Config {
            acceptance_timeout: on(1, ", accepted", ms(2)),
            ping_after: on(2, ", pinged", ms(2)),
            lifetime_max: on(4, ", aged", ms(3)),
            start_spread: on(8, ", spread", ms(2)),
            lifetime_spread_percent: 34,
            overlap_max,
            redial,
            backoff: Backoff { failures_max, ..BACKOFF },
            ..PLAIN
        };
        ticks(&(name + kind), config)
    };
    (0..16).flat_map(|bits| kinds.map(|kind| corner(bits, kind))).collect()
}

/// Each way to draw a delay, with as much growth as fits below the longest.
fn policies(overlap_max: Millis) -> Vec<Setting> {
    let overlap = if overlap_max.is_zero() { "single" } else { "overlap" };
    let all = [
        ("no jitter", Jitter::None, 150),
        ("full jitter", Jitter::Full, 200),
        ("equal jitter", Jitter::Equal, 300),
        ("decorrelated jitter", Jitter::Decorrelated, 200),
        ("jitter around", Jitter::Around(50), 200),
    ];
    let policy = |(name, jitter, growth_percent)| {
        let backoff = Backoff { delay_max: ms(4), growth_percent, jitter, ..BACKOFF };
        ticks(&format!("{overlap}, {name}, x{growth_percent}%"), Config { backoff, overlap_max, ..PLAIN })
    };
    all.into_iter().map(policy).collect()
}

/// Waits that are all different and longer than a tick.
fn wide() -> [Setting; 2] {
    let config = Config {
        backoff: Backoff { delay_max: ms(4), jitter: Jitter::Full, ..BACKOFF },
        opening_timeout: ms(3),
        acceptance_timeout: ms(4),
        ping_after: ms(3),
        pong_timeout: ms(2),
        closing_timeout: ms(2),
        reset_after: ms(4),
        dial_gap_min: ms(2),
        retry_after_max: ms(5),
        lifetime_max: ms(5),
        lifetime_spread_percent: 20,
        ..PLAIN
    };
    [ticks("single, wide", config), ticks("overlap, wide", Config { overlap_max: ms(3), lifetime_max: ms(0), ..config })]
}

/// The classes of verdicts that differ in more than their length, with lengths as services give them.
const REAL: Words = Words {
    verdicts: &[
        Verdict::Retry,
        Verdict::RetryAfter(secs(30)),
        Verdict::RetryIn(secs(3)),
        Verdict::Postpone(secs(60)),
        Verdict::Renew { within: secs(10) },
        Verdict::GiveUp,
    ],
    pulses: &[ms(0), secs(15)],
    drains: &[secs(5)],
};

/// The presets as they are, and an overlap of seconds.
fn real() -> Vec<Setting> {
    let jumps = |name: &str, words, config: Config| {
        let twin = config.overlap_max.is_zero();
        Setting { name: name.into(), config, words, clock: Clock::Jumps, twin, states_max: 1_000_000 }
    };
    let preset = |backoff| Config { backoff, ..Config::DEFAULT };
    let few = Words { verdicts: FEW, pulses: &[], ..REAL };
    let steps = Backoff { jitter: Jitter::None, delay_max: secs(8), ..Backoff::INTERACTIVE };
    let still = Config { overlap_max: secs(10), ping_after: ms(0), dial_gap_min: secs(1), retry_after_max: secs(20), ..preset(steps) };
    vec![
        jumps("real default", REAL, Config::DEFAULT),
        jumps("real fleet", REAL, preset(Backoff::FLEET)),
        jumps("real gRPC", REAL, preset(Backoff::GRPC)),
        jumps("real RFC 6455", REAL, preset(Backoff::RFC6455)),
        jumps("real server", REAL, Config { acceptance_timeout: secs(10), ..Config::ACCEPTED }),
        jumps("real, accepted, aged", REAL, Config { acceptance_timeout: secs(10), lifetime_max: secs(3600), ..Config::DEFAULT }),
        jumps("real overlap", REAL, still),
        jumps("real overlap, interactive", few, Config { backoff: Backoff::INTERACTIVE, ..still }),
        jumps("real overlap, pinged", few, Config { ping_after: secs(20), ..still }),
        jumps("real overlap, accepted", few, Config { acceptance_timeout: secs(10), ..still }),
        jumps("real overlap, aged", few, Config { lifetime_max: secs(60), ..still }),
        jumps("real overlap, long", few, Config { retry_after_max: secs(30), overlap_max: secs(15), ..still }),
        jumps("real overlap, close dials", few, Config { dial_gap_min: ms(100), ..still }),
    ]
}

/// Where two connections multiply: one verdict of each kind of consequence.
const FEW: &[Verdict] = &[Verdict::Retry, Verdict::RetryAfter(secs(30)), Verdict::Renew { within: Millis::ZERO }, Verdict::GiveUp];
