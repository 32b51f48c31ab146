//! Owns the judgement of what this shell can tell its core of a path through a scenario, and of what it never does.

use std::fmt;

use relink_core::{Action, Attempt, Event, Instant, Reaction, Report, Verdict};
use relink_notation::Header;

use crate::scenario::{Bare, Stepped, Subject};

/// One line of a path, and what becomes of it in this shell.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// The line.
    pub stepped: Stepped,
    /// What happens, the attempt named.
    pub event: Event,
    /// What becomes of it.
    pub fate: Fate,
    /// The driver has read so much in one go that it puts off what is due, once: the next line with `in_tow` comes before.
    pub tired: bool,
    /// It comes while a deadline is due, because the driver is tired.
    pub in_tow: bool,
}

/// What becomes of a line in this shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The core is told so.
    Told,
    /// The core is told something else that comes to the same.
    Retold(Event, Reason),
    /// The core is told nothing, and that comes to the same.
    Untold(Reason),
}

/// Why this shell does not tell its core what a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A Timeout before its deadline.
    Early,
    /// A report on an attempt that is not held.
    Dropped,
    /// A report on an attempt under way that only an open connection makes.
    NotOpen,
    /// A second Close of the peer's, or a breach of the protocol behind a Close.
    AfterClose,
    /// The verdict on a loss behind a Close.
    LossAfterClose,
    /// Something happens while a deadline is due already.
    Due,
    /// A Drain whose time is over when it begins.
    DrainOver,
    /// A link that never holds two connections.
    Single,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Early, Self::Dropped, Self::NotOpen, Self::AfterClose, Self::LossAfterClose, Self::Due, Self::DrainOver, Self::Single];
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Early => "a timeout before the deadline: the driver looks at the clock first",
            Self::Dropped => "a report on an attempt that is over: the driver has dropped it, nobody is left to report",
            Self::NotOpen => "a report of an open connection on an attempt under way: the transport yields the connection first",
            Self::AfterClose => "a Close or a breach behind a Close: the driver reads for the transport's end only",
            Self::LossAfterClose => "the verdict on a loss behind a Close: the Close has brought its own",
            Self::Due => "something else while a deadline is due: the driver takes the timeout in the same turn",
            Self::DrainOver => "a drain that is over when it begins: the handle takes a length of time",
            Self::Single => "a link that never holds two connections: this shell's always can",
        })
    }
}

/// A path through a scenario as this shell takes it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The lines up to the first that cannot be had.
    pub lines: Vec<Line>,
    /// Why it ends before the path does.
    pub cut: Option<Reason>,
}

impl Plan {
    /// The plan for this path. The core itself says what comes to the same.
    #[must_use]
    pub fn of(header: &Header, path: &[Stepped]) -> Self {
        let mut plan = Self { lines: Vec::new(), cut: None };
        if header.single && !header.config.overlap_max.is_zero() {
            plan.cut = Some(Reason::Single);
            return plan;
        }
        let mut core = Bare::new(header);
        let mut held = Held::default();
        for stepped in path {
            let left = stepped.step.left;
            let Some(event) = left.said.event(held.latest) else { break };
            let (due, tow) = plan.due(&core, event, left.at, &held);
            let mut after = core;
            let outcome = after.step(left.at, left.roll, event);
            let fate = match told(event, left.at, &core, &held, due) {
                Ok(()) => Fate::Told,
                Err((None, reason)) if after == core => Fate::Untold(reason),
                Err((Some(other), reason)) if other_way(core, stepped, other) == (after, outcome.reaction) => Fate::Retold(other, reason),
                Err((_, reason)) => {
                    plan.cut = Some(reason);
                    break;
                }
            };
            core = after;
            held.note(event, outcome.reaction);
            let tow = tow.filter(|_| !matches!(fate, Fate::Untold(_)));
            if let Some(tired) = tow.and_then(|at| plan.lines.get_mut(at)) {
                tired.tired = true;
            }
            plan.lines.push(Line { stepped: *stepped, event, fate, tired: false, in_tow: tow.is_some() });
        }
        plan
    }

    /// When a timeout is due that the driver takes before it looks at anything else, if there is one; or else the line by
    /// which it may be so tired that this event comes before.
    fn due(&self, core: &Bare, event: Event, at: Instant, held: &Held) -> (Option<Instant>, Option<usize>) {
        let told = |line: &Line| !matches!(line.fate, Fate::Untold(_));
        let Some((last, line)) = self.lines.iter().enumerate().rfind(|(_, line)| told(line)) else { return (None, None) };
        let taken_at = line.stepped.step.left.at;
        let due = core.deadline().filter(|deadline| *deadline <= taken_at).map(|_| taken_at);
        // Only what is read from can make it tired.
        let may_be_tired = !line.in_tow && !held.open.is_empty() && event != Event::Timeout;
        if may_be_tired && due == Some(at) { (None, Some(last)) } else { (due, None) }
    }
}

fn other_way(mut core: Bare, stepped: &Stepped, event: Event) -> (Bare, Reaction) {
    let outcome = core.step(stepped.step.left.at, stepped.step.left.roll, event);
    (core, outcome.reaction)
}

/// Whether the driver tells its core of this event; if not, what it tells instead, and why.
fn told(event: Event, at: Instant, core: &Bare, held: &Held, due: Option<Instant>) -> Result<(), (Option<Event>, Reason)> {
    let deadline_passed = core.deadline().is_some_and(|deadline| deadline <= at);
    match event {
        Event::Timeout if !deadline_passed => Err((None, Reason::Early)),
        Event::Timeout if due.is_some_and(|due| due != at) => Err((None, Reason::Due)),
        Event::Timeout => Ok(()),
        Event::Of(..) if due.is_some() => Err((None, Reason::Due)),
        Event::Start | Event::Stop(_) | Event::Drain(..) if due.is_some() => Err((None, Reason::Due)),
        Event::Of(attempt, report) => held.told(attempt, report),
        Event::Drain(until, _) if until < at => Err((None, Reason::DrainOver)),
        Event::Start | Event::Stop(_) | Event::Drain(..) => Ok(()),
    }
}

/// What the driver holds.
#[derive(Debug, Default)]
struct Held {
    latest: Option<Attempt>,
    opening: Vec<Attempt>,
    open: Vec<Attempt>,
    /// Our Close was sent.
    closing: Vec<Attempt>,
    /// The peer's came in.
    closed: Vec<Attempt>,
}

impl Held {
    fn told(&self, attempt: Attempt, report: Report) -> Result<(), (Option<Event>, Reason)> {
        if self.opening.contains(&attempt) {
            return match report {
                Report::Opened | Report::Lost(_) => Ok(()),
                Report::Accepted | Report::Heard | Report::Pulse(_) | Report::Drained => Err((None, Reason::NotOpen)),
                Report::Asked(_) | Report::Closed(_) | Report::Broken(_) => Err((None, Reason::NotOpen)),
            };
        }
        if !self.open.contains(&attempt) {
            return Err((None, Reason::Dropped));
        }
        let closed = self.closed.contains(&attempt);
        let closing = closed || self.closing.contains(&attempt);
        match report {
            Report::Closed(_) if closed => Err((None, Reason::AfterClose)),
            Report::Closed(_) => Ok(()),
            Report::Broken(_) if closing => Err((None, Reason::AfterClose)),
            Report::Lost(Verdict::Retry) => Ok(()),
            Report::Lost(_) if closing => Err((Some(Event::Of(attempt, Report::Lost(Verdict::Retry))), Reason::LossAfterClose)),
            Report::Broken(_) | Report::Lost(_) | Report::Asked(_) => Ok(()),
            Report::Opened | Report::Accepted | Report::Heard | Report::Pulse(_) | Report::Drained => Ok(()),
        }
    }

    fn note(&mut self, event: Event, reaction: Reaction) {
        match event {
            Event::Of(attempt, Report::Opened) if self.opening.contains(&attempt) => {
                self.opening.retain(|other| *other != attempt);
                self.open.push(attempt);
            }
            Event::Of(attempt, Report::Closed(_)) if self.open.contains(&attempt) => self.closed.push(attempt),
            Event::Of(attempt, Report::Lost(_)) => self.drop(attempt),
            Event::Start | Event::Stop(_) | Event::Drain(..) | Event::Timeout | Event::Of(..) => {}
        }
        match reaction {
            Reaction::Do(Action::Open(attempt)) => {
                self.latest = Some(attempt);
                self.opening.push(attempt);
            }
            Reaction::Do(Action::Close(attempt, _)) => self.closing.push(attempt),
            Reaction::Do(Action::Abort(attempt)) => self.drop(attempt),
            Reaction::Do(Action::Ping(_)) | Reaction::Wait | Reaction::Ignored => {}
        }
    }

    fn drop(&mut self, attempt: Attempt) {
        for held in [&mut self.opening, &mut self.open, &mut self.closing, &mut self.closed] {
            held.retain(|other| *other != attempt);
        }
    }
}
