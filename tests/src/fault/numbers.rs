//! Owns the count of numbered messages that all connections of a server share, to see whether one was lost.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long a number waits for a connection to go out on before it is lost.
const KEPT: Duration = Duration::from_millis(100);

/// The numbered message with this number.
#[must_use]
pub fn number_text(number: u64) -> String {
    format!(r#"{{"type":"number","number":{number}}}"#)
}

/// The number in a numbered message; `None` if it is another message.
#[must_use]
pub fn number_in(text: &str) -> Option<u64> {
    text.strip_prefix(r#"{"type":"number","number":"#)?.strip_suffix('}')?.parse().ok()
}

/// What became of the numbers so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// The numbers that were written to a connection, in that order: number and connection.
    pub written: Vec<(u64, usize)>,
    /// The numbers that no connection was there for.
    pub lost: Vec<u64>,
}

impl Numbers {
    /// The numbers that fell due and are not among those the client has.
    #[must_use]
    pub fn missing(&self, received: &[u64]) -> Vec<u64> {
        let received: BTreeSet<u64> = received.iter().copied().collect();
        let due: BTreeSet<u64> = self.written.iter().map(|(number, _)| *number).chain(self.lost.iter().copied()).collect();
        due.difference(&received).copied().collect()
    }
}

/// Hands each number, as it falls due, to one of the connections that are there, in turn.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counter(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    next: u64,
    due: Option<Instant>,
    every: Duration,
    takers: Vec<usize>,
    numbers: Numbers,
    ended: bool,
}

impl Counter {
    /// Counts the connection among those that numbers go to, until the returned value is dropped.
    pub(crate) fn join(&self, connection: usize, every: Duration, now: Instant) -> Taker {
        self.with(|state| {
            state.give_up(now);
            state.every = every.max(Duration::from_millis(1));
            if !state.ended {
                state.due.get_or_insert(now + state.every);
            }
            state.takers.push(connection);
        });
        Taker { counter: self.clone(), connection }
    }

    /// From now on no number falls due.
    pub(crate) fn end(&self, now: Instant) {
        self.with(|state| {
            state.give_up(now);
            (state.due, state.ended) = (None, true);
        });
    }

    pub(crate) fn numbers(&self, now: Instant) -> Numbers {
        self.with(|state| {
            state.give_up(now);
            state.numbers.clone()
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One connection's part of the count.
#[derive(Debug)]
pub(crate) struct Taker {
    counter: Counter,
    connection: usize,
}

impl Taker {
    /// The next number, if one is due and it is this connection's turn. It counts as written.
    pub(crate) fn take(&self, now: Instant) -> Option<u64> {
        self.counter.with(|state| {
            let due = state.due.filter(|due| *due <= now)?;
            let turn = state.takers.get(state.next as usize % state.takers.len().max(1));
            let whose_turn_it_is_sleeps = now.duration_since(due) > state.every;
            if turn != Some(&self.connection) && !whose_turn_it_is_sleeps {
                return None;
            }
            let number = state.pass();
            state.numbers.written.push((number, self.connection));
            Some(number)
        })
    }

    /// When to ask again.
    pub(crate) fn ask_at(&self, now: Instant) -> Instant {
        self.counter.with(|state| match state.due {
            Some(due) if due > now => due,
            Some(_) | None => now + state.every / 2,
        })
    }
}

impl Drop for Taker {
    fn drop(&mut self) {
        self.counter.with(|state| state.takers.retain(|connection| *connection != self.connection));
    }
}

impl State {
    fn pass(&mut self) -> u64 {
        self.next += 1;
        self.due = self.due.map(|due| due + self.every);
        self.next
    }

    /// Numbers that waited too long for a connection are lost; with one there they are only late.
    fn give_up(&mut self, now: Instant) {
        while self.takers.is_empty() && self.due.is_some_and(|due| now.saturating_duration_since(due) > KEPT.max(2 * self.every)) {
            let number = self.pass();
            self.numbers.lost.push(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_millis(10);

    #[test]
    fn each_number_goes_to_one_connection_and_the_connections_take_turns() {
        let (counter, start) = (Counter::default(), Instant::now());
        let (one, two) = (counter.join(1, EVERY, start), counter.join(2, EVERY, start));
        assert_eq!((one.take(start), two.take(start)), (None, None));
        assert_eq!(one.ask_at(start), start + EVERY);
        for tick in 1..=4 {
            let now = start + tick * EVERY;
            assert!(one.take(now).is_some() ^ two.take(now).is_some());
        }
        assert_eq!(counter.numbers(start + 4 * EVERY).written, [(1, 1), (2, 2), (3, 1), (4, 2)]);
    }

    #[test]
    fn a_connection_that_sleeps_does_not_stop_the_count() {
        let (counter, start) = (Counter::default(), Instant::now());
        let (_asleep, awake) = (counter.join(1, EVERY, start), counter.join(2, EVERY, start));
        assert_eq!(awake.take(start + EVERY), None, "not its turn");
        assert_eq!(awake.take(start + 2 * EVERY + EVERY / 2), Some(1));
    }

    #[test]
    fn a_number_that_no_connection_is_there_for_is_lost() {
        let (counter, start) = (Counter::default(), Instant::now());
        let first = counter.join(1, EVERY, start);
        assert_eq!(first.take(start + EVERY), Some(1));
        drop(first);
        let back = start + Duration::from_millis(500);
        let second = counter.join(2, EVERY, back);
        // 2 to 39 fell due more than 100 ms ago.
        assert_eq!(second.take(back), Some(40));
        let numbers = counter.numbers(back);
        assert_eq!(numbers.lost, (2..=39).collect::<Vec<_>>());
        assert_eq!(numbers.missing(&[1, 40]), numbers.lost);
        assert_eq!(numbers.missing(&numbers.lost), [1, 40]);
    }

    #[test]
    fn a_number_that_is_late_on_a_connection_is_not_lost() {
        let (counter, start) = (Counter::default(), Instant::now());
        let only = counter.join(1, EVERY, start);
        let late = start + 50 * EVERY;
        assert_eq!(std::iter::from_fn(|| only.take(late)).collect::<Vec<_>>(), (1..=50).collect::<Vec<_>>());
        assert_eq!(counter.numbers(late).lost, [0; 0]);
    }

    #[test]
    fn after_the_end_no_number_falls_due() {
        let (counter, start) = (Counter::default(), Instant::now());
        let taker = counter.join(1, EVERY, start);
        assert_eq!(taker.take(start + EVERY), Some(1));
        counter.end(start + EVERY);
        let later = start + 100 * EVERY;
        assert_eq!((taker.take(later), counter.join(2, EVERY, later).take(later + EVERY)), (None, None));
        assert_eq!(counter.numbers(later + EVERY), Numbers { written: vec![(1, 1)], lost: vec![] });
    }

    #[test]
    fn a_numbered_message_is_recognised() {
        assert_eq!(number_in(&number_text(17)), Some(17));
        assert_eq!(number_in(r#"{"type":"hello"}"#), None);
    }
}
