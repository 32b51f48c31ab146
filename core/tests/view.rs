//! The proof of what is read of a link: which attempts it holds, and that on another clock and with other names it is the same link.
#![allow(clippy::arithmetic_side_effects, clippy::panic, reason = "a test may panic")]

use std::cell::RefCell;
use std::collections::HashSet;
use std::mem::{Discriminant, discriminant};

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use relink_core::{
    Action, Attempt, Backoff, CloseCode, Config, Event, Handover, Instant, Link, Millis, Older, Other, Reaction, Report, State, Successor,
    Verdict,
};

const MS: Millis = Millis::new(1);

/// Every wait is short, so that random lives get everywhere.
const CONFIG: Config = Config {
    backoff: Backoff { delay_max: Millis::new(4), ..Backoff::fixed(Millis::new(3)) },
    opening_timeout: Millis::new(9),
    acceptance_timeout: Millis::new(7),
    ping_after: Millis::new(20),
    pong_timeout: Millis::new(5),
    closing_timeout: Millis::new(6),
    reset_after: Millis::new(8),
    dial_gap_min: MS,
    overlap_max: Millis::new(30),
    lifetime_max: Millis::new(60),
    ..Config::DEFAULT
};

#[derive(Clone, Copy, Debug)]
enum What {
    Start,
    Stop,
    /// So much later at the latest.
    Drain(u8),
    Timeout,
    /// On the current connection, or on the one beside it.
    Of(bool, Report),
    /// What leads on, up to a link with two connections.
    Onward,
}

/// What happens next: when the link wants its next Timeout or a millisecond on, and what.
#[derive(Clone, Copy, Debug)]
struct Happening {
    when_due: bool,
    roll: u32,
    what: What,
}

fn happening() -> impl Strategy<Value = Happening> {
    let ending = prop_oneof![Just(Verdict::Retry), Just(Verdict::Postpone(Millis::new(5))), Just(Verdict::GiveUp)];
    let report = prop_oneof![
        5 => prop_oneof![Just(Report::Opened), Just(Report::Accepted), Just(Report::Heard), Just(Report::Drained)],
        2 => Just(Report::Asked(Verdict::Renew { within: Millis::ZERO })),
        1 => prop_oneof![Just(Report::Pulse(Millis::new(9))), Just(Report::Broken(CloseCode::PROTOCOL_ERROR))],
        1 => ending.prop_map(Report::Lost),
        1 => Just(Report::Closed(Verdict::Retry)),
    ];
    let user = prop_oneof![3 => Just(What::Start), 1 => Just(What::Stop), 2 => (0_u8..40).prop_map(What::Drain)];
    let of = (any::<bool>(), report).prop_map(|(beside, report)| What::Of(beside, report));
    let what = prop_oneof![1 => user, 2 => Just(What::Timeout), 4 => of, 12 => Just(What::Onward)];
    (any::<bool>(), any::<u32>(), what).prop_map(|(when_due, roll, what)| Happening { when_due, roll, what })
}

impl Happening {
    fn moment(self, link: &Link, now: Instant) -> Instant {
        if self.when_due { link.deadline().unwrap_or(now).max(now) } else { now.after(MS) }
    }

    fn event(self, link: &Link, now: Instant) -> Event {
        let (first, second) = link.state().attempts();
        let stale = Attempt::from_number(link.attempts());
        match self.what {
            What::Start => Event::Start,
            What::Stop => Event::Stop(CloseCode::NORMAL),
            What::Drain(wait) => Event::Drain(now.after(Millis::new(wait.into())), CloseCode::GOING_AWAY),
            What::Timeout => Event::Timeout,
            What::Of(beside, report) => Event::Of(if beside { second.or(first) } else { first }.unwrap_or(stale), report),
            What::Onward => onward(link.state()),
        }
    }
}

fn onward(state: State) -> Event {
    match state {
        State::Idle | State::Shutdown { .. } => Event::Start,
        State::Connecting { attempt, .. } => Event::Of(attempt, Report::Opened),
        State::Open { attempt, .. } => Event::Of(attempt, Report::Accepted),
        State::Ready(ready) => match ready.handover {
            Handover::Alone(_) => Event::Of(ready.attempt, Report::Asked(Verdict::Renew { within: Millis::ZERO })),
            Handover::Seeking(Successor::Connecting { attempt, .. }) => Event::Of(attempt, Report::Opened),
            Handover::Seeking(Successor::Open { attempt, .. }) => Event::Of(attempt, Report::Accepted),
            Handover::Replaced(..) => Event::Of(ready.attempt, Report::Heard),
            Handover::Seeking(Successor::Backoff { .. }) | Handover::Last(_) => Event::Timeout,
        },
        State::Backoff { .. } | State::Draining(_) | State::Closing(_) => Event::Timeout,
    }
}

/// A state as far as it says which connections there are.
type Place = (
    Discriminant<State>,
    Option<Discriminant<Handover>>,
    Option<Discriminant<Successor>>,
    Option<Discriminant<Older>>,
    Option<Discriminant<Other>>,
);

fn place(state: State) -> Place {
    let kind = discriminant(&state);
    match state {
        State::Ready(ready) => {
            let successor = if let Handover::Seeking(successor) = ready.handover { Some(discriminant(&successor)) } else { None };
            (kind, Some(discriminant(&ready.handover)), successor, None, None)
        }
        State::Draining(draining) => (kind, None, None, Some(discriminant(&draining.older)), None),
        State::Closing(closing) => (kind, None, None, None, Some(discriminant(&closing.other))),
        State::Idle | State::Connecting { .. } | State::Open { .. } | State::Backoff { .. } | State::Shutdown { .. } => {
            (kind, None, None, None, None)
        }
    }
}

/// Five states that have no second connection, Ready alone and in five handovers, Draining and Closing with what is beside.
const PLACES: usize = 5 + 6 + 2 + 4;

/// Lives of many links; looks at each before each step, together with what is told to it.
fn in_every_place(look: impl Fn(&Link, Instant, u32, Event) -> Result<(), TestCaseError>) {
    let places = RefCell::new(HashSet::new());
    let config = ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let lives = prop::collection::vec(happening(), 100);
    let outcome = runner.run(&prop::collection::vec(lives, 20), |lives| {
        for life in lives {
            let (mut link, mut now) = (Link::new(CONFIG), Instant::from_millis(1000));
            for happening in life {
                now = happening.moment(&link, now);
                let event = happening.event(&link, now);
                places.borrow_mut().insert(place(link.state()));
                look(&link, now, happening.roll, event)?;
                let _: Reaction = link.step(now, happening.roll, event);
            }
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(places.borrow().len(), PLACES, "{:?}", places.borrow());
}

/// A report that nothing hears concerns nobody; that the transport is gone is never unimportant to who holds it.
#[test]
fn held_is_what_a_loss_concerns() {
    in_every_place(|link, now, roll, _| {
        let state = link.state();
        let (first, second) = state.attempts();
        for number in (0..=link.attempts() + 1).rev().take(6).chain([0]) {
            let attempt = Attempt::from_number(number);
            let mut told = *link;
            let reaction = told.step(now, roll, Event::Of(attempt, Report::Lost(Verdict::Retry)));
            prop_assert_eq!(state.holds(attempt), reaction != Reaction::Ignored, "{:?} in {:?}", attempt, state);
            prop_assert_eq!(state.holds(attempt), first == Some(attempt) || second == Some(attempt), "{:?} in {:?}", attempt, state);
        }
        prop_assert!(first.is_some() || second.is_none(), "beside nothing: {:?}", state);
        prop_assert!(first.is_none() || first != second, "beside itself: {:?}", state);
        Ok(())
    });
}

/// A day on, and a thousand attempts: longer than any wait here, and no attempt of any life.
fn later(at: Instant) -> Instant {
    at.after(Millis::from_secs(86_400))
}

fn named(attempt: Attempt) -> Attempt {
    Attempt::from_number(attempt.number() + 1000)
}

fn event_there(event: Event) -> Event {
    match event {
        Event::Drain(until, code) => Event::Drain(later(until), code),
        Event::Of(attempt, report) => Event::Of(named(attempt), report),
        Event::Start | Event::Stop(_) | Event::Timeout => event,
    }
}

fn reaction_there(reaction: Reaction) -> Reaction {
    match reaction {
        Reaction::Do(Action::Open(attempt)) => Reaction::Do(Action::Open(named(attempt))),
        Reaction::Do(Action::Ping(attempt)) => Reaction::Do(Action::Ping(named(attempt))),
        Reaction::Do(Action::Close(attempt, code)) => Reaction::Do(Action::Close(named(attempt), code)),
        Reaction::Do(Action::Abort(attempt)) => Reaction::Do(Action::Abort(named(attempt))),
        Reaction::Wait | Reaction::Ignored => reaction,
    }
}

/// It does the same at the same moment, and is the same again when it is taken back.
#[test]
fn a_translated_link_lives_the_same_life() {
    in_every_place(|link, now, roll, event| {
        let (mut here, mut there) = (*link, link.translated(later, named));
        prop_assert_eq!(there.deadline(), here.deadline().map(later));
        let reaction = here.step(now, roll, event);
        prop_assert_eq!(there.step(later(now), roll, event_there(event)), reaction_there(reaction), "{:?}", link.state());
        prop_assert_eq!(there, here.translated(later, named), "{:?} in {:?}", event, link.state());
        let back = there.translated(|at| at.before(Millis::from_secs(86_400)), |attempt| Attempt::from_number(attempt.number() - 1000));
        prop_assert_eq!(back, here, "{:?}", here.state());
        Ok(())
    });
}
