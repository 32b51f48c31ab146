//! Owns the laws of renewal: what works stays, and no peer can drive it hot.

use relink_core::{Action, Event, Handover, Instant, Report, State, Verdict};

use super::super::left::{NOW, left, until};
use super::super::step::{Step, planned};
use super::Holds;
use super::expected::{dial_range, ending};
use super::holding::overlaps;

pub(super) fn keeps_working(step: &Step<'_>) -> Holds {
    let Some(current) = step.before.world.current() else { return Holds::Beside };
    let ready = matches!(step.before.link.state(), State::Ready(_));
    if !ready || !overlaps(step.config()) || !is_renewal(step) {
        return Holds::Beside;
    }
    step.world.conn(current.attempt).is_some_and(|conn| conn.is_working()).into()
}

/// What belongs to a renewal: the peer's wish, the connection's age, all that becomes of the successor, the overlap's end.
fn is_renewal(step: &Step<'_>) -> bool {
    if let Some((conn, report)) = step.report() {
        return conn.is_opening() || matches!(report, Report::Asked(Verdict::Renew { .. }));
    }
    let silence = match step.action() {
        Some(Action::Abort(attempt)) => step.before.world.current().is_some_and(|conn| conn.attempt == attempt),
        Some(Action::Close(_, code)) => code == step.config().timeout_code,
        Some(Action::Open(_) | Action::Ping(_)) | None => false,
    };
    step.event == Event::Timeout && !silence
}

/// Shortest wait first: with the lowest roll it is still the policy's.
pub(super) fn never_hot(step: &Step<'_>) -> Holds {
    let Some(ending) = ending(step).filter(|ending| matches!(ending.verdict, Verdict::Renew { .. }) && !ending.stable) else {
        return Holds::Beside;
    };
    let Some(dial) = planned(&step.after) else { return Holds::Beside };
    let (low, _) = dial_range(step, &ending);
    let counted = step.after.failures() > step.before.link.failures();
    (counted && until(dial) >= low.max(step.world.gap)).into()
}

pub(super) fn age(step: &Step<'_>) -> Holds {
    let State::Ready(ready) = step.after.state() else { return Holds::Beside };
    let up = step.before.world.conn(ready.attempt).is_some_and(|conn| conn.is_opening());
    let (Handover::Alone(age) | Handover::Replaced(age, ..)) = ready.handover else { return Holds::Beside };
    let config = step.config();
    Holds::only_if(up, || age.stable_at == NOW.after(config.reset_after) && renews_in_time(step, age.renew_at))
}

fn renews_in_time(step: &Step<'_>, renew_at: Instant) -> bool {
    let config = step.config();
    if config.lifetime_max.is_zero() {
        return renew_at == Instant::NEVER;
    }
    let middle = i64::from(left(config.lifetime_max));
    let part = middle * i64::from(config.lifetime_spread_percent) / 100;
    let drawn = i64::from(until(renew_at)) - middle;
    match step.roll {
        0 => drawn == -part,
        u32::MAX => drawn == part,
        _ => -part <= drawn && drawn <= part,
    }
}
