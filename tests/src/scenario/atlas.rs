//! Owns the atlas: every cell of the state × event table that a link can get into, and what follows there, found by
//! stepping links from the beginning until nothing new appears.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt;

use relink_core::{Action, Attempt, Backoff, CloseCode, Config, Event, Instant, Jitter, Link, Millis, Reaction, Report, State, Verdict};

use super::{Cell, Cells, Kind, Place, World};

/// Some times more than a world has.
const LINKS_MAX: usize = 20_000;

/// What follows in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Effect {
    /// Where the link is then.
    pub to: Place,
    /// What it does.
    pub deed: Deed,
}

/// What a link does, to the connections it had before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    /// Nothing changed.
    Ignored,
    /// Nothing to do.
    Wait,
    /// A dial.
    Open,
    /// A ping on the current connection.
    Ping,
    /// A Close on the current connection.
    Close,
    /// A Close on the one beside it.
    CloseOther,
    /// The current one is dropped.
    Abort,
    /// The one beside it is dropped.
    AbortOther,
}

/// Every cell a link can get into, and what follows there.
#[derive(Clone, Debug, Default)]
pub struct Atlas {
    /// The cells.
    pub cells: Cells,
    effects: HashMap<Cell, BTreeSet<(usize, Deed)>>,
    places: HashMap<usize, (Place, &'static str)>,
    /// The number of links that differ in more than their clock and the names of their attempts.
    pub links: usize,
}

impl Atlas {
    /// Explores all links of a world.
    ///
    /// # Panics
    /// If there is no end of them.
    #[must_use]
    pub fn of(world: World) -> Self {
        let mut atlas = Self::default();
        for config in configs(world) {
            atlas.explore(config);
        }
        atlas
    }

    /// What can follow in this cell, in a fixed order.
    pub fn effects(&self, cell: Cell) -> impl Iterator<Item = Effect> {
        let found = self.effects.get(&cell).into_iter().flatten();
        found.filter_map(|&(to, deed)| self.places.get(&to).map(|&(to, _)| Effect { to, deed }))
    }

    /// The number of cells for which something is known to follow.
    #[must_use]
    pub fn effects_count(&self) -> usize {
        self.effects.len()
    }

    /// The places a link can be in, in a fixed order, each with the name of its state.
    #[must_use]
    pub fn places(&self) -> Vec<(Place, &'static str)> {
        let mut places: Vec<_> = self.places.values().copied().collect();
        places.sort_by_key(|(place, _)| place.index());
        places
    }

    fn explore(&mut self, config: Config) {
        let first: Link = Link::new(config);
        let mut known = HashSet::from([key(&first)]);
        let mut open = VecDeque::from([first]);
        self.settle(&first.state());
        while let Some(link) = open.pop_front() {
            self.links += 1;
            assert!(self.links <= LINKS_MAX, "there is no end of links: in {:?}", link.state());
            for (now, roll, event) in happenings(&link) {
                let mut next = link;
                let reaction = next.step(now, roll, event);
                self.note(&link, now, event, &next, reaction);
                let next = renamed(&next, now);
                if known.insert(key(&next)) {
                    open.push_back(next);
                }
            }
        }
    }

    fn note(&mut self, link: &Link, now: Instant, event: Event, next: &Link, reaction: Reaction) {
        let before = link.state();
        let cell = Cell { place: Place::of(&before), kind: Kind::of(&before, link.deadline(), now, &event) };
        self.cells.visit(cell);
        let to = self.settle(&next.state());
        self.effects.entry(cell).or_default().insert((to.index(), Deed::of(&before, reaction)));
    }

    fn settle(&mut self, state: &State) -> Place {
        let place = Place::of(state);
        self.places.insert(place.index(), (place, name(state)));
        place
    }
}

impl Deed {
    fn of(before: &State, reaction: Reaction) -> Self {
        let other = |attempt| before.attempts().1 == Some(attempt);
        match reaction {
            Reaction::Ignored => Self::Ignored,
            Reaction::Wait => Self::Wait,
            Reaction::Do(Action::Open(_)) => Self::Open,
            Reaction::Do(Action::Ping(_)) => Self::Ping,
            Reaction::Do(Action::Close(attempt, _)) if other(attempt) => Self::CloseOther,
            Reaction::Do(Action::Close(..)) => Self::Close,
            Reaction::Do(Action::Abort(attempt)) if other(attempt) => Self::AbortOther,
            Reaction::Do(Action::Abort(_)) => Self::Abort,
        }
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ignored => "ignored",
            Self::Wait => "wait",
            Self::Open => "open",
            Self::Ping => "ping",
            Self::Close => "close",
            Self::CloseOther => "close other",
            Self::Abort => "abort",
            Self::AbortOther => "abort other",
        })
    }
}

const fn name(state: &State) -> &'static str {
    match state {
        State::Idle => "Idle",
        State::Connecting { .. } => "Connecting",
        State::Open { .. } => "Open",
        State::Ready(_) => "Ready",
        State::Draining(_) => "Draining",
        State::Closing(_) => "Closing",
        State::Backoff { .. } => "Backoff",
        State::Shutdown { .. } => "Shutdown",
    }
}

/// Small numbers, so that the space closes; every wait on, and off where it can be.
fn configs(world: World) -> Vec<Config> {
    let policy =
        Backoff { first_spread: ms(1), delay_min: ms(1), delay_max: ms(2), growth_percent: 200, jitter: Jitter::None, failures_max: 2 };
    let all = Config {
        backoff: policy,
        opening_timeout: ms(2),
        acceptance_timeout: ms(2),
        ping_after: ms(2),
        pong_timeout: ms(1),
        closing_timeout: ms(1),
        reset_after: ms(2),
        start_spread: ms(1),
        dial_gap_min: ms(1),
        retry_after_max: ms(2),
        overlap_max: ms(2),
        lifetime_max: ms(3),
        lifetime_spread_percent: 0,
        redial: true,
        timeout_code: CloseCode::TIMEOUT,
    };
    let endless = Config { backoff: Backoff { failures_max: 0, ..policy }, ping_after: ms(0), lifetime_max: ms(0), ..all };
    match world {
        World::Dialling => {
            vec![all, Config { overlap_max: ms(0), ..all }, Config { acceptance_timeout: ms(0), start_spread: ms(0), ..endless }]
        }
        World::Plain => {
            let plain = Config { backoff: endless.backoff, start_spread: ms(0), ..all };
            vec![plain, Config { acceptance_timeout: ms(0), ..plain }]
        }
        World::Accepted => vec![Config { redial: false, ..all }, Config { redial: false, acceptance_timeout: ms(0), ..endless }],
    }
}

const fn ms(millis: u32) -> Millis {
    Millis::new(millis)
}

const NOW: u64 = 1_000;
const CODE: CloseCode = CloseCode::NORMAL;
const STALE: Attempt = Attempt::from_number(9);

/// Everything that can happen to a link whose clock shows `NOW`: every event, now or at each of its next moments.
fn happenings(link: &Link) -> impl Iterator<Item = (Instant, u32, Event)> + use<> {
    let (first, second) = link.state().attempts();
    let attempts = [first, second, Some(STALE)].into_iter().flatten();
    let reports = attempts.flat_map(|attempt| reports().map(move |report| Event::Of(attempt, report)));
    let events: Vec<Event> = [Event::Start, Event::Stop(CODE), Event::Timeout].into_iter().chain(reports).collect();
    [0, 1, 2, 3, 5].into_iter().flat_map(move |after| {
        let now = Instant::from_millis(NOW + after);
        let drains = [0, 2].map(|wait| Event::Drain(Instant::from_millis(NOW + after + wait), CODE));
        let events: Vec<Event> = events.iter().copied().chain(drains).collect();
        events.into_iter().flat_map(move |event| [0, u32::MAX].map(|roll| (now, roll, event)))
    })
}

fn reports() -> impl Iterator<Item = Report> {
    let verdicts = [
        Verdict::Retry,
        Verdict::RetryAfter(ms(2)),
        Verdict::RetryIn(ms(0)),
        Verdict::RetryIn(ms(1)),
        Verdict::Postpone(ms(2)),
        Verdict::Renew { within: ms(1) },
        Verdict::GiveUp,
    ];
    let plain = [
        Report::Opened,
        Report::Accepted,
        Report::Heard,
        Report::Pulse(ms(2)),
        Report::Pulse(ms(0)),
        Report::Drained,
        Report::Broken(CODE),
    ];
    plain
        .into_iter()
        .chain(verdicts.into_iter().flat_map(|verdict| [Report::Asked(verdict), Report::Closed(verdict), Report::Lost(verdict)]))
}

/// The same link with its clock back at `NOW`, what is past no longer told apart, and its attempts named anew: links
/// that differ in nothing else behave alike.
fn renamed(link: &Link, now: Instant) -> Link {
    let latest = Attempt::from_number(link.attempts());
    let (first, _) = link.state().attempts();
    let clock = |at: Instant| Instant::from_millis(NOW + at.since(now));
    let name = |attempt: Attempt| match attempt {
        attempt if attempt == latest => Attempt::from_number(3),
        attempt if Some(attempt) == first => Attempt::from_number(1),
        _ => Attempt::from_number(2),
    };
    link.translated(clock, name)
}

/// What a link's behaviour depends on; failures count only as far as there is a limit to them.
fn key(link: &Link) -> (State, Instant, Millis, u32) {
    (link.state(), link.not_before(), link.backoff_memory(), link.failures().min(link.config().backoff.failures_max))
}
