//! The proof that every record replays: random lives of random links.

use proptest::prelude::*;
use relink_tokio::core::{Event, Instant, Link, Report};
use relink_tokio::flight::{Options, Recorder};
use relink_tokio::{Attempt, Backoff, CloseCode, Config, Jitter, Millis, Verdict};

use crate::paper::{Paper, Recorded, finished, replay};

fn millis() -> impl Strategy<Value = Millis> {
    prop_oneof![Just(Millis::ZERO), (1..5_000_u32).prop_map(Millis::new), (0..100_u32).prop_map(Millis::from_secs)]
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        4 => Just(Verdict::Retry),
        1 => millis().prop_map(Verdict::RetryAfter),
        1 => millis().prop_map(Verdict::RetryIn),
        1 => millis().prop_map(Verdict::Postpone),
        2 => millis().prop_map(|within| Verdict::Renew { within }),
        1 => Just(Verdict::GiveUp),
    ]
}

fn report() -> impl Strategy<Value = Report> {
    prop_oneof![
        6 => Just(Report::Opened),
        6 => Just(Report::Accepted),
        8 => Just(Report::Heard),
        1 => millis().prop_map(Report::Pulse),
        1 => Just(Report::Drained),
        2 => verdict().prop_map(Report::Asked),
        1 => verdict().prop_map(Report::Closed),
        1 => Just(Report::Broken(CloseCode::PROTOCOL_ERROR)),
        1 => verdict().prop_map(Report::Lost),
    ]
}

/// What happens next; the attempt is counted back from the latest.
#[derive(Clone, Debug)]
enum Happens {
    User(Event),
    Drain(u64),
    Report(u32, Report),
    /// So many signs of life, so far apart, on this attempt and on the one before it in turn.
    Heards(u32, u64, u32),
    /// Sleep until the deadline, or this much longer.
    Timeout(u64),
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        2 => Just(Happens::User(Event::Start)),
        1 => Just(Happens::User(Event::Stop(CloseCode::NORMAL))),
        1 => (0..20_000_u64).prop_map(Happens::Drain),
        12 => (0..3_u32, report()).prop_map(|(back, report)| Happens::Report(back, report)),
        3 => (0..3_u32, 0..700_u64, 1..30_u32).prop_map(|(back, gap, count)| Happens::Heards(back, gap, count)),
        6 => prop_oneof![Just(0_u64), 0..3_u64, 0..100_000_u64].prop_map(Happens::Timeout),
    ]
}

fn config() -> impl Strategy<Value = Config> {
    let jitter = prop_oneof![Just(Jitter::None), Just(Jitter::Full), Just(Jitter::Decorrelated), Just(Jitter::Around(20))];
    (millis(), millis(), millis(), millis(), jitter, any::<bool>()).prop_map(|(acceptance, overlap, lifetime, start, jitter, redial)| {
        Config {
            acceptance_timeout: acceptance,
            overlap_max: overlap,
            lifetime_max: lifetime,
            start_spread: start,
            backoff: Backoff { jitter, ..Backoff::INTERACTIVE },
            redial,
            ..Config::DEFAULT
        }
    })
}

fn live(life: &[(u64, u32, Happens)], recorded: &mut Recorded) {
    for (later, roll, happens) in life {
        let attempt = |back: &u32, link: &Link| Attempt::from_number(link.attempts().saturating_sub(*back));
        match happens {
            Happens::User(event) => recorded.step(*later, *roll, *event, None),
            Happens::Drain(within) => {
                let until = Instant::from_millis(recorded.now + later + within);
                recorded.step(*later, *roll, Event::Drain(until, CloseCode::GOING_AWAY), None);
            }
            Happens::Report(back, report) => {
                let event = Event::Of(attempt(back, &recorded.link), *report);
                recorded.step(*later, *roll, event, None);
            }
            Happens::Heards(back, gap, count) => {
                for turn in 0..*count {
                    let event = Event::Of(attempt(&(back + turn % 2), &recorded.link), Report::Heard);
                    recorded.step(*gap, *roll, event, None);
                }
            }
            Happens::Timeout(late) => {
                let due = recorded.link.deadline().map_or(0, Instant::as_millis);
                recorded.step(due.saturating_sub(recorded.now) + late, *roll, Event::Timeout, None);
            }
        }
    }
}

proptest! {
    #[test]
    fn every_record_replays(
        config in config(),
        began in prop_oneof![Just(0_u64), 0..1_u64 << 40],
        every_heard in any::<bool>(),
        life in prop::collection::vec((prop_oneof![Just(0_u64), 0..2000_u64], any::<u32>(), happens()), 1..60),
    ) {
        let paper = Paper::default();
        let (recorder, flight) = Recorder::to_writer(paper.clone(), Options { every_heard, ..Options::DEFAULT }).unwrap();
        let mut recorded = Recorded::new(config, began, recorder);
        recorded.step(0, 0, Event::Start, None);
        live(&life, &mut recorded);
        let Recorded { link, recorder, .. } = recorded;
        drop(recorder);
        let summary = finished(flight).unwrap();
        prop_assert_eq!(summary.stopped, None);
        prop_assert!(!every_heard || summary.heards_left_out == 0);
        let (steps, replayed) = replay(&paper.text());
        prop_assert_eq!(steps, summary.steps);
        let clock = |at: Instant| Instant::from_millis(at.since(Instant::from_millis(began)));
        prop_assert_eq!(replayed, link.translated(clock, |attempt| attempt));
        prop_assert_eq!(paper.text().len() as u64, summary.bytes);
    }
}
