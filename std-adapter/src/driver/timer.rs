//! The driver's one timer. A deadline that only moved later leaves it as it is: it fires early and is set anew.

use std::future::Future;
use std::pin::Pin;
use std::task::Context;

use relink_core::{Instant, Millis};
use tokio::time::Sleep;

/// tokio's timers stand still in suspend, the link's clock does not: so long after a resume at most, it is looked at.
const NAP_MAX: Millis = Millis::from_secs(60);
/// The least time to sleep.
const NAP_MIN: Millis = Millis::new(1);

pub(super) struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
    /// When it fires, on the link's clock.
    set_to: Instant,
}

impl Timer {
    pub(super) const fn new() -> Self {
        Self { sleep: None, set_to: Instant::ZERO }
    }

    /// Has the task woken at this point, or before. Returns whether that is now. `unknown`: the task may be another one
    /// than the last time.
    pub(super) fn poll(&mut self, now: Instant, at: Instant, unknown: bool, cx: &mut Context<'_>) -> bool {
        // Where nothing is waited for, an earlier setting may wake the task once, for nothing.
        if at == Instant::NEVER || (now < self.set_to && self.set_to <= at && !unknown) {
            return false;
        }
        let at = at.max(now.after(NAP_MIN)).min(now.after(NAP_MAX));
        if self.set_to > at || self.set_to <= now {
            self.set(now, at);
        }
        if self.is_pending(cx) {
            return false;
        }
        // It was set to an earlier point on a clock that has drifted since.
        self.set(now, at);
        !self.is_pending(cx)
    }

    /// Whether it should have fired by now and has not: the runtime had no time for it, nor for anything else.
    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        self.set_to <= now && self.sleep.as_ref().is_some_and(|sleep| !sleep.is_elapsed())
    }

    fn set(&mut self, now: Instant, at: Instant) {
        self.set_to = at;
        let at = moment(now, at);
        match &mut self.sleep {
            Some(sleep) => sleep.as_mut().reset(at),
            None => self.sleep = Some(Box::pin(tokio::time::sleep_until(at))),
        }
    }

    fn is_pending(&mut self, cx: &mut Context<'_>) -> bool {
        self.sleep.as_mut().is_none_or(|sleep| sleep.as_mut().poll(cx).is_pending())
    }
}

/// A point on the link's clock, on tokio's.
pub(super) fn moment(now: Instant, at: Instant) -> tokio::time::Instant {
    let today = tokio::time::Instant::now();
    let wait = std::time::Duration::from_millis(at.since(now));
    today.checked_add(wait).unwrap_or(today)
}
