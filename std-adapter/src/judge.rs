//! The order in which an ending is judged: the user, the protocol, the table; and the user's own delays.

use std::time::Duration;

use relink_core::{Millis, Verdict};

use crate::{Ending, Transport, classify};

/// The user's own opinions.
#[derive(Default)]
pub(crate) struct Judge {
    pub(crate) verdict: Option<Box<VerdictFn>>,
    pub(crate) delay: Option<Box<DelayFn>>,
}

pub(crate) type VerdictFn = dyn Fn(&Ending) -> Option<Verdict> + Send;
pub(crate) type DelayFn = dyn Fn(u32, &Ending, u32) -> Option<Duration> + Send;

impl Judge {
    pub(crate) const fn is_silent(&self) -> bool {
        self.verdict.is_none() && self.delay.is_none()
    }
}

/// What an ending means after so many `failures` in a row, by this `roll`.
pub(crate) fn verdict<T: Transport>(judge: Option<&Judge>, transport: &T, ending: &Ending, failures: u32, roll: u32) -> Verdict {
    let user = judge.and_then(|judge| judge.verdict.as_ref()).and_then(|verdict| verdict(ending));
    let verdict = user.or_else(|| transport.verdict(ending)).unwrap_or_else(|| classify::verdict(ending));
    let delay = judge.and_then(|judge| judge.delay.as_ref());
    match (verdict, delay) {
        // Where the peer or the user named a time, or there is to be no next attempt, the curve has no say.
        (Verdict::Retry, Some(delay)) => match delay(failures, ending, roll) {
            Some(delay) => Verdict::RetryIn(Millis::from_duration(delay)),
            None => verdict,
        },
        (Verdict::Retry | Verdict::RetryAfter(_) | Verdict::RetryIn(_) | Verdict::Postpone(_), _) => verdict,
        (Verdict::Renew { .. } | Verdict::GiveUp, _) => verdict,
    }
}
