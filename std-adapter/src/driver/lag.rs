//! What could not be told in time: what happened, in its order, less what has become history meanwhile.

use relink_core::Attempt;

use crate::events::Event;

/// What happened while even the reserve was used up. Ten events at most, however long it lasts: what changed for the user since
/// the last event that was told, the latest attempt that ended after that, and what is now.
pub(super) struct Lag<M> {
    /// The link was up by the last event that was told, and has not been down since.
    told_up: bool,
    /// What follows what was told: up to the Down, if that was an Up.
    first: Vec<Event<M>>,
    /// The latest attempt that came after that and is over: a Failed, or all from Up to Down.
    latest: Vec<Event<M>>,
    /// What goes on: from Up.
    current: Vec<Event<M>>,
}

impl<M> Lag<M> {
    /// Nothing yet. `is_up`: by what was told.
    pub(super) const fn new(is_up: bool) -> Self {
        Self { told_up: is_up, first: Vec::new(), latest: Vec::new(), current: Vec::new() }
    }

    /// Returns how many events became history by this one.
    pub(super) fn add(&mut self, event: Event<M>) -> u32 {
        match event {
            Event::Up { .. } => {
                self.current.push(event);
                0
            }
            Event::Renewed { old, new } => self.renewed(old, new),
            Event::Failed { .. } if self.is_up() => {
                // A successor's: of several, the latest.
                let stay = self.stay();
                let left_out = left_out(stay.pop_if(|last| matches!(last, Event::Failed { .. })));
                stay.push(event);
                left_out
            }
            Event::Failed { .. } => self.is_over(vec![event]),
            Event::Down { .. } if self.told_up => {
                self.told_up = false;
                self.first.push(event);
                0
            }
            Event::Down { .. } => {
                let mut stay = std::mem::take(&mut self.current);
                stay.push(event);
                self.is_over(stay)
            }
            // It belongs to the attempt that has just ended.
            Event::GaveUp { .. } => {
                if self.latest.is_empty() {
                    self.first.push(event)
                } else {
                    self.latest.push(event)
                }
                0
            }
            // Messages are read only where there is room for them.
            Event::Message { .. } => 1,
        }
    }

    /// Another connection is current: as if it always had been; that successors failed before is history.
    fn renewed(&mut self, old: Attempt, new: Attempt) -> u32 {
        let stay = self.stay();
        let failed = left_out(stay.pop_if(|last| matches!(last, Event::Failed { .. })));
        match stay.last_mut() {
            Some(Event::Up { attempt } | Event::Renewed { new: attempt, .. }) => {
                *attempt = new;
                failed + 1
            }
            Some(Event::Down { .. } | Event::Failed { .. } | Event::Message { .. } | Event::GaveUp { .. }) | None => {
                stay.push(Event::Renewed { old, new });
                failed
            }
        }
    }

    /// An attempt is over, and the one before it is history.
    fn is_over(&mut self, attempt: Vec<Event<M>>) -> u32 {
        left_out(std::mem::replace(&mut self.latest, attempt))
    }

    /// What goes on while the link is up.
    fn stay(&mut self) -> &mut Vec<Event<M>> {
        if self.told_up { &mut self.first } else { &mut self.current }
    }

    /// Whether a connection came up, or became the current one, before all this: what it brings can be told first.
    pub(super) fn is_told(&self, attempt: Attempt) -> bool {
        let became_current = |event: &Event<M>| matches!(event, Event::Renewed { new, .. } if *new == attempt);
        self.told_up && !self.first.iter().any(became_current)
    }

    /// Whether the link is up.
    pub(super) const fn is_up(&self) -> bool {
        self.told_up || !self.current.is_empty()
    }

    pub(super) fn into_events(self) -> impl Iterator<Item = Event<M>> {
        self.first.into_iter().chain(self.latest).chain(self.current)
    }
}

fn left_out<M>(events: impl IntoIterator<Item = Event<M>>) -> u32 {
    u32::try_from(events.into_iter().count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use relink_core::Attempt;

    use super::Lag;
    use crate::Ending;
    use crate::events::Event;

    type Said = Event<()>;

    const fn up(number: u32) -> Said {
        Event::Up { attempt: Attempt::from_number(number) }
    }

    const fn down(number: u32) -> Said {
        Event::Down { attempt: Attempt::from_number(number), why: Ending::Eof, retry_at: None }
    }

    const fn failed(number: u32) -> Said {
        Event::Failed { attempt: Attempt::from_number(number), why: Ending::Eof, retry_at: None }
    }

    const fn renewed(old: u32, new: u32) -> Said {
        Event::Renewed { old: Attempt::from_number(old), new: Attempt::from_number(new) }
    }

    const GAVE_UP: Said = Event::GaveUp { why: Ending::Eof };

    fn word(event: &Said) -> String {
        match event {
            Event::Up { attempt } => format!("up {}", attempt.number()),
            Event::Down { attempt, .. } => format!("down {}", attempt.number()),
            Event::Failed { attempt, .. } => format!("failed {}", attempt.number()),
            Event::Renewed { old, new } => format!("renewed {} {}", old.number(), new.number()),
            Event::Message { .. } => "message".into(),
            Event::GaveUp { .. } => "gave up".into(),
        }
    }

    #[track_caller]
    fn tells(is_up: bool, happened: impl IntoIterator<Item = Said>, told: &[&str]) {
        let mut lag = Lag::new(is_up);
        let (mut all, mut left_out) = (0, 0);
        for event in happened {
            all += 1;
            left_out += lag.add(event);
        }
        let words: Vec<String> = lag.into_events().map(|event| word(&event)).collect();
        assert_eq!(words, told);
        assert_eq!(left_out as usize, all - told.len(), "what is left out is counted");
    }

    #[test]
    fn the_order_is_that_of_what_happened() {
        tells(true, [down(1), GAVE_UP, up(2)], &["down 1", "gave up", "up 2"]);
        tells(false, [failed(1), GAVE_UP, up(2)], &["failed 1", "gave up", "up 2"]);
        tells(true, [down(1), failed(2), GAVE_UP, up(3), failed(4)], &["down 1", "failed 2", "gave up", "up 3", "failed 4"]);
        tells(true, [failed(2), down(1), up(3)], &["failed 2", "down 1", "up 3"]);
        tells(true, [renewed(1, 2), failed(3), down(2)], &["renewed 1 2", "failed 3", "down 2"]);
        tells(false, [GAVE_UP, up(2), down(2), GAVE_UP, up(3)], &["gave up", "up 2", "down 2", "gave up", "up 3"]);
    }

    #[test]
    fn history_is_left_out_whole() {
        tells(false, [failed(1), failed(2), failed(3)], &["failed 3"]);
        tells(false, [failed(1), GAVE_UP, failed(2)], &["failed 2"]);
        tells(true, [down(1), up(2), down(2), up(3), failed(4), down(3), up(5)], &["down 1", "up 3", "failed 4", "down 3", "up 5"]);
        tells(true, [failed(2), failed(3), renewed(1, 4), renewed(4, 5)], &["renewed 1 5"]);
        tells(false, [up(1), failed(2), renewed(1, 3), failed(4)], &["up 3", "failed 4"]);
        tells(false, [up(1), down(1), GAVE_UP, failed(2), up(3)], &["failed 2", "up 3"]);
    }

    /// All that can happen next: to a link that is up with this attempt or down, while `number` attempts were made.
    fn nexts(current: Option<u32>, number: u32, last: Option<&Said>) -> Vec<Said> {
        let next = number + 1;
        match current {
            Some(current) => vec![failed(next), renewed(current, next), down(current)],
            None if matches!(last, Some(Event::Up { .. } | Event::Renewed { .. } | Event::GaveUp { .. })) => vec![up(next), failed(next)],
            None => vec![up(next), failed(next), GAVE_UP],
        }
    }

    /// The connection that is current after these, each of which follows from those before it, and the latest attempt.
    fn follow(is_up: bool, events: &[Said]) -> (Option<u32>, u32) {
        let (mut current, mut latest) = (is_up.then_some(1), u32::from(is_up));
        for (at, event) in events.iter().enumerate() {
            let (before, number) = (current, latest);
            match event {
                Event::Up { attempt } => (current, latest) = (Some(attempt.number()), attempt.number()),
                Event::Renewed { new, .. } => (current, latest) = (Some(new.number()), new.number()),
                Event::Failed { attempt, .. } => latest = attempt.number(),
                Event::Down { .. } => current = None,
                Event::GaveUp { .. } | Event::Message { .. } => {}
            }
            let words: Vec<String> = events.iter().map(word).collect();
            let follows = match event {
                Event::Up { .. } => before.is_none() && latest > number,
                Event::Renewed { old, .. } => before == Some(old.number()) && latest > number,
                Event::Failed { .. } => latest > number,
                Event::Down { attempt, .. } => before == Some(attempt.number()),
                Event::GaveUp { .. } => {
                    before.is_none() && (at == 0 || matches!(events[at - 1], Event::Failed { .. } | Event::Down { .. }))
                }
                Event::Message { .. } => false,
            };
            assert!(follows, "{words:?}");
        }
        (current, latest)
    }

    fn is_told_well(is_up: bool, history: &[Said]) {
        let mut lag = Lag::new(is_up);
        let left_out: u32 = history.iter().map(|event| lag.add(event.clone())).sum();
        let (current, _) = follow(is_up, history);
        assert_eq!(lag.is_up(), current.is_some());
        let told: Vec<Said> = lag.into_events().collect();
        assert_eq!(follow(is_up, &told).0, current);
        assert_eq!(told.len() + left_out as usize, history.len(), "what is left out is counted");
        // The latest is always told, but that a renewal may be told as the Up of what is current now.
        let last = history.last().filter(|last| !matches!(last, Event::Renewed { .. }));
        assert!(told.len() <= 10 && last.is_none_or(|last| told.last().is_some_and(|told| word(told) == word(last))));
    }

    #[test]
    fn whatever_happens_is_told_in_order_in_pairs_and_in_short() {
        for is_up in [true, false] {
            let mut histories: Vec<Vec<Said>> = vec![Vec::new()];
            for _ in 0..9 {
                let longer = |history: Vec<Said>| {
                    let (current, number) = follow(is_up, &history);
                    let nexts = nexts(current, number, history.last());
                    nexts.into_iter().map(move |next| [history.clone(), vec![next]].concat())
                };
                histories = histories.into_iter().flat_map(longer).collect();
                histories.iter().for_each(|history| is_told_well(is_up, history));
            }
            assert!(histories.len() > 5000, "{}", histories.len());
        }
    }
}
