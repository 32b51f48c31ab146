//! Owns the laws of the next dial: its distance, its floor, its delay, and the failures that make it longer.

use relink_core::{Action, Event, State};

use super::super::left::until;
use super::super::node::Node;
use super::super::step::{Step, planned};
use super::Holds;
use super::ending::is_final;
use super::expected::{dial_range, ending};

pub(super) fn distance(step: &Step<'_>) -> Holds {
    Holds::only_if(matches!(step.action(), Some(Action::Open(_))), || step.before.world.gap <= 0)
}

pub(super) fn floor(step: &Step<'_>) -> Holds {
    Holds::only_if(matches!(step.action(), Some(Action::Open(_))), || step.before.world.floor <= 0)
}

pub(super) fn promised(node: &Node) -> Holds {
    (until(node.link.not_before()).max(0) == node.world.not_before()).into()
}

/// The lowest roll gives the shortest delay, the highest the longest; both are what the policy says.
pub(super) fn bounds(step: &Step<'_>) -> Holds {
    let Some(ending) = ending(step) else { return Holds::Beside };
    let (config, failures_max) = (step.config(), step.config().backoff.failures_max);
    let exhausted = ending.counts(config) && failures_max != 0 && step.after.failures() >= failures_max;
    let dials = config.redial && !is_final(ending.verdict) && !exhausted;
    let Some(dial) = planned(&step.after) else { return (!dials).into() };
    let (low, high) = dial_range(step, &ending);
    let dial = until(dial).max(0);
    let within = match step.roll {
        0 => dial == low,
        u32::MAX => dial == high,
        _ => low <= dial && dial <= high,
    };
    (dials && within).into()
}

/// A connection that ends while its successor is waited for shortens nothing either, unless its end plans anew.
pub(super) fn shortened(step: &Step<'_>) -> Holds {
    let (Some(before), Some(after)) = (planned(&step.before.link), planned(&step.after)) else { return Holds::Beside };
    let anew = ending(step).is_some();
    Holds::only_if(step.event != Event::Start && !anew, || until(after) >= until(before))
}

pub(super) fn forgiven(step: &Step<'_>) -> Holds {
    let (before, after) = (&step.before.link, &step.after);
    let fell = after.failures() < before.failures() || after.backoff_memory().is_zero() && !before.backoff_memory().is_zero();
    let stable = || {
        let ready = matches!(before.state(), State::Ready(_));
        ready && step.before.world.current().is_some_and(|conn| conn.is_stable())
    };
    Holds::only_if(fell, || step.event == Event::Start || stable())
}

pub(super) fn counted(step: &Step<'_>) -> Holds {
    let (before, after) = (step.before.link.failures(), step.after.failures());
    if step.event == Event::Start {
        return (after == before || after == 0).into();
    }
    let expected = match ending(step) {
        Some(ending) if ending.stable => 0,
        Some(ending) if ending.counts(step.config()) => before.saturating_add(1),
        Some(_) | None => before,
    };
    (after == expected).into()
}

pub(super) fn blamed_once(step: &Step<'_>) -> Holds {
    if step.after.failures() <= step.before.link.failures() {
        return Holds::Beside;
    }
    let Some(ending) = ending(step) else { return Holds::No };
    if ending.stays { (!ending.culprit.renewed).into() } else { (!ending.culprit.blamed).into() }
}
