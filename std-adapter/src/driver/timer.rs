//! Owns the driver's one timer. A deadline that only moved later leaves it as it is: it fires early and is set anew.

use std::future::Future;
use std::pin::Pin;
use std::task::Context;

use relink_core::{Instant, Millis};
use tokio::time::Sleep;

/// tokio's timers stand still in suspend, the link's clock does not: so long after a resume at most, it is looked at.
const NAP_MAX: Millis = Millis::from_secs(60);
/// The least time to sleep.
const NAP_MIN: Millis = Millis::new(1);

#[derive(Default)]
pub(super) struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
    /// When it fires, on the link's clock.
    set_to: Option<Instant>,
}

impl Timer {
    /// Has the task woken at this point, or before. Returns whether that is now.
    pub(super) fn poll(&mut self, now: Instant, at: Option<Instant>, cx: &mut Context<'_>) -> bool {
        // Set to a point that means nothing any more, it wakes the task once for nothing.
        let Some(at) = at else { return false };
        let at = at.max(now.after(NAP_MIN)).min(now.after(NAP_MAX));
        if self.set_to.is_none_or(|set_to| set_to > at || set_to <= now) {
            self.set(now, at);
        }
        if self.is_pending(cx) {
            return false;
        }
        // It was set to an earlier point on a clock that has drifted since.
        self.set(now, at);
        !self.is_pending(cx)
    }

    fn set(&mut self, now: Instant, at: Instant) {
        self.set_to = Some(at);
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
