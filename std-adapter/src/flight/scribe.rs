//! The wording of a record: steps as lines of a scenario, on the record's own clock.

use std::fmt::Write;
use std::time::SystemTime;

use relink_core::{Event, Instant, Link, Report};
use relink_notation::{Header, Left, Outcome, Said, Text};

use crate::Ending;
use crate::observe::Step;
use crate::wall::Wall;

/// Of the signs of life that may be left out, one in this time is written all the same.
const HEARD_EVERY_MILLIS: u64 = 1000;

pub(super) struct Scribe {
    every_heard: bool,
    heards_left_out: u64,
    page: Option<Page>,
}

/// What is known once the record has begun.
struct Page {
    /// The first step, on the link's clock: the record's beginning.
    origin: Instant,
    /// The link as the replay will have it after the last line.
    replayed: Link,
    /// The point from which the line to come is late.
    late_after: Option<Instant>,
    /// When the last sign of life was written.
    heard_at: Instant,
    /// A sign of life that is left out if the next one makes up for it.
    pending: Option<Entry>,
}

/// A step on the record's clock.
struct Entry {
    at: Instant,
    event: Event,
    roll: u32,
    outcome: Outcome,
    /// The link after it.
    link: Link,
}

impl Scribe {
    pub(super) const fn new(every_heard: bool) -> Self {
        Self { every_heard, heards_left_out: 0, page: None }
    }

    pub(super) const fn heards_left_out(&self) -> u64 {
        self.heards_left_out
    }

    /// The lines before the first step.
    pub(super) fn begin(&mut self, step: &Step<'_>) -> Option<String> {
        if self.page.is_some() {
            return None;
        }
        let config = *step.link.config();
        let origin = step.now;
        self.page = Some(Page { origin, replayed: Link::new(config), late_after: None, heard_at: Instant::ZERO, pending: None });
        let version = env!("CARGO_PKG_VERSION");
        let header = Text(Header { single: false, config });
        Some(format!("# Recorded by relink-tokio {version}; 0s is {}.\n{header}\n", Wall(SystemTime::now())))
    }

    /// The lines that this step completes: that of the step before, if it was held back, and its own, if it is not.
    pub(super) fn note(&mut self, step: &Step<'_>) -> (Option<String>, Option<String>) {
        let Some(page) = &mut self.page else { return (None, None) };
        let entry = page.entry(step);
        if self.every_heard || !matches!(entry.event, Event::Of(_, Report::Heard)) {
            let before = page.pending.take().map(|pending| page.line(&pending, None));
            return (before, Some(page.line(&entry, step.why)));
        }
        let Some(pending) = page.pending.take() else {
            page.pending = Some(entry);
            return (None, None);
        };
        let says_nothing = entry.link == pending.link;
        if says_nothing || page.is_made_up_for(&pending, &entry) {
            self.heards_left_out = self.heards_left_out.saturating_add(1);
            page.pending = Some(if says_nothing { pending } else { entry });
            return (None, None);
        }
        page.pending = Some(entry);
        (Some(page.line(&pending, None)), None)
    }

    /// The line that was held back.
    pub(super) fn finish(&mut self) -> Option<String> {
        let page = self.page.as_mut()?;
        let pending = page.pending.take()?;
        Some(page.line(&pending, None))
    }
}

impl Page {
    fn entry(&self, step: &Step<'_>) -> Entry {
        let clock = |at: Instant| if at == Instant::NEVER { at } else { Instant::from_millis(at.since(self.origin)) };
        let event = match step.event {
            Event::Drain(until, code) => Event::Drain(clock(until), code),
            Event::Start | Event::Stop(_) | Event::Timeout | Event::Of(..) => step.event,
        };
        let link = step.link.translated(clock, |attempt| attempt);
        Entry { at: clock(step.now), event, roll: step.roll, outcome: Outcome::of(&link, step.reaction), link }
    }

    /// Whether the link comes to be the same without the step before.
    fn is_made_up_for(&self, pending: &Entry, entry: &Entry) -> bool {
        let mut without = self.replayed;
        let reaction = without.step(entry.at, entry.roll, entry.event);
        let soon = entry.at.since(self.heard_at) < HEARD_EVERY_MILLIS || pending.at == entry.at;
        let in_time = self.late_after.is_none_or(|late_after| entry.at <= late_after);
        soon && in_time && without == entry.link && reaction == entry.outcome.reaction
    }

    fn line(&mut self, entry: &Entry, why: Option<&Ending>) -> String {
        let Entry { at, event, outcome, .. } = *entry;
        let mut plain = self.replayed;
        let reaction = plain.step(at, 0, event);
        let chance_matters = plain != entry.link || reaction != outcome.reaction;
        let roll = if chance_matters { entry.roll } else { 0 };
        let late = self.late_after.is_some_and(|late_after| at > late_after);
        self.replayed = entry.link;
        self.late_after = outcome.deadline.map(|deadline| deadline.max(at));
        if matches!(event, Event::Of(_, Report::Heard)) {
            self.heard_at = at;
        }
        let left = Text(Left { alternative: false, at, late, said: Said::Whole(event), roll }).to_string();
        let (state, action) = (Text(outcome.state).to_string(), Text(outcome.reaction).to_string());
        let mut line = format!("{left:<45} -> {state:<16}  {action:<13}  {}", Text(outcome.deadline));
        if let Some(why) = why {
            // A String takes all that is written to it.
            let _ = write!(line, "  # {}", Reason(why));
        }
        line.push('\n');
        line
    }
}

/// The reason behind a verdict without a word of the peer's.
struct Reason<'a>(&'a Ending);

impl std::fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let number = self.0.status().or_else(|| self.0.close_code().map(relink_core::CloseCode::get));
        f.write_str(self.0.label())?;
        number.map_or(Ok(()), |number| write!(f, " {number}"))
    }
}
