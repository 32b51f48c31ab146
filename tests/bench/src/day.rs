//! Owns the fixed day that is counted: what happens to one link, from its first start to its last stop.

use alloc::vec::Vec;

use relink_core::{Attempt, CloseCode, Config, Event, Instant, Link, Millis, Reaction, Report, State, Verdict};

use crate::counted;
use crate::kind::Kind;

/// One step, with the link as it was before, so that each can be repeated by itself.
pub(crate) struct Step {
    pub(crate) kind: Kind,
    pub(crate) before: Link,
    pub(crate) now: Instant,
    pub(crate) roll: u32,
    pub(crate) event: Event,
}

/// A link that is told what happens, and the record of it. What a step should come to is part of the day: a day
/// that went another way than it says would count something else.
struct Day {
    link: Link,
    now: Instant,
    chance: u32,
    latest: u32,
    steps: Vec<Step>,
}

const CONFIG: Config = Config {
    acceptance_timeout: Millis::from_secs(5),
    overlap_max: Millis::from_secs(30),
    lifetime_max: Millis::from_secs(180),
    ..Config::DEFAULT
};

/// The steps of the day, in order.
pub(crate) fn steps() -> Vec<Step> {
    let mut day = Day { link: Link::new(CONFIG), now: Instant::from_millis(1_000_000), chance: 1, latest: 0, steps: Vec::new() };
    day.morning();
    day.outage();
    day.renewal();
    day.bad_peer();
    day.evening();
    day.steps
}

impl Day {
    /// The link comes up and works.
    fn morning(&mut self) {
        self.does(0, Event::Start);
        self.comes_up();
        self.works();
        self.pulses();
        self.takes(10, self.current(Report::Pulse(Millis::ZERO)));
        self.works();
        self.ignores(0, self.stale(Report::Heard));
    }

    /// The server goes away and is slow to come back.
    fn outage(&mut self) {
        self.takes(1_000, self.current(Report::Lost(Verdict::Retry)));
        self.due();
        self.takes(40, self.current(Report::Lost(Verdict::Retry)));
        self.ignores(1, self.current(Report::Lost(Verdict::Retry)));
        self.due();
        self.due(); // the opening handshake takes too long
        self.ignores(5, self.current(Report::Lost(Verdict::Retry)));
        self.due();
        self.takes(90, self.current(Report::Lost(Verdict::RetryAfter(Millis::from_secs(7)))));
        self.ignores(100, Event::Timeout);
        self.due();
        self.takes(60, self.current(Report::Opened));
        self.does(20, self.current(Report::Asked(Verdict::Retry)));
        self.takes(15, self.current(Report::Lost(Verdict::Retry)));
        self.due();
        self.comes_up();
        self.works();
    }

    /// The peer asks for a renewal; the connection's age asks for another.
    fn renewal(&mut self) {
        self.takes(500, self.current(Report::Asked(Verdict::Renew { within: Millis::from_secs(10) })));
        self.due();
        self.hears(3, self.latest.wrapping_sub(1));
        self.takes(80, self.current(Report::Opened));
        self.hears(2, self.latest.wrapping_sub(1));
        self.takes(30, self.current(Report::Accepted));
        self.hears(4, self.latest);
        self.takes(2_000, self.older(Report::Lost(Verdict::Retry)));
        self.works();
        self.pulses();
        self.takes(10, self.current(Report::Pulse(Millis::ZERO)));
        self.ages();
        self.due();
        self.takes(70, self.current(Report::Opened));
        self.takes(30, self.current(Report::Accepted));
        self.hears(4, self.latest);
        self.outlives_overlap();
        self.works();
    }

    /// A peer that breaks its word, closes, forgets its heartbeat and falls silent.
    fn bad_peer(&mut self) {
        self.does(300, self.current(Report::Broken(CloseCode::PROTOCOL_ERROR)));
        self.ignores(10, self.current(Report::Heard));
        self.takes(20, self.current(Report::Lost(Verdict::Retry)));
        self.due();
        self.comes_up();
        self.works();
        self.takes(200, self.current(Report::Closed(Verdict::Retry)));
        self.takes(30, self.current(Report::Lost(Verdict::Retry)));
        self.due();
        self.comes_up();
        self.hears(2, self.latest);
        self.pulses();
        self.due(); // the promised heartbeat does not come: Close
        self.due(); // nor does an answer to it: Abort
        self.due();
        self.comes_up();
        self.works();
        self.due(); // ping
        self.due(); // no pong: Abort
        self.ignores(3, self.current(Report::Lost(Verdict::Retry)));
        self.due();
        self.comes_up();
    }

    /// One ending with what is in hand finished, one at once.
    fn evening(&mut self) {
        self.works();
        self.takes(100, Event::Drain(self.now.after(Millis::from_secs(20)), CloseCode::GOING_AWAY));
        self.ignores(50, self.current(Report::Heard));
        self.does(50, self.current(Report::Drained));
        self.takes(50, self.current(Report::Lost(Verdict::Retry)));
        self.does(60_000, Event::Start);
        self.comes_up();
        self.works();
        self.does(100, Event::Stop(CloseCode::NORMAL));
        self.due(); // the Close is not answered: Abort
        assert!(matches!(self.link.state(), State::Shutdown { .. }), "the day ends in Shutdown, not in {:?}", self.link.state());
    }
}

/// What recurs.
impl Day {
    fn comes_up(&mut self) {
        self.takes(50, self.current(Report::Opened));
        self.takes(30, self.current(Report::Accepted));
    }

    /// Messages, a timer that fires though a message came meanwhile, a silence with its ping and pong, messages.
    fn works(&mut self) {
        self.hears(4, self.latest);
        self.ignores(3_000, Event::Timeout);
        self.hears(2, self.latest);
        self.due();
        self.hears(3, self.latest);
    }

    fn hears(&mut self, frames: u32, number: u32) {
        for _ in 0..frames {
            self.takes(1_400, Event::Of(Attempt::from_number(number), Report::Heard));
        }
    }

    fn pulses(&mut self) {
        for _ in 0..2 {
            self.takes(5_000, self.current(Report::Pulse(Millis::from_secs(15))));
        }
    }

    /// Until the connection's age asks for its renewal: pings and pongs.
    fn ages(&mut self) {
        while self.does_or_takes_due() == Took::Action {
            self.hears(1, self.latest);
        }
    }

    /// Until the older connection's time is over: its Close goes unanswered.
    fn outlives_overlap(&mut self) {
        let older = Attempt::from_number(self.latest.wrapping_sub(1));
        while self.link.state().holds(older) {
            self.due();
            self.hears(1, self.latest);
        }
    }
}

#[derive(PartialEq, Eq)]
enum Took {
    Action,
    Nothing,
}

/// One step each.
impl Day {
    fn current(&self, report: Report) -> Event {
        Event::Of(Attempt::from_number(self.latest), report)
    }

    fn older(&self, report: Report) -> Event {
        Event::Of(Attempt::from_number(self.latest.wrapping_sub(1)), report)
    }

    fn stale(&self, report: Report) -> Event {
        Event::Of(Attempt::from_number(self.latest.wrapping_add(1000)), report)
    }

    /// The deadline has come, and something is to be done.
    fn due(&mut self) {
        assert!(self.does_or_takes_due() == Took::Action, "nothing was due in {:?}", self.link.state());
    }

    fn does_or_takes_due(&mut self) -> Took {
        let due = self.link.deadline().expect("the day waits only where there is a deadline");
        let wait = due.since(self.now);
        match self.step(wait, Event::Timeout) {
            Reaction::Do(_) => Took::Action,
            Reaction::Wait => Took::Nothing,
            Reaction::Ignored => panic!("a timeout at the deadline was ignored in {:?}", self.link.state()),
        }
    }

    fn does(&mut self, wait: u64, event: Event) {
        let reaction = self.step(wait, event);
        assert!(matches!(reaction, Reaction::Do(_)), "{event:?} came to {reaction:?} in {:?}", self.link.state());
    }

    fn takes(&mut self, wait: u64, event: Event) {
        let reaction = self.step(wait, event);
        assert_eq!(reaction, Reaction::Wait, "{event:?} in {:?}", self.link.state());
    }

    fn ignores(&mut self, wait: u64, event: Event) {
        let reaction = self.step(wait, event);
        assert_eq!(reaction, Reaction::Ignored, "{event:?} in {:?}", self.link.state());
    }

    fn step(&mut self, wait: u64, event: Event) -> Reaction {
        self.now = Instant::from_millis(self.now.as_millis() + wait);
        self.chance = self.chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (before, now, roll) = (self.link, self.now, self.chance);
        let reaction = counted::counted_step(&mut self.link, now, roll, event);
        self.latest = self.link.attempts();
        self.steps.push(Step { kind: Kind::of(event, reaction), before, now, roll, event });
        reaction
    }
}
