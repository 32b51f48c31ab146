//! Owns the store that the electors of a world share: linearizable, and as forgetful as a real one.

use relink_core::Millis;
use relink_core::elector::{Reply, Token};

/// By what a request finds what an earlier one of its series has done: the process, its run, the series.
pub(crate) type Mark = (usize, u32, u32);

/// What is asked of the store.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ask {
    Acquire,
    /// With the revision that was last confirmed.
    Renew(u64),
    /// Of the lease that this series has created.
    Release(u32),
}

#[derive(Clone, Copy, Debug)]
struct Lease {
    mark: Mark,
    /// The series that has created it.
    series: u32,
    token: Token,
    revision: u64,
    /// True time.
    until: u64,
}

/// One lease, in true time.
pub(crate) struct Store {
    lease: u64,
    held: Option<Lease>,
    revisions: u64,
}

/// What the store answers, and what it did.
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    /// The revision that the lease has now, if it is the asker's.
    pub(crate) revision: u64,
    /// Whether the lease was given back.
    pub(crate) freed: bool,
}

impl Store {
    pub(crate) fn new(lease: Millis) -> Self {
        Self { lease: u64::from(lease.get()), held: None, revisions: 0 }
    }

    pub(crate) fn ask(&mut self, now: u64, mark: Mark, ask: Ask) -> Answer {
        self.held = self.held.filter(|held| held.until > now);
        match (ask, self.held) {
            (Ask::Acquire, None) => {
                let token = Token::new(self.revisions + 1);
                self.writes(now, mark, mark.2, token)
            }
            (Ask::Renew(revision), Some(held)) if held.revision == revision => self.writes(now, mark, held.series, held.token),
            (Ask::Acquire | Ask::Renew(_), Some(held)) if held.mark == mark => {
                Answer { reply: Reply::Found(held.token), revision: held.revision, freed: false }
            }
            (Ask::Release(series), Some(held)) if (held.mark.0, held.mark.1, held.series) == (mark.0, mark.1, series) => {
                self.held = None;
                self.revisions += 1;
                Answer { reply: Reply::Granted(held.token), revision: 0, freed: true }
            }
            (Ask::Acquire | Ask::Renew(_) | Ask::Release(_), held) => {
                let left = held.map_or(0, |held| held.until - now);
                Answer { reply: Reply::Refused(Millis::new(left as u32)), revision: 0, freed: false }
            }
        }
    }

    fn writes(&mut self, now: u64, mark: Mark, series: u32, token: Token) -> Answer {
        self.revisions += 1;
        let revision = self.revisions;
        self.held = Some(Lease { mark, series, token, revision, until: now + self.lease });
        Answer { reply: Reply::Granted(token), revision, freed: false }
    }
}
