//! Owns the rule of endings, written down a second time: whose end counts, and how long is waited after it.

use relink_core::{Action, Backoff, Config, Event, Handover, Jitter, Millis, Reaction, Report, State, Verdict};

use super::super::conn::Conn;
use super::super::left::{Left, left};
use super::super::step::Step;
use super::holding::overlaps;

/// An ending, or a renewal, after which the next attempt is planned.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Ending {
    pub(in super::super) culprit: Conn,
    pub(in super::super) verdict: Verdict,
    /// The culprit was Ready for `reset_after`: no failure.
    pub(in super::super) stable: bool,
    /// The culprit goes on beside its successor.
    pub(in super::super) stays: bool,
}

impl Ending {
    pub(super) fn counts(&self, config: &Config) -> bool {
        let counted = match self.verdict {
            Verdict::Retry | Verdict::RetryAfter(_) | Verdict::RetryIn(_) | Verdict::Renew { .. } => true,
            Verdict::Postpone(_) | Verdict::GiveUp => false,
        };
        counted && !self.stable && config.redial
    }
}

/// The ending in this step; none if it plans nothing anew.
pub(in super::super) fn ending(step: &Step<'_>) -> Option<Ending> {
    let (culprit, told) = culprit(step)?;
    let ends = |verdict, stable, stays| Some(Ending { culprit, verdict, stable, stays });
    let State::Ready(ready) = step.before.link.state() else {
        let opening = matches!(step.before.link.state(), State::Connecting { .. } | State::Open { .. });
        return if opening { ends(told.verdict, false, false) } else { None };
    };
    if culprit.attempt != ready.attempt {
        let seeking = matches!(ready.handover, Handover::Seeking(..));
        return if seeking { ends(told.verdict, false, false) } else { None };
    }
    let stable = culprit.is_stable();
    match ready.handover {
        Handover::Alone(_) => ends(told.verdict, stable, told.renews && overlaps(step.config())),
        Handover::Replaced(..) if told.renews => None,
        Handover::Replaced(..) => ends(told.verdict, stable, false),
        // Its successor is decided already: where that carries on, it is the attempt.
        Handover::Seeking(..) if told.renews => None,
        Handover::Seeking(..) if told.asked || told.verdict == Verdict::GiveUp => ends(told.verdict, false, false),
        Handover::Seeking(..) | Handover::Last(..) => None,
    }
}

/// What ended it.
struct Told {
    verdict: Verdict,
    asked: bool,
    renews: bool,
}

fn culprit(step: &Step<'_>) -> Option<(Conn, Told)> {
    if step.event == Event::Timeout {
        return timed_out(step);
    }
    let (conn, report) = step.report()?;
    let told = |verdict, asked| Told { verdict, asked, renews: asked && matches!(verdict, Verdict::Renew { .. }) };
    match report {
        Report::Asked(verdict) => Some((*conn, told(verdict, true))),
        Report::Closed(verdict) | Report::Lost(verdict) => Some((*conn, told(verdict, false))),
        Report::Broken(_) => Some((*conn, told(Verdict::Retry, false))),
        Report::Opened | Report::Accepted | Report::Heard | Report::Pulse(_) | Report::Drained => None,
    }
}

fn timed_out(step: &Step<'_>) -> Option<(Conn, Told)> {
    let world = &step.before.world;
    let lost = Told { verdict: Verdict::Retry, asked: false, renews: false };
    let aged = Told { verdict: Verdict::Renew { within: Millis::ZERO }, asked: true, renews: true };
    match step.action() {
        Some(Action::Abort(attempt)) => world.conn(attempt).map(|conn| (*conn, lost)),
        Some(Action::Close(attempt, code)) => {
            let told = if code == step.config().timeout_code { lost } else { aged };
            world.conn(attempt).map(|conn| (*conn, told))
        }
        Some(Action::Open(_) | Action::Ping(_)) => None,
        None if step.reaction == Reaction::Wait => world.current().map(|conn| (*conn, aged)),
        None => None,
    }
}

/// How soon and how late the dial after an ending may be.
pub(super) fn dial_range(step: &Step<'_>, ending: &Ending) -> (Left, Left) {
    let config = step.config();
    let floor = step.world.not_before();
    let base = if matches!(ending.verdict, Verdict::RetryAfter(_)) { floor.max(0) } else { 0 };
    let (low, high) = delay_range(config, ending, step.before.link.backoff_memory());
    (floor.max(base.saturating_add(low)), floor.max(base.saturating_add(high)))
}

fn delay_range(config: &Config, ending: &Ending, memory: Millis) -> (Left, Left) {
    let (low, high) = if ending.stable { (0, left(config.backoff.first_spread)) } else { draw_range(&config.backoff, memory) };
    match ending.verdict {
        Verdict::Postpone(_) => (0, 0),
        Verdict::RetryIn(delay) => (left(delay.min(config.backoff.delay_max)), left(delay.min(config.backoff.delay_max))),
        Verdict::Renew { .. } if ending.stable && ending.stays => (0, 0),
        Verdict::Renew { within } if ending.stable => (0, left(within)),
        Verdict::Renew { within } => (low, high.max(left(within))),
        Verdict::Retry | Verdict::RetryAfter(_) | Verdict::GiveUp => (low, high),
    }
}

fn draw_range(backoff: &Backoff, memory: Millis) -> (Left, Left) {
    let whole = |millis: u128| Left::try_from(millis).unwrap_or(Left::MAX - 1);
    let of = |millis: Millis| u128::from(millis.get());
    let grown = |before: u128| (before * u128::from(backoff.growth_percent)).div_ceil(100);
    let wanted = match (memory.is_zero(), backoff.jitter) {
        (true, Jitter::Decorrelated) => grown(of(backoff.delay_min)),
        (true, Jitter::None | Jitter::Full | Jitter::Equal | Jitter::Around(_)) => of(backoff.delay_min),
        (false, _) => grown(of(memory)),
    };
    let max = of(backoff.delay_max);
    match backoff.jitter {
        Jitter::None => (whole(wanted.min(max)), whole(wanted.min(max))),
        Jitter::Full => (0, whole(wanted.min(max))),
        Jitter::Equal => (whole(wanted.min(max) - wanted.min(max) / 2), whole(wanted.min(max))),
        Jitter::Decorrelated => (left(backoff.delay_min), whole(wanted.min(max))),
        Jitter::Around(percent) => {
            let middle = wanted.min(max * 100 / (100 + u128::from(percent)));
            let part = middle * u128::from(percent) / 100;
            (whole(middle - part), whole(middle + part))
        }
    }
}
