//! Owns the end of a shift: what is begun is finished in its time, the rest goes back at once, and nothing is said of what may be another's.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::settle::Answer;
use super::shift::Shift;
use super::{Counts, Handler};
use crate::{Consumer, Delivery};

/// A job that was stopped ends at its next await. One that has none is not waited for longer than that.
const STOPPING: Duration = Duration::from_secs(1);
/// For answers that are under way when the time is over.
const LAST_WORDS: Duration = Duration::from_secs(2);

impl<D: Delivery, H: Handler> Shift<D, H> {
    pub(super) async fn end<C: Consumer>(&mut self, consumer: C, deadline: Instant) {
        let hold = self.hold.clone();
        let waiting = self.keys.take_all();
        tokio::select! {
            biased;
            () = hold.halted() => {}
            closed = timeout_at(deadline.max(Instant::now() + LAST_WORDS), consumer.close()) => {
                if !matches!(closed, Ok(Ok(()))) {
                    tracing::debug!(?closed, "what was fetched ahead comes again by itself");
                }
            }
        }
        if hold.is_valid() {
            waiting.into_keys().for_each(|sequence| self.hand_back(sequence));
        }
        tokio::select! {
            biased;
            () = hold.halted() => {}
            () = sleep_until(deadline) => {}
            () = self.finish() => {}
        }
        self.stop_jobs().await;
        // Where the lead is over, whoever has the partition now takes it from here.
        if hold.is_valid() {
            let left: Vec<_> = self.hand.iter().filter(|(_, in_hand)| !in_hand.is_answered).map(|(sequence, _)| *sequence).collect();
            left.into_iter().for_each(|sequence| self.hand_back(sequence));
        }
        let until = Instant::now() + LAST_WORDS;
        while let Ok(Some(settled)) = timeout_at(until, self.answers.next()).await {
            self.settled(settled);
        }
        self.floor.counts.unsettled.fetch_add(self.answers.len() as u64, Ordering::Relaxed);
    }

    fn hand_back(&mut self, sequence: u64) {
        Counts::count(&self.floor.counts.handed_back);
        self.answer(sequence, Answer::Back);
    }

    /// Until every job that was begun is over.
    async fn finish(&mut self) {
        while !self.jobs.is_empty() {
            tokio::select! {
                Some(over) = self.jobs.join_next() => self.over(over.ok()),
                Some(settled) = self.answers.next(), if !self.answers.is_empty() => self.settled(settled),
                Some(()) = self.signs.next(), if !self.signs.is_empty() => {}
                () = sleep_until(self.signs_due) => self.show_signs(Instant::now()),
            }
        }
    }

    async fn stop_jobs(&mut self) {
        self.jobs.abort_all();
        let until = Instant::now() + STOPPING;
        while let Ok(Some(over)) = timeout_at(until, self.jobs.join_next()).await {
            if over.is_err() {
                Counts::count(&self.floor.counts.abandoned);
            }
            self.over(over.ok());
        }
    }
}
