//! What is written to logs and counters: `tracing` always, the `metrics` facade with its feature.

use relink_core::{Action, Attempt, Event as CoreEvent, Instant};
use tracing::{Level, Span, debug, error, info, trace, warn};

use super::view::Place;
use crate::Ending;
use crate::events::Event;
use crate::load::Load;
use crate::observe::Direction;

pub(super) fn transition(span: &Span, from: Place, to: Place, now: Instant) {
    let delay_ms = if let Place::Backoff(until) = to { Some(until.since(now)) } else { None };
    debug!(parent: span, from = from.name(), state = to.name(), delay_ms, "transition");
}

pub(super) fn action(span: &Span, action: &Action, redial: bool) {
    match action {
        Action::Open(attempt) => {
            if redial {
                counted::dialled();
                debug!(parent: span, attempt = attempt.number(), "dial");
            }
        }
        Action::Ping(attempt) => trace!(parent: span, attempt = attempt.number(), "ping"),
        Action::Close(attempt, code) => debug!(parent: span, attempt = attempt.number(), code = code.get(), "close"),
        Action::Abort(attempt) => debug!(parent: span, attempt = attempt.number(), "abort"),
    }
}

pub(super) fn ignored(span: &Span, event: &CoreEvent) {
    counted::ignored();
    debug!(parent: span, ?event, "ignored");
}

/// A connection beside the current one is over.
pub(super) fn ended(span: &Span, attempt: Attempt, why: &Ending) {
    debug!(parent: span, attempt = attempt.number(), %why, "ended");
}

pub(super) fn event<M>(span: &Span, event: &Event<M>, failures: u32) {
    match event {
        Event::Up { attempt } => {
            counted::up();
            info!(parent: span, attempt = attempt.number(), "up");
        }
        Event::Down { attempt, why, retry_at } => {
            counted::down(why);
            let (attempt, delay_ms) = (attempt.number(), delay(retry_at.as_ref()));
            if matches!(why, Ending::Stopped) {
                info!(parent: span, attempt, %why, "down");
            } else {
                warn!(parent: span, attempt, %why, delay_ms, "down");
            }
        }
        Event::Failed { attempt, why, retry_at } => {
            counted::failed(why);
            let (attempt, delay_ms) = (attempt.number(), delay(retry_at.as_ref()));
            match level(why) {
                Level::ERROR => error!(parent: span, attempt, %why, failures, delay_ms, "failed"),
                Level::WARN => warn!(parent: span, attempt, %why, failures, delay_ms, "failed"),
                _ => info!(parent: span, attempt, %why, "failed"),
            }
        }
        Event::Renewed { old, new } => {
            counted::renewed();
            info!(parent: span, old = old.number(), attempt = new.number(), "renewed");
        }
        Event::GaveUp { why } => {
            counted::gave_up();
            error!(parent: span, %why, failures, "gave up");
        }
        Event::Message { .. } => {}
    }
}

/// What becomes of an accepted connection is the server's to tell and to count: it knows whose it was.
pub(super) fn accepted<M>(span: &Span, event: &Event<M>) {
    match event {
        Event::Up { .. } => debug!(parent: span, "up"),
        Event::Down { why, .. } => debug!(parent: span, %why, "down"),
        Event::Failed { why, .. } => debug!(parent: span, %why, "failed"),
        // It is dialled again by nobody, so it is given up each time.
        Event::GaveUp { .. } | Event::Renewed { .. } | Event::Message { .. } => {}
    }
}

pub(super) fn messages(direction: Direction, load: Load) {
    counted::messages(direction, load);
}

/// A bad certificate or an impossible request waits for a person: it is said loudly.
fn level(why: &Ending) -> Level {
    match why {
        Ending::Tls(fault) if fault.problem.is_certificate() => Level::ERROR,
        Ending::Request(_) => Level::ERROR,
        Ending::Stopped | Ending::Replaced => Level::INFO,
        _ => Level::WARN,
    }
}

fn delay(at: Option<&tokio::time::Instant>) -> Option<u64> {
    let now = tokio::time::Instant::now();
    at.map(|at| u64::try_from(at.saturating_duration_since(now).as_millis()).unwrap_or(u64::MAX))
}

/// The names are part of the interface: the crate's documentation lists them.
#[cfg(feature = "metrics")]
mod counted {
    use super::{Direction, Ending, Load};

    pub(super) fn dialled() {
        metrics::counter!("relink_dials_total").increment(1);
    }

    pub(super) fn up() {
        metrics::counter!("relink_ups_total").increment(1);
    }

    pub(super) fn down(why: &Ending) {
        metrics::counter!("relink_downs_total", "reason" => why.label(), "code" => code(why)).increment(1);
    }

    pub(super) fn failed(why: &Ending) {
        metrics::counter!("relink_failed_total", "reason" => why.label(), "code" => code(why)).increment(1);
    }

    pub(super) fn renewed() {
        metrics::counter!("relink_renewals_total").increment(1);
    }

    pub(super) fn gave_up() {
        metrics::counter!("relink_gave_up_total").increment(1);
    }

    pub(super) fn ignored() {
        metrics::counter!("relink_ignored_total").increment(1);
    }

    pub(super) fn messages(direction: Direction, load: Load) {
        let direction = match direction {
            Direction::In => "in",
            Direction::Out => "out",
        };
        metrics::counter!("relink_messages_total", "direction" => direction).increment(load.messages.into());
        metrics::counter!("relink_bytes_total", "direction" => direction).increment(load.bytes.into());
    }

    fn code(why: &Ending) -> String {
        let code = why.status().or_else(|| why.close_code().map(relink_core::CloseCode::get));
        code.map_or_else(String::new, |code| code.to_string())
    }
}

#[cfg(not(feature = "metrics"))]
mod counted {
    use super::{Direction, Ending, Load};

    pub(super) const fn dialled() {}
    pub(super) const fn up() {}
    pub(super) const fn down(_: &Ending) {}
    pub(super) const fn failed(_: &Ending) {}
    pub(super) const fn renewed() {}
    pub(super) const fn gave_up() {}
    pub(super) const fn ignored() {}
    pub(super) const fn messages(_: Direction, _: Load) {}
}
