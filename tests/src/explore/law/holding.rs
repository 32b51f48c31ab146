//! Owns the laws of what is held: which connections there are, and what may be done with them.

use relink_core::{Action, Handover, Older, Other, Reaction, State, Successor};

use super::super::conn::{Conn, Phase};
use super::super::node::{BESIDE, CURRENT, GONE, LONG_GONE, Node};
use super::super::step::{Step, concerns};
use super::super::world::World;
use super::Holds;

pub(super) fn ignored_is_unchanged(step: &Step<'_>) -> Holds {
    Holds::only_if(step.reaction == Reaction::Ignored, || step.after == step.before.link)
}

pub(super) fn stale_is_ignored(step: &Step<'_>) -> Holds {
    Holds::only_if(step.is_stale(), || step.reaction == Reaction::Ignored && step.after == step.before.link)
}

pub(super) fn same_account(node: &Node) -> Holds {
    let state = node.link.state();
    let known = node.world.held().all(|conn| state.holds(conn.attempt));
    (known && same_phases(&state, &node.world)).into()
}

fn same_phases(state: &State, world: &World) -> bool {
    let is = |attempt, what: fn(&Conn) -> bool| world.conn(attempt).is_some_and(what);
    let dialing = |conn: &Conn| conn.phase == Phase::Dialing && !conn.closed;
    let opened = |conn: &Conn| conn.phase == Phase::Opened && !conn.closed;
    let up = |conn: &Conn| conn.phase == Phase::Up && !conn.closed;
    let closed = |conn: &Conn| conn.closed;
    match *state {
        State::Idle | State::Backoff { .. } | State::Shutdown { .. } => true,
        State::Connecting { attempt, .. } => is(attempt, dialing),
        State::Open { attempt, .. } => is(attempt, opened),
        State::Ready(ready) => {
            let beside = match ready.handover {
                Handover::Alone(_) | Handover::Last(_) | Handover::Seeking(Successor::Backoff { .. }) => true,
                Handover::Seeking(Successor::Connecting { attempt, .. }) => is(attempt, dialing),
                Handover::Seeking(Successor::Open { attempt, .. }) => is(attempt, opened),
                Handover::Replaced(_, old) => is(old.attempt, if old.closing { closed } else { up }),
            };
            is(ready.attempt, up) && beside
        }
        State::Draining(draining) => {
            let older = match draining.older {
                Older::None => true,
                Older::Held(older, _) => is(older, up),
            };
            is(draining.attempt, up) && older
        }
        State::Closing(closing) => {
            let other = match closing.other {
                // It comes up, or not: it is dropped in the next step.
                Other::None | Other::ToAbort(..) => true,
                Other::ToClose(other, _) => is(other, up),
                Other::Closing(other) => is(other, closed),
            };
            is(closing.attempt, closed) && other
        }
    }
}

pub(super) fn one_opening(node: &Node) -> Holds {
    let opening = node.world.held().filter(|conn| conn.is_opening()).count();
    Holds::only_if(opening > 0, || opening == 1)
}

/// The older one was accepted before the younger was dialled, so that there was something to overlap with.
pub(super) fn two_at_most(node: &Node) -> Holds {
    let config = node.link.config();
    match node.world.conns {
        [Some(older), Some(_)] => (!node.world.too_many && overlaps(config) && older.phase == Phase::Up).into(),
        [Some(_), None] => Holds::Yes,
        [None, _] => Holds::Beside,
    }
}

pub(super) fn overlaps(config: &relink_core::Config) -> bool {
    config.redial && !config.overlap_max.is_zero()
}

pub(super) fn action_on_held(step: &Step<'_>) -> Holds {
    let Some(action) = step.action() else { return Holds::Beside };
    let attempt = concerns(action);
    match action {
        Action::Open(_) => {
            let apart = step.before.world.held().all(Conn::is_working);
            (apart && [CURRENT, BESIDE, GONE, LONG_GONE].into_iter().all(|name| name != attempt)).into()
        }
        Action::Ping(_) | Action::Close(..) => step.world.conn(attempt).is_some().into(),
        Action::Abort(_) => (step.before.world.conn(attempt).is_some() && !is_lost(step, attempt)).into(),
    }
}

fn is_lost(step: &Step<'_>, attempt: relink_core::Attempt) -> bool {
    step.event == relink_core::Event::Of(attempt, relink_core::Report::Lost(relink_core::Verdict::Retry))
        || step.report().is_some_and(|(conn, report)| conn.attempt == attempt && matches!(report, relink_core::Report::Lost(_)))
}

pub(super) fn abort_after_close(step: &Step<'_>) -> Holds {
    let Some(action) = step.action() else { return Holds::Beside };
    let closed = step.before.world.conn(concerns(action)).is_some_and(|conn| conn.closed);
    Holds::only_if(closed, || matches!(action, Action::Abort(_)))
}

pub(super) fn silent_after_shutdown(step: &Step<'_>) -> Holds {
    let State::Shutdown { .. } = step.before.link.state() else { return Holds::Beside };
    Holds::only_if(step.event != relink_core::Event::Start, || step.reaction == Reaction::Ignored)
}

/// Ready begins with the report that brings an attempt up, and an attempt comes up once. A connection that is current
/// again after its successor's loss was Ready all along.
pub(super) fn one_up_each(step: &Step<'_>) -> Holds {
    let (State::Ready(ready), before) = (step.after.state(), step.before.link.state()) else { return Holds::Beside };
    match before {
        State::Ready(was) if was.attempt == ready.attempt => Holds::Beside,
        State::Ready(_) => step.world.conn(ready.attempt).is_some_and(Conn::is_working).into(),
        State::Connecting { .. } | State::Open { .. } => {
            let opening = step.before.world.conn(ready.attempt).is_some_and(Conn::is_opening);
            (opening && step.world.conn(ready.attempt).is_some_and(Conn::is_working)).into()
        }
        State::Idle | State::Draining(_) | State::Closing(_) | State::Backoff { .. } | State::Shutdown { .. } => Holds::No,
    }
}
