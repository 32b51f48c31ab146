//! Owns the laws of deadlines: where they are, that they end what waits, and that nothing else does.

use relink_core::{Action, Event, Handover, Instant, Other, Reaction, Ready, State, Successor};

use super::super::conn::Conn;
use super::super::left::{NEVER, NOW, until};
use super::super::node::Node;
use super::super::setting::ROLLS;
use super::super::step::{Step, concerns};
use super::Holds;

/// Timeouts at one instant: close or ping the first of two connections, drop both, and dial. Only a shell that comes late sees
/// all four.
const CHAIN_MAX: usize = 4;

pub(super) fn deadline_where_waiting(node: &Node) -> Holds {
    let config = node.link.config();
    let waits = match node.link.state() {
        State::Idle | State::Shutdown { .. } => false,
        State::Connecting { .. } | State::Open { .. } | State::Draining(_) | State::Closing(_) | State::Backoff { .. } => true,
        State::Ready(ready) => {
            let watched = !config.ping_after.is_zero() || node.world.liveness.pulse != NEVER;
            watched
                || match ready.handover {
                    Handover::Alone(age) => age.renew_at != Instant::NEVER,
                    Handover::Seeking(..) | Handover::Replaced(..) => true,
                    Handover::Last(..) => false,
                }
        }
    };
    (node.link.deadline().is_some() == waits).into()
}

pub(super) fn ends_in_time(node: &Node) -> Holds {
    let world = &node.world;
    let over = world.held().any(|conn| conn.by <= 0) || world.liveness.silent <= 0 || world.liveness.pulse <= 0;
    Holds::only_if(over, || node.is_due())
}

pub(super) fn exact(node: &Node) -> Holds {
    let (attempt, deadline) = match node.link.state() {
        State::Connecting { attempt, deadline } | State::Open { attempt, deadline } => (attempt, deadline),
        State::Ready(ready) => match ready.handover {
            Handover::Seeking(Successor::Connecting { attempt, deadline } | Successor::Open { attempt, deadline }) => (attempt, deadline),
            Handover::Replaced(_, old) => (old.attempt, old.until),
            Handover::Alone(_) | Handover::Last(_) | Handover::Seeking(Successor::Backoff { .. }) => return Holds::Beside,
        },
        State::Idle | State::Draining(_) | State::Closing(_) | State::Backoff { .. } | State::Shutdown { .. } => return Holds::Beside,
    };
    node.world.conn(attempt).is_some_and(|conn| conn.by == until(deadline).max(0)).into()
}

/// It begins with the first Close, ours or the peer's; what is closed after it ends with it.
pub(super) fn exact_closing(step: &Step<'_>) -> Holds {
    let State::Closing(closing) = step.after.state() else { return Holds::Beside };
    match step.before.link.state() {
        State::Closing(before) => closing.deadline == before.deadline,
        State::Idle | State::Connecting { .. } | State::Backoff { .. } | State::Shutdown { .. } => false,
        State::Ready(Ready { handover: Handover::Replaced(_, old), .. }) if old.attempt == closing.attempt && old.closing => {
            closing.deadline == old.until
        }
        State::Open { .. } | State::Ready(_) | State::Draining(_) => closing.deadline == NOW.after(step.config().closing_timeout),
    }
    .into()
}

pub(super) fn early_is_ignored(step: &Step<'_>) -> Holds {
    Holds::only_if(step.event == Event::Timeout && !step.before.is_due(), || step.reaction == Reaction::Ignored)
}

pub(super) fn due_is_not_ignored(step: &Step<'_>) -> Holds {
    Holds::only_if(step.event == Event::Timeout && step.before.is_due(), || step.reaction != Reaction::Ignored)
}

pub(super) fn ends_only_what_is_over(step: &Step<'_>) -> Holds {
    let (Event::Timeout, Some(action)) = (step.event, step.action()) else { return Holds::Beside };
    match action {
        Action::Open(_) | Action::Ping(_) => Holds::Beside,
        Action::Close(..) | Action::Abort(_) => {
            let Some(conn) = step.before.world.conn(concerns(action)) else { return Holds::No };
            is_over(step, conn).into()
        }
    }
}

fn is_over(step: &Step<'_>, conn: &Conn) -> bool {
    let world = &step.before.world;
    match step.before.link.state() {
        State::Connecting { .. } | State::Open { .. } => conn.by <= 0,
        State::Ready(ready) if ready.attempt == conn.attempt => {
            let aged = matches!(ready.handover, Handover::Alone(age) if age.renew_at <= NOW);
            world.liveness.silent <= 0 || world.liveness.pulse <= 0 || aged
        }
        State::Ready(_) => conn.by <= 0,
        State::Draining(draining) => draining.until <= NOW,
        // What is still to be closed or dropped beside a connection that closes is not kept waiting.
        State::Closing(closing) => {
            closing.attempt != conn.attempt && !matches!(closing.other, Other::Closing(_)) || closing.deadline <= NOW
        }
        State::Idle | State::Backoff { .. } | State::Shutdown { .. } => false,
    }
}

pub(super) fn short_chains(node: &Node) -> Holds {
    Holds::only_if(node.is_due(), || ROLLS.into_iter().all(|roll| chain(node, roll) <= CHAIN_MAX))
}

fn chain(node: &Node, roll: u32) -> usize {
    let mut link = node.link;
    let mut steps = 0;
    while steps <= CHAIN_MAX && link.deadline().is_some_and(|deadline| deadline <= NOW) {
        let _asked = link.step(NOW, roll, Event::Timeout);
        steps += 1;
    }
    steps
}
