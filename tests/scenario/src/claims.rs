//! Owns the judgement of claims on a path that was seen.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use relink_core::{Action, Attempt, Event, Instant, Millis, Reaction};
use relink_notation::StateWord;

use super::claim::{Claim, Deed, Shape, Span, What};
use super::seen::{Account, Path, Seen};

/// Where and why a claim does not hold on this path; the step is missing where something did not happen at all.
pub(super) fn refuted(claim: &Claim, path: &Path) -> Option<(Option<Seen>, String)> {
    match claim {
        Claim::AtMost(limit, deed, span) => {
            let deeds = path.steps.iter().filter(|seen| deed.is(seen) && span.has(seen.at));
            too_many(deeds.copied(), *limit)
                .map(|seen| (Some(seen), if *limit == 0 { "here it happens".to_owned() } else { format!("this is number {}", limit + 1) }))
        }
        Claim::AtMostWithin(limit, deed, within) => at_most_within(*limit, *deed, *within, path),
        Claim::Some(deed, span) => {
            let done = path.steps.iter().any(|seen| deed.is(seen) && span.has(seen.at));
            (path.lasts && !done).then(|| (None, "it never happens".to_owned()))
        }
        Claim::Ignored(attempt, span) => {
            let heeded =
                path.steps.iter().find(|seen| is_report(seen, *attempt) && span.has(seen.at) && seen.outcome.reaction != Reaction::Ignored);
            heeded.map(|seen| (Some(*seen), "this report is not ignored".to_owned()))
        }
        Claim::State(wanted, shape, span) => state(*wanted, shape, *span, path),
        Claim::Held(most, attempt, span) => held(*most, *attempt, *span, path),
        Claim::Deadline(within) => deadline(*within, path),
    }
}

impl Span {
    fn has(self, at: Instant) -> bool {
        self.from <= at && at < self.before
    }

    /// Whether it shares a moment with what lasts from `begin` to before `end`.
    fn meets(self, begin: Instant, end: Instant) -> bool {
        begin.max(self.from) < end.min(self.before)
    }
}

impl Deed {
    fn is(self, seen: &Seen) -> bool {
        let action = seen.action();
        let done = match self.what {
            What::Open => matches!(action, Some(Action::Open(_))),
            What::Ping => matches!(action, Some(Action::Ping(_))),
            What::Close => matches!(action, Some(Action::Close(..))),
            What::Abort => matches!(action, Some(Action::Abort(_))),
            What::Action => action.is_some(),
            What::Ignored => {
                return seen.outcome.reaction == Reaction::Ignored && self.attempt.is_none_or(|one| is_report(seen, Some(one)));
            }
        };
        done && self.attempt.is_none_or(|one| action.map(Seen::attempt) == Some(one))
    }
}

fn too_many(mut deeds: impl Iterator<Item = Seen>, limit: u32) -> Option<Seen> {
    deeds.nth(limit as usize)
}

fn at_most_within(limit: u32, deed: Deed, within: Millis, path: &Path) -> Option<(Option<Seen>, String)> {
    let deeds: Vec<&Seen> = path.steps.iter().filter(|seen| deed.is(seen)).collect();
    let last = deeds.iter().skip(limit as usize).zip(&deeds).find(|(last, first)| last.at.since(first.at) < u64::from(within.get()));
    last.map(|(last, first)| (Some(**last), format!("this is number {} since line {}", limit + 1, first.line)))
}

fn is_report(seen: &Seen, of: Option<Attempt>) -> bool {
    match seen.event {
        Event::Of(attempt, _) => of.is_none_or(|of| of == attempt),
        Event::Start | Event::Stop(_) | Event::Drain(..) | Event::Timeout => false,
    }
}

/// A state that lasts no time, between two steps at the same instant, is not a moment.
fn state(wanted: bool, shape: &Shape, span: Span, path: &Path) -> Option<(Option<Seen>, String)> {
    let idle = path.steps.first().map_or(Instant::NEVER, |first| first.at);
    if span.meets(Instant::ZERO, idle) && shape.fits(StateWord::Idle) != wanted {
        return Some((None, "the link is idle before its first step".to_owned()));
    }
    let wrong = path.spans().find(|(seen, end)| span.meets(seen.at, *end) && shape.fits(seen.outcome.state) != wanted);
    wrong.map(|(seen, _)| (Some(*seen), "from here on it does not hold".to_owned()))
}

fn held(most: usize, attempt: Option<Attempt>, span: Span, path: &Path) -> Option<(Option<Seen>, String)> {
    let mut account = Account::default();
    for (seen, end) in path.spans() {
        account.book(seen);
        let held = account.held().iter().filter(|held| attempt.is_none_or(|one| one == **held)).count();
        if held >= most && span.meets(seen.at, end) {
            let held: Vec<String> = account.held().iter().map(|one| format!("#{}", one.number())).collect();
            return Some((Some(*seen), format!("{} held from here on", held.join(" and "))));
        }
    }
    None
}

fn deadline(within: Millis, path: &Path) -> Option<(Option<Seen>, String)> {
    let wrong = path.steps.iter().find(|seen| {
        let over = matches!(seen.outcome.state, StateWord::Idle | StateWord::Shutdown(_));
        !over && seen.outcome.deadline.is_none_or(|deadline| deadline.since(seen.at) > u64::from(within.get()))
    });
    wrong.map(|seen| (Some(*seen), "here the deadline is missing or further away".to_owned()))
}
