//! Owns the laws of silence: when a ping is sent, and when a connection is given up for it.

use relink_core::{Action, Event, State};

use super::super::left::until;
use super::super::node::Node;
use super::super::step::Step;
use super::Holds;

pub(super) fn exact(node: &Node) -> Holds {
    let State::Ready(ready) = node.link.state() else { return Holds::Beside };
    let known = &node.world.liveness;
    (until(ready.silent_at) == known.silent && until(ready.pulse_by) == known.pulse).into()
}

/// The first ping on silence; one more, once a silence, if a Timeout comes so late that we were silent ourselves. Never
/// both in one instant.
pub(super) fn pings(step: &Step<'_>) -> Holds {
    let Some(Action::Ping(attempt)) = step.action() else { return Holds::Beside };
    let (world, config) = (&step.before.world, step.config());
    let known = &world.liveness;
    let current = world.current().is_some_and(|conn| conn.attempt == attempt);
    let ready = matches!(step.before.link.state(), State::Ready(_)) && step.event == Event::Timeout;
    let first = !known.pinged && known.silent <= 0;
    (current && ready && !known.just_pinged && (first || (known.is_late(config) && !known.probed))).into()
}

/// A connection ends by a Timeout in Ready for silence after a ping, or for the peer's own heartbeat; never by a late
/// Timeout alone.
pub(super) fn gives_up(step: &Step<'_>) -> Holds {
    let Some(ended) = given_up(step) else { return Holds::Beside };
    let (known, config) = (&step.before.world.liveness, step.config());
    let decided = known.probed || !known.is_late(config);
    let silent = known.pinged && known.silent <= 0;
    let overdue = known.pulse <= 0;
    match ended {
        Ended::Closed => decided && overdue,
        Ended::Dropped => decided && (silent || overdue),
    }
    .into()
}

enum Ended {
    Closed,
    Dropped,
}

fn given_up(step: &Step<'_>) -> Option<Ended> {
    let (State::Ready(ready), Event::Timeout) = (step.before.link.state(), step.event) else { return None };
    match step.action()? {
        Action::Abort(attempt) if attempt == ready.attempt => Some(Ended::Dropped),
        Action::Close(attempt, code) if attempt == ready.attempt && code == step.config().timeout_code => Some(Ended::Closed),
        Action::Open(_) | Action::Ping(_) | Action::Close(..) | Action::Abort(_) => None,
    }
}
