//! Owns the words in which a link's events are told.

use relink_tokio::ws::Message;
use relink_tokio::{Ending, Event};
use tokio::time::Instant;

use super::measure::seconds;
use super::paint::Tone;

/// Tells the events of one link. What was said just before is not said again at length.
#[derive(Debug, Default)]
pub(crate) struct Phrases {
    reason: String,
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
        let reason = why.to_string();
        if reason == self.reason {
            return "as before".to_owned();
        }
        self.reason.clone_from(&reason);
        reason
    }
}

fn next(retry_at: Option<Instant>, now: Instant) -> String {
    match retry_at {
        Some(at) => format!("next dial in {}", seconds(at.saturating_duration_since(now))),
        None => "no further dial".to_owned(),
    }
}
