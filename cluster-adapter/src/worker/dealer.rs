//! Owns a worker's part: it says that it is there, looks who else is, and wants the partitions that are dealt to it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::Counts;
use super::partition::Want;
use super::share::share;
use crate::{Cell, Engine, Fault, Group, Holder};

pub(super) struct Dealer<E> {
    pub(super) engine: E,
    pub(super) group: Group,
    pub(super) holder: Holder,
    /// Each partition's lease, and who is told whether it is wanted.
    pub(super) partitions: Box<[(Group, watch::Sender<Want>)]>,
    pub(super) counts: Arc<Counts>,
}

/// A member says so often in the time of a lease that it is there.
const ANNOUNCED: u32 = 5;

impl<E: Engine> Dealer<E> {
    /// Until the worker ends: then every partition is told by when.
    pub(super) async fn run(self, mut ends: watch::Receiver<Option<Instant>>) {
        let dealing = async {
            tokio::join!(self.announce(), self.deal());
        };
        let deadline = tokio::select! {
            () = dealing => None,
            ends = ends.wait_for(Option::is_some) => ends.ok().and_then(|ends| *ends),
        };
        let deadline = deadline.unwrap_or_else(Instant::now);
        self.counts.is_draining.store(true, Ordering::Relaxed);
        for (_, wanted) in &self.partitions {
            wanted.send_replace(Want::End(deadline));
        }
        // The others may count without it from now on; if this is not heard, they do when its word has lapsed.
        let withdrawn = timeout(self.engine.settings().request_timeout, self.engine.withdraw(&self.group, &self.holder));
        if !matches!(withdrawn.await, Ok(Ok(()))) {
            tracing::debug!(group = %self.group, "not heard that this worker goes");
        }
    }

    async fn announce(&self) {
        let settings = self.engine.settings();
        loop {
            let pause = match self.engine.announce(&self.group, &self.holder).await {
                Ok(()) => settings.lease / ANNOUNCED,
                Err(fault) => {
                    tracing::debug!(group = %self.group, %fault, "not heard that this worker is there");
                    settings.poll()
                }
            };
            sleep(pause).await;
        }
    }

    async fn deal(&self) {
        let mut before: Box<[bool]> = self.partitions.iter().map(|_| false).collect();
        loop {
            match self.part().await {
                Ok(part) => {
                    self.counts.due.store(part.iter().filter(|is_mine| **is_mine).count() as u64, Ordering::Relaxed);
                    self.tell(&part, &before);
                    self.counts.is_answered.store(true, Ordering::Relaxed);
                    before = part;
                }
                // What was wanted is wanted on.
                Err(fault) => {
                    tracing::debug!(group = %self.group, %fault, "looking who is there");
                    self.counts.is_answered.store(false, Ordering::Relaxed);
                }
            }
            sleep(self.pause()).await;
        }
    }

    /// Which partitions are this worker's part, as far as can be seen.
    async fn part(&self) -> Result<Box<[bool]>, Fault> {
        let cells = try_join_all(self.partitions.iter().map(|(lease, _)| self.engine.read(lease)));
        let (members, cells) = tokio::try_join!(self.engine.members(&self.group), cells)?;
        let mut members = members;
        members.insert(self.holder.clone());
        let owners: Vec<_> = cells.iter().map(|cell| Cell::leader(cell).map(|leader| leader.holder)).collect();
        Ok(share(&members, &owners).iter().map(|member| *member == Some(&self.holder)).collect())
    }

    /// Given up is only what two looks in a row say is another's: one of them may have been old.
    fn tell(&self, part: &[bool], before: &[bool]) {
        for (((_, wanted), is_mine), was_mine) in self.partitions.iter().zip(part).zip(before) {
            let want = if *is_mine || *was_mine { Want::Yes } else { Want::No };
            wanted.send_if_modified(|wanted| std::mem::replace(wanted, want) != want);
        }
    }

    fn pause(&self) -> Duration {
        let poll = self.engine.settings().poll();
        poll.mul_f64(0.8 + 0.4 * fastrand::f64())
    }
}
