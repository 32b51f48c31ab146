//! Owns one partition's course in one worker: wanted, led, worked on, given back.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

use super::floor::Floor;
use super::shift::{Ends, Shift};
use super::{Counts, Handler};
use crate::{Consumer, Election, Engine, Fault, Hold, Lead, Unanswered};

/// Whether a worker is to have a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// No. If it has it, it gives it back.
    No,
    /// Yes.
    Yes,
    /// Never again: what is in hand is finished by then.
    End(Instant),
}

/// One partition.
pub(super) struct Partition<E, H> {
    pub(super) engine: E,
    pub(super) number: u16,
    pub(super) election: Election,
    pub(super) floor: Arc<Floor<H>>,
    pub(super) wanted: watch::Receiver<Want>,
}

const PAUSE: Duration = Duration::from_millis(250);

impl<E: Engine, H: Handler> Partition<E, H> {
    pub(super) async fn run(mut self) {
        loop {
            match self.want() {
                Want::Yes => self.election.start(),
                Want::No => self.election.stop().await,
                Want::End(deadline) => {
                    // Longer than that nobody waits for an engine that does not answer: the lease ends by itself.
                    let _ = timeout_at(deadline + self.engine.settings().request_timeout, self.election.stop()).await;
                    return;
                }
            }
            tokio::select! {
                biased;
                _ = self.wanted.changed() => {}
                Some(lead) = self.election.elected() => self.lead(lead).await,
            }
        }
    }

    /// What the worker wants; that it ends, where there is none any more.
    fn want(&mut self) -> Want {
        let is_gone = self.wanted.has_changed().is_err();
        let want = *self.wanted.borrow_and_update();
        if is_gone && !matches!(want, Want::End(_)) { Want::End(Instant::now()) } else { want }
    }

    async fn lead(&mut self, lead: Lead) {
        let hold = lead.hold();
        let opened = {
            let mut wanted = self.wanted.clone();
            tokio::select! {
                biased;
                _ = hold.stepping_down() => None,
                _ = wanted.wait_for(|want| *want != Want::Yes) => None,
                opened = self.open() => Some(opened),
            }
        };
        let mut ends = if *self.wanted.borrow() == Want::Yes { Ends::Led } else { Ends::Unwanted };
        if let Some((consumer, unanswered)) = opened {
            lead.serving();
            Counts::count(&self.floor.counts.taken);
            tracing::info!(partition = self.number, token = hold.token().get(), left = unanswered.count, "partition taken");
            let shift = Shift::new(self.engine.settings(), self.floor.clone(), hold.clone(), unanswered);
            self.floor.counts.partitions.fetch_add(1, Ordering::Relaxed);
            ends = shift.run(consumer, &mut self.wanted).await;
            self.floor.counts.partitions.fetch_sub(1, Ordering::Relaxed);
            tracing::info!(partition = self.number, token = hold.token().get(), "partition left");
        }
        self.give_back(lead, &hold, ends).await;
    }

    /// Where it is this worker that wants no more, that is said first: to drop a lead that nobody asked to end means something else.
    async fn give_back(&mut self, lead: Lead, hold: &Hold, ends: Ends) {
        if ends == Ends::Led || !hold.is_valid() {
            return drop(lead);
        }
        let ended = async {
            lead.stepping_down().await;
            drop(lead);
        };
        let until = Instant::now() + self.engine.settings().lease;
        let _ = timeout_at(until, async { tokio::join!(self.election.stop(), ended) }).await;
    }

    /// Reads the partition, as its only reader; tried until it succeeds.
    async fn open(&self) -> (E::Consumer, Unanswered) {
        // Part of a take-over that failed may have happened, and is counted as a delivery: not too often.
        let again = self.engine.settings().asked_for();
        loop {
            let opened = async {
                let mut consumer = self.engine.consume(self.number).await.map_err(|fault| (fault, PAUSE))?;
                let unanswered = consumer.take_over(&BTreeSet::new()).await.map_err(|fault| (fault, again))?;
                Ok((consumer, unanswered))
            };
            match opened.await {
                Ok(opened) => return opened,
                Err::<_, (Fault, Duration)>((fault, pause)) => {
                    tracing::warn!(partition = self.number, %fault, "the partition cannot be read; once more");
                    sleep(pause).await;
                }
            }
        }
    }
}
