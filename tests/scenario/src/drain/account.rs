//! Owns the rules of the house for drains: an account of our own, kept from what happens and what is asked for alone.

use crate::HashSet;

use relink_core::drain::{Action, Event, Reaction, Tally};

use super::language::{Member, named};
use super::subject::Subject;
use crate::machine::Seen;

/// Who is there and was told what; how the others ended; whether it has begun, and is over.
#[derive(Default)]
struct Account {
    there: HashSet<Member>,
    told: HashSet<(&'static str, Member)>,
    tally: Tally,
    begun: bool,
    over: bool,
}

/// The first step that breaks a rule of the house, and the rule.
pub(super) fn broken(path: &[Seen<Subject>]) -> Option<(&Seen<Subject>, &'static str)> {
    let mut account = Account::default();
    let befores = core::iter::once(None).chain(path.iter().map(Some));
    path.iter().zip(befores).find_map(|(seen, before)| {
        let rule = account.book(seen).or_else(|| by_silence(before, seen));
        Some((seen, rule?))
    })
}

impl Account {
    fn book(&mut self, seen: &Seen<Subject>) -> Option<&'static str> {
        self.hear(seen.deed.event);
        let Reaction::Do(action) = seen.outcome.reaction else { return None };
        let (name, member) = named(action);
        let ended = member.is_some_and(|member| !self.there.contains(&member));
        let again = member.is_some_and(|member| !self.told.insert((name, member)));
        let rule = match action {
            Action::Refuse => core::mem::replace(&mut self.begun, true).then_some("new ones are refused twice"),
            Action::Farewell(_) | Action::Close(_) | Action::Force(_) if !self.begun => {
                Some("somebody is told before new ones are refused")
            }
            Action::Farewell(_) | Action::Close(_) | Action::Force(_) if ended => Some("somebody is told after the end"),
            Action::Farewell(_) | Action::Close(_) | Action::Force(_) if again => Some("somebody is told the same twice"),
            Action::Farewell(member) if self.told.contains(&("close", member)) => Some("a farewell comes after the Close"),
            Action::Force(member) => {
                self.there.remove(&member);
                self.tally.forced += u32::from(!self.over);
                None
            }
            Action::Farewell(_) | Action::Close(_) => None,
            Action::Drained(_) if core::mem::replace(&mut self.over, true) => Some("it is over twice"),
            Action::Drained(_) if !self.there.is_empty() => Some("it is over, and somebody is left"),
            Action::Drained(tally) => (tally != self.tally).then_some("those that have ended are not counted"),
        };
        rule.or((self.begun && !self.over && seen.outcome.deadline.is_none()).then_some("it is not over, and waits for nothing"))
    }

    fn hear(&mut self, event: Event<Member>) {
        match event {
            Event::Joined(member) if self.begun => {
                // Whoever had the number before has gone.
                let before = self.there.len();
                self.there.retain(|other| *other == member || usize::from(*other) != usize::from(member));
                self.tally.graceful += (before - self.there.len()) as u32;
                self.there.insert(member);
            }
            Event::Ended(member) => self.tally.graceful += u32::from(self.there.remove(&member)),
            Event::Dropped(member) => self.tally.forced += u32::from(self.there.remove(&member)),
            Event::Begin | Event::Joined(_) | Event::Force | Event::Timeout => {}
        }
    }
}

fn by_silence(before: Option<&Seen<Subject>>, seen: &Seen<Subject>) -> Option<&'static str> {
    let before = before.filter(|_| seen.outcome.reaction == Reaction::Ignored)?.outcome;
    let changed = (before.state, before.left, before.deadline) != (seen.outcome.state, seen.outcome.left, seen.outcome.deadline);
    changed.then_some("something is ignored and yet changes the drain")
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use relink_core::Instant;
    use relink_core::drain::{Action, Event, Reaction, State, Tally};

    use super::super::language::{Deed, Member};
    use super::super::subject::{Outcome, Subject};
    use super::broken;
    use crate::machine::Seen;

    const ONE: Member = Member::of(1);
    const OVER: Action<Member> = Action::Drained(Tally { graceful: 0, forced: 0 });

    /// What is said of these steps, had a drain done this.
    fn said(steps: &[(Event<Member>, Reaction<Member>, Option<u64>)]) -> Option<&'static str> {
        let seen = steps.iter().map(|(event, reaction, deadline)| {
            let outcome = Outcome { state: State::Idle, reaction: *reaction, left: 0, deadline: deadline.map(Instant::from_millis) };
            Seen { line: 1, at: Instant::ZERO, deed: Deed { event: *event, roll: 0 }, outcome }
        });
        let seen: Vec<Seen<Subject>> = seen.collect();
        broken(&seen).map(|(_, rule)| rule)
    }

    #[test]
    fn the_rules_of_the_house_are_kept_without_being_written() {
        let begin = (Event::Begin, Reaction::Do(Action::Refuse), Some(0));
        let joined = (Event::Joined(ONE), Reaction::Wait, Some(0));
        let ended = (Event::Ended(ONE), Reaction::Wait, Some(0));
        let told = |action| (Event::Timeout, Reaction::Do(action), Some(0));
        let one = Action::Drained(Tally { graceful: 1, forced: 0 });
        for (steps, rule) in [
            (vec![begin, begin], "new ones are refused twice"),
            (vec![joined, told(Action::Close(ONE))], "somebody is told before new ones are refused"),
            (vec![begin, joined, ended, told(Action::Close(ONE))], "somebody is told after the end"),
            (vec![begin, joined, told(Action::Force(ONE)), told(Action::Close(ONE))], "somebody is told after the end"),
            (vec![begin, joined, told(Action::Close(ONE)), told(Action::Close(ONE))], "somebody is told the same twice"),
            (vec![begin, joined, told(Action::Close(ONE)), told(Action::Farewell(ONE))], "a farewell comes after the Close"),
            (vec![begin, told(OVER), told(OVER)], "it is over twice"),
            (vec![begin, joined, told(OVER)], "it is over, and somebody is left"),
            (vec![begin, joined, ended, told(OVER)], "those that have ended are not counted"),
            (vec![begin, told(one)], "those that have ended are not counted"),
            (vec![(Event::Begin, Reaction::Do(Action::Refuse), None)], "it is not over, and waits for nothing"),
            (vec![begin, (Event::Timeout, Reaction::Ignored, Some(1))], "something is ignored and yet changes the drain"),
        ] {
            assert_eq!(said(&steps), Some(rule), "{steps:?}");
        }
        let whole = vec![begin, joined, told(Action::Farewell(ONE)), told(Action::Close(ONE)), ended, told(one)];
        assert_eq!(said(&whole), None);
    }
}
