//! The proof that a link does the same through C: random configurations, random lives, every reaction, deadline and view.
use std::collections::HashSet;

use proptest::prelude::*;
use relink_c as c;
use relink_core::{
    Action, Attempt, Backoff, CloseCode, Config, Event, Handover, Instant, Jitter, Link, Millis, Older, Other, Reaction, Report, State,
    Successor, Then, Verdict,
};

use super::places::{CLink, UNSEEN, UNWRITTEN, garbage};

/// A span short enough for random lives to get everywhere; sometimes none, sometimes the longest.
fn millis() -> impl Strategy<Value = Millis> {
    prop_oneof![8 => 0_u32..40, 1 => Just(0), 1 => Just(u32::MAX)].prop_map(Millis::new)
}

fn backoff() -> impl Strategy<Value = Backoff> {
    let jitter = prop_oneof![
        Just(Jitter::None),
        Just(Jitter::Full),
        Just(Jitter::Equal),
        Just(Jitter::Decorrelated),
        any::<u8>().prop_map(Jitter::Around)
    ];
    (millis(), millis(), millis(), 0_u16..400, jitter, 0_u32..5).prop_map(
        |(first_spread, delay_min, delay_max, growth_percent, jitter, failures_max)| Backoff {
            first_spread,
            delay_min,
            delay_max,
            growth_percent,
            jitter,
            failures_max,
        },
    )
}

fn config() -> impl Strategy<Value = Config> {
    let times = proptest::array::uniform11(millis());
    (backoff(), times, any::<u8>(), any::<bool>(), any::<u16>()).prop_map(|(backoff, times, lifetime_spread_percent, redial, code)| {
        let [opening, acceptance, ping, pong, closing, reset, start, gap, retry_after, overlap, lifetime] = times;
        Config {
            backoff,
            opening_timeout: opening,
            acceptance_timeout: acceptance,
            ping_after: ping,
            pong_timeout: pong,
            closing_timeout: closing,
            reset_after: reset,
            start_spread: start,
            dial_gap_min: gap,
            retry_after_max: retry_after,
            overlap_max: overlap,
            lifetime_max: lifetime,
            lifetime_spread_percent,
            redial,
            timeout_code: CloseCode::new(code),
        }
    })
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        6 => Just(Verdict::Retry),
        1 => millis().prop_map(Verdict::RetryAfter),
        1 => millis().prop_map(Verdict::RetryIn),
        1 => millis().prop_map(Verdict::Postpone),
        3 => millis().prop_map(|within| Verdict::Renew { within }),
        1 => Just(Verdict::GiveUp),
    ]
}

fn report() -> impl Strategy<Value = Report> {
    prop_oneof![
        4 => Just(Report::Opened),
        4 => Just(Report::Accepted),
        4 => Just(Report::Heard),
        2 => millis().prop_map(Report::Pulse),
        2 => Just(Report::Drained),
        3 => verdict().prop_map(Report::Asked),
        2 => verdict().prop_map(Report::Closed),
        1 => any::<u16>().prop_map(|code| Report::Broken(CloseCode::new(code))),
        3 => verdict().prop_map(Report::Lost),
    ]
}

/// An event in the making: which of the latest attempts a report is of, and how long a drain may take, is known only in its place.
#[derive(Clone, Copy, Debug)]
enum Said {
    Start,
    Stop(u16),
    Drain(u64, u16),
    Timeout,
    Of(u32, Report),
}

fn said() -> impl Strategy<Value = Said> {
    prop_oneof![
        3 => Just(Said::Start),
        1 => any::<u16>().prop_map(Said::Stop),
        1 => (0_u64..50, any::<u16>()).prop_map(|(within, code)| Said::Drain(within, code)),
        8 => Just(Said::Timeout),
        16 => (0_u32..3, report()).prop_map(|(back, report)| Said::Of(back, report)),
    ]
}

fn c_config(config: &Config) -> c::Config {
    let backoff = config.backoff;
    let (jitter, jitter_percent) = match backoff.jitter {
        Jitter::None => (0, 0),
        Jitter::Full => (1, 0),
        Jitter::Equal => (2, 0),
        Jitter::Decorrelated => (3, 0),
        Jitter::Around(percent) => (4, percent),
    };
    c::Config {
        backoff: c::Backoff {
            first_spread_ms: backoff.first_spread.get(),
            delay_min_ms: backoff.delay_min.get(),
            delay_max_ms: backoff.delay_max.get(),
            failures_max: backoff.failures_max,
            growth_percent: backoff.growth_percent,
            jitter,
            jitter_percent,
        },
        opening_timeout_ms: config.opening_timeout.get(),
        acceptance_timeout_ms: config.acceptance_timeout.get(),
        ping_after_ms: config.ping_after.get(),
        pong_timeout_ms: config.pong_timeout.get(),
        closing_timeout_ms: config.closing_timeout.get(),
        reset_after_ms: config.reset_after.get(),
        start_spread_ms: config.start_spread.get(),
        dial_gap_min_ms: config.dial_gap_min.get(),
        retry_after_max_ms: config.retry_after_max.get(),
        overlap_max_ms: config.overlap_max.get(),
        lifetime_max_ms: config.lifetime_max.get(),
        timeout_code: config.timeout_code.get(),
        lifetime_spread_percent: config.lifetime_spread_percent,
        redial: u8::from(config.redial),
    }
}

/// The event in C's words. What does not belong to it is garbage: it must not be looked at.
fn c_event(event: Event) -> c::Event {
    let empty = c::Event { kind: 0, verdict: 0xA5, code: 0xA5A5, attempt: 0xA5, delay_ms: 0xA5, reserved: 0xA5, until_ms: 0xA5 };
    match event {
        Event::Start => c::Event { kind: 1, ..empty },
        Event::Stop(code) => c::Event { kind: 2, code: code.get(), ..empty },
        Event::Drain(until, code) => c::Event { kind: 3, until_ms: until.as_millis(), code: code.get(), ..empty },
        Event::Timeout => c::Event { kind: 4, ..empty },
        Event::Of(attempt, report) => {
            let (kind, (verdict, delay), code) = match report {
                Report::Opened => (5, (0xA5, 0xA5), 0xA5),
                Report::Accepted => (6, (0xA5, 0xA5), 0xA5),
                Report::Heard => (7, (0xA5, 0xA5), 0xA5),
                Report::Pulse(next) => (8, (0xA5, next.get()), 0xA5),
                Report::Drained => (9, (0xA5, 0xA5), 0xA5),
                Report::Asked(verdict) => (10, c_verdict(verdict), 0xA5),
                Report::Closed(verdict) => (11, c_verdict(verdict), 0xA5),
                Report::Broken(code) => (12, (0xA5, 0xA5), code.get()),
                Report::Lost(verdict) => (13, c_verdict(verdict), 0xA5),
            };
            c::Event { kind, verdict, code, attempt: attempt.number(), delay_ms: delay, ..empty }
        }
    }
}

fn c_verdict(verdict: Verdict) -> (u8, u32) {
    match verdict {
        Verdict::Retry => (1, 0xA5),
        Verdict::RetryAfter(delay) => (2, delay.get()),
        Verdict::RetryIn(delay) => (3, delay.get()),
        Verdict::Postpone(delay) => (4, delay.get()),
        Verdict::Renew { within } => (5, within.get()),
        Verdict::GiveUp => (6, 0xA5),
    }
}

/// The numbers that C sees of a reaction: kind, code, attempt.
fn c_reaction(reaction: Reaction) -> (u8, u16, u32) {
    match reaction {
        Reaction::Ignored => (0, 0, 0),
        Reaction::Wait => (1, 0, 0),
        Reaction::Do(Action::Open(attempt)) => (2, 0, attempt.number()),
        Reaction::Do(Action::Ping(attempt)) => (3, 0, attempt.number()),
        Reaction::Do(Action::Close(attempt, code)) => (4, code.get(), attempt.number()),
        Reaction::Do(Action::Abort(attempt)) => (5, 0, attempt.number()),
    }
}

/// The numbers that C sees of a state: state, beside, end, busy.
fn c_state(state: &State) -> (u8, u8, u8, bool) {
    let end = |then: Then| match then {
        Then::Dial(_) => 0,
        Then::Stop => 1,
        Then::GiveUp => 2,
        Then::Exhaust => 3,
        Then::Over => 4,
    };
    match state {
        State::Idle => (0, 0, 0, false),
        State::Connecting { .. } => (1, 0, 0, false),
        State::Open { .. } => (2, 0, 0, false),
        State::Ready(ready) => match ready.handover {
            Handover::Alone(_) => (3, 0, 0, false),
            Handover::Seeking(Successor::Backoff { .. }) => (3, 1, 0, false),
            Handover::Seeking(Successor::Connecting { .. }) => (3, 2, 0, false),
            Handover::Seeking(Successor::Open { .. }) => (3, 3, 0, false),
            Handover::Last(_) => (3, 4, 0, false),
            Handover::Replaced(_, old) => (3, if old.closing { 7 } else { 5 }, 0, false),
        },
        State::Draining(draining) => match draining.older {
            Older::None => (4, 0, end(draining.then), draining.busy),
            Older::Held(_, true) => (4, 5, end(draining.then), draining.busy),
            Older::Held(_, false) => (4, 6, end(draining.then), draining.busy),
        },
        State::Closing(closing) => match closing.other {
            Other::None => (5, 0, end(closing.then), false),
            Other::ToAbort(_) => (5, 8, end(closing.then), false),
            Other::ToClose(_, _) => (5, 9, end(closing.then), false),
            Other::Closing(_) => (5, 10, end(closing.then), false),
        },
        State::Backoff { .. } => (6, 0, 0, false),
        State::Shutdown { because } => (7, 0, 1 + *because as u8, false),
    }
}

/// Lives the same life in Rust and through C. The states that were seen: state, beside, end, busy.
fn live<L: CLink>(config: Config, life: &[(u64, u32, Said)]) -> HashSet<(u8, u8, u8, bool)> {
    let mut link = Link::<L::Pairing>::new(config);
    let mut place = garbage::<L>(0xA5);
    let storage = place.as_mut_ptr();
    // SAFETY: the storage is one, and stays.
    assert_eq!(unsafe { L::INIT(storage, &c_config(&config)) }, c::Status::Ok);
    let mut applied = c_config(&Config::DEFAULT);
    // SAFETY: as above.
    assert_eq!(unsafe { L::CONFIG(storage, &mut applied) }, c::Status::Ok);
    assert_eq!(applied, c_config(&config.clamped()));
    let (mut now, mut seen) = (0, HashSet::new());
    for (passed, roll, said) in life {
        now += passed;
        let event = match *said {
            Said::Start => Event::Start,
            Said::Stop(code) => Event::Stop(CloseCode::new(code)),
            Said::Drain(within, code) => Event::Drain(Instant::from_millis(now + within), CloseCode::new(code)),
            Said::Timeout => Event::Timeout,
            Said::Of(back, report) => Event::Of(Attempt::from_number(link.attempts().saturating_sub(back)), report),
        };
        let reaction = link.step(Instant::from_millis(now), *roll, event);
        let (mut answered, mut deadline, mut view) = (UNWRITTEN, 77, UNSEEN);
        // SAFETY: as above.
        assert_eq!(unsafe { L::STEP(storage, now, *roll, &c_event(event), &mut answered) }, c::Status::Ok);
        assert_eq!((answered.kind as u8, answered.code, answered.attempt), c_reaction(reaction), "{event:?} at {now}");
        // SAFETY: as above.
        assert_eq!(unsafe { L::DEADLINE(storage, &mut deadline) }, c::Status::Ok);
        assert_eq!(deadline, link.deadline().map_or(u64::MAX, Instant::as_millis));
        // SAFETY: as above.
        assert_eq!(unsafe { L::VIEW(storage, &mut view) }, c::Status::Ok);
        assert_eq!((view.state as u8, view.beside as u8, view.end as u8, view.busy), c_state(&link.state()));
        let (first, second) = link.state().attempts();
        let number = |attempt: Option<Attempt>| attempt.map_or(0, Attempt::number);
        assert_eq!((view.attempt, view.other), (number(first), number(second)));
        assert_eq!((view.failures, view.attempts), (link.failures(), link.attempts()));
        assert_eq!((view.backoff_memory_ms, view.not_before_ms), (link.backoff_memory().get(), link.not_before().as_millis()));
        seen.insert(c_state(&link.state()));
    }
    seen
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn through_c_a_link_does_the_same(
        config in config(),
        life in proptest::collection::vec((0_u64..25, any::<u32>(), said()), 1..80),
    ) {
        live::<c::Link>(config, &life);
        live::<c::Single>(config, &life);
    }
}

/// Nobody gets far by chance alone: these lives go through overlaps, to each thing that can stand beside a connection.
#[test]
fn through_c_an_overlap_is_the_same() {
    let config = Config {
        overlap_max: Millis::new(50),
        reset_after: Millis::new(1),
        dial_gap_min: Millis::new(1),
        acceptance_timeout: Millis::new(1000),
        ..Config::DEFAULT
    };
    let of = |report| Said::Of(0, report);
    let renew = of(Report::Asked(Verdict::Renew { within: Millis::ZERO }));
    let (opened, accepted) = (of(Report::Opened), of(Report::Accepted));
    let ready = [Said::Start, opened, accepted, renew, Said::Timeout];
    let lives: [&[Said]; 8] = [
        &[Said::Timeout, Said::Timeout],
        &[of(Report::Lost(Verdict::Retry)), Said::Timeout],
        &[of(Report::Lost(Verdict::GiveUp))],
        &[Said::Stop(1000), Said::Timeout, Said::Timeout],
        &[opened, Said::Stop(1000), Said::Timeout],
        &[opened, accepted, Said::Timeout, Said::Timeout],
        &[opened, accepted, Said::Drain(20, 1001), Said::Of(1, Report::Drained), Said::Timeout, Said::Timeout],
        &[opened, accepted, Said::Stop(1000), Said::Timeout, Said::Timeout],
    ];
    let mut seen = HashSet::new();
    for life in lives {
        for pause in [5, 60] {
            let timed = |(at, said): (usize, &Said)| (if at < 6 { 5 } else { pause }, 0, *said);
            let whole: Vec<(u64, u32, Said)> = ready.iter().chain(life).enumerate().map(timed).collect();
            seen.extend(live::<c::Link>(config, &whole));
            live::<c::Single>(config, &whole);
        }
    }
    let besides: HashSet<(u8, u8)> = seen.iter().map(|(state, beside, _, _)| (*state, *beside)).collect();
    for (state, beside) in [(3, 1), (3, 2), (3, 3), (3, 4), (3, 5), (3, 7), (4, 5), (4, 6), (5, 8), (5, 9), (5, 10)] {
        assert!(besides.contains(&(state, beside)), "{state} with {beside} was not seen");
    }
}

#[test]
fn a_copy_is_a_link_of_its_own() {
    let mut place = garbage::<c::Link>(0);
    let storage = place.as_mut_ptr();
    let start = c_event(Event::Start);
    let (mut first, mut second, mut again) = (UNWRITTEN, UNWRITTEN, UNWRITTEN);
    // SAFETY: the storage is one, and so is its copy.
    unsafe {
        assert_eq!(c::relink_link_init(storage, &c_config(&Config::DEFAULT)), c::Status::Ok);
        let mut copy = storage.read();
        assert_eq!(c::relink_link_step(storage, 0, 0, &start, &mut first), c::Status::Ok);
        assert_eq!(c::relink_link_step(&mut copy, 0, 0, &start, &mut second), c::Status::Ok);
        assert_eq!(c::relink_link_step(storage, 0, 0, &start, &mut again), c::Status::Ok);
    }
    assert_eq!((first, again.kind), (second, c::ReactionKind::Ignored));
    assert_eq!(first, c::Reaction { kind: c::ReactionKind::Open, reserved: 0, code: 0, attempt: 1 });
}
