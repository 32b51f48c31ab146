//! Owns the words in which a link's events are told.

use relink_tokio::ws::Message;
use relink_tokio::{Ending, Event};
use tokio::time::Instant;

use super::paint::Tone;
use crate::wording::{Reasons, seconds};

/// Tells the events of one link.
#[derive(Debug, Default)]
pub(crate) struct Phrases {
    reasons: Reasons,
}

impl Phrases {
    /// How the event is told, if it is worth a line; `now` is when it came.
    pub(crate) fn of(&mut self, event: &Event<Message>, now: Instant) -> Option<(Tone, String)> {
        match event {
            Event::Up { attempt } => Some((Tone::Good, format!("up, attempt {}", attempt.number()))),
            Event::Down { why: Ending::Stopped, .. } => Some((Tone::Good, "stopped".to_owned())),
            Event::Down { why, retry_at, .. } => Some((Tone::Bad, format!("down: {}; {}", self.why(why), next(*retry_at, now)))),
            Event::Failed { attempt, why, retry_at } => {
                Some((Tone::Bad, format!("attempt {} failed: {}; {}", attempt.number(), self.why(why), next(*retry_at, now))))
            }
            Event::Renewed { old, new } => {
                Some((Tone::Good, format!("attempt {} took over from {}, which is still open", new.number(), old.number())))
            }
            Event::GaveUp { why } => Some((Tone::Bad, format!("given up: {}", self.why(why)))),
            Event::Message { .. } => None,
        }
    }

    fn why(&mut self, why: &Ending) -> String {
        self.reasons.of(why.to_string())
    }
}

fn next(retry_at: Option<Instant>, now: Instant) -> String {
    match retry_at {
        Some(at) => format!("next dial in {}", seconds(at.saturating_duration_since(now))),
        None => "no further dial".to_owned(),
    }
}
