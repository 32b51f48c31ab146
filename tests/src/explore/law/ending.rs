//! Owns the laws of the end: Stop, Drain, GiveUp, the reason and the code.

use relink_core::{Action, CloseCode, End, Event, Reaction, Report, State, Verdict};

use super::super::left::{NEVER, NOW, left, until};
use super::super::moves::{BROKEN, DRAIN, STOP};
use super::super::node::Node;
use super::super::step::{Step, planned};
use super::super::world::Wanted;
use super::Holds;

pub(super) fn ends_in_time(node: &Node) -> Holds {
    let asked = node.world.wanted == Wanted::End && node.world.end_by != NEVER;
    Holds::only_if(asked, || node.world.end_by > 0 || node.is_due())
}

pub(super) fn second_stop(step: &Step<'_>) -> Holds {
    let Event::Stop(_) = step.event else { return Holds::Beside };
    let mut link = step.after;
    (link.step(NOW, step.roll, step.event) == Reaction::Ignored).into()
}

pub(super) fn start_after_stop(step: &Step<'_>) -> Holds {
    let asked = step.event == Event::Start && step.before.world.wanted == Wanted::End && step.config().redial;
    Holds::only_if(asked, || planned(&step.after).is_some() || matches!(step.after.state(), State::Connecting { .. }))
}

/// From where nothing is held or all is on its way out: now, or when the floor allows; afresh within `start_spread` of it.
pub(super) fn start_is_soon(step: &Step<'_>) -> Holds {
    let spread = match step.before.link.state() {
        State::Idle | State::Shutdown { .. } => left(step.config().start_spread),
        State::Backoff { .. } | State::Closing(_) => 0,
        State::Draining(_) if step.reaction != Reaction::Ignored => 0,
        State::Draining(_) | State::Connecting { .. } | State::Open { .. } | State::Ready(_) => return Holds::Beside,
    };
    if step.event != Event::Start || !step.config().redial && step.reaction == Reaction::Ignored {
        return Holds::Beside;
    }
    let floor = step.before.world.not_before();
    let dialled = matches!(step.action(), Some(Action::Open(_)));
    let Some(dial) = planned(&step.after).map(until).or(dialled.then_some(0)) else { return Holds::No };
    match step.roll {
        0 => dial.max(0) == floor,
        u32::MAX => dial.max(0) == floor.max(spread),
        _ => floor <= dial.max(0) && dial.max(0) <= floor.max(spread),
    }
    .into()
}

/// Until its instant, or the earliest of several, or until nothing is in hand.
pub(super) fn drain_lasts(step: &Step<'_>) -> Holds {
    let State::Draining(draining) = step.after.state() else {
        let drained = matches!(step.event, Event::Of(_, Report::Drained)) && matches!(step.action(), Some(Action::Close(..)));
        return Holds::only_if(drained, || step.world.held().all(|conn| conn.idle || conn.closed));
    };
    match (step.event, step.before.link.state()) {
        (Event::Drain(instant, _), State::Draining(before)) => draining.until == instant.min(before.until),
        (Event::Drain(instant, _), _) => draining.until == instant,
        (_, State::Draining(before)) => draining.until == before.until || draining.until == NOW && step.world.held().all(|conn| conn.idle),
        (_, _) => false,
    }
    .into()
}

pub(super) fn drain_ends_idle(node: &Node) -> Holds {
    let State::Draining(_) = node.link.state() else { return Holds::Beside };
    (node.is_due() || node.world.held().any(|conn| !conn.idle)).into()
}

pub(super) fn no_plan_after_give_up(node: &Node) -> Holds {
    Holds::only_if(node.world.given_up, || planned(&node.link).is_none())
}

pub(super) fn no_dial_after_give_up(step: &Step<'_>) -> Holds {
    let asked = step.before.world.given_up && step.event != Event::Start;
    Holds::only_if(asked, || !matches!(step.action(), Some(Action::Open(_))))
}

pub(super) fn reason(step: &Step<'_>) -> Holds {
    let State::Shutdown { because } = step.after.state() else { return Holds::Beside };
    if let State::Shutdown { because: before } = step.before.link.state() {
        return (before == because && step.reaction == Reaction::Ignored).into();
    }
    let failures_max = step.config().backoff.failures_max;
    match because {
        End::Stopped => step.world.wanted == Wanted::End,
        End::GivenUp => step.world.given_up,
        End::Exhausted => failures_max != 0 && step.after.failures() >= failures_max,
        End::Over => !step.config().redial,
    }
    .into()
}

pub(super) fn code(step: &Step<'_>) -> Holds {
    let Some(Action::Close(attempt, code)) = step.action() else { return Holds::Beside };
    let timeout = step.config().timeout_code;
    let draining = matches!(step.before.link.state(), State::Draining(_));
    let pending = matches!(step.before.link.state(), State::Closing(_));
    match step.event {
        Event::Start => false,
        Event::Stop(_) => code == STOP,
        Event::Drain(..) => code == DRAIN,
        // A second connection is closed one step after the first, with the code of the cause of then.
        Event::Timeout | Event::Of(..) if pending => [STOP, DRAIN, BROKEN, CloseCode::NORMAL, timeout].contains(&code),
        Event::Of(reported, Report::Broken(_)) if reported == attempt => code == BROKEN,
        Event::Timeout | Event::Of(..) if draining => code == DRAIN,
        Event::Timeout => code == timeout_code(step, attempt),
        Event::Of(..) => code == CloseCode::NORMAL,
    }
    .into()
}

fn timeout_code(step: &Step<'_>, attempt: relink_core::Attempt) -> CloseCode {
    let world = &step.before.world;
    let overdue = world.current().is_some_and(|conn| conn.attempt == attempt) && world.liveness.pulse <= 0;
    let opening = world.conn(attempt).is_some_and(|conn| conn.is_opening());
    if overdue || opening {
        step.config().timeout_code
    } else if step.config().redial {
        CloseCode::NORMAL
    } else {
        // It has grown too old, and only the peer can dial again.
        CloseCode::GOING_AWAY
    }
}

/// Whether a verdict ends the link for good.
pub(super) fn is_final(verdict: Verdict) -> bool {
    verdict == Verdict::GiveUp
}
