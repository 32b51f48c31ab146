//! Owns what an elector's requests are to an engine, and what the engine's answers are to the elector.
//!
//! A read may be old, so it decides nothing alone: it says what to write, or that somebody holds the lease. Whatever leaves a doubt is
//! [`Reply::Unknown`]: asked again, it does no harm.

use relink_core::Millis;

use super::{Reply, Request, Token};
use crate::{Cell, Engine, Fault, Group, Holder, Leader, Record, Refused};

/// One candidate's way to one lease.
#[derive(Clone, Debug)]
pub(super) struct Ballot<E> {
    pub(super) engine: E,
    pub(super) group: Group,
    pub(super) holder: Holder,
}

/// A lease of ours, as the engine last confirmed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) token: Token,
    pub(super) lease: Request,
    pub(super) revision: u64,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) reply: Reply,
    /// The lease that is ours by it.
    pub(super) held: Option<Held>,
    /// The cell, where it was read.
    pub(super) seen: Option<Cell>,
    /// Why nothing is known.
    pub(super) fault: Option<Fault>,
}

const REFUSED: Reply = Reply::Refused(Millis::ZERO);

impl<E: Engine> Ballot<E> {
    /// Creates the lease if there is none; or, if it may not, looks only.
    pub(super) async fn acquire(self, series: Request, may: bool) -> Answer {
        let cell = match self.engine.read(&self.group).await {
            Ok(cell) => cell,
            Err(fault) => return Answer::unknown(fault),
        };
        let Some(expected) = free(&cell) else { return self.of_acquire(cell, series) };
        if !may {
            return Answer::of(REFUSED, Some(cell));
        }
        let record = Record { holder: self.holder.clone(), token: None, lease: series, series };
        match self.engine.write(&self.group, expected, Some(&record)).await {
            Ok(revision) => {
                let token = Token::new(revision);
                Answer::held(Reply::Granted(token), Held { token, lease: series, revision })
            }
            // Another was faster, or an earlier request of this series was.
            Err(Refused::Conflict) => match self.engine.read(&self.group).await {
                Ok(cell) => self.of_acquire(cell, series),
                Err(fault) => Answer::unknown(fault),
            },
            Err(Refused::Fault(fault)) => Answer::unknown(fault),
        }
    }

    /// Prolongs the lease if it is as it was last confirmed.
    pub(super) async fn renew(self, held: Held, series: Request) -> Answer {
        let record = Record { holder: self.holder.clone(), token: Some(held.token), lease: held.lease, series };
        match self.engine.write(&self.group, held.revision, Some(&record)).await {
            Ok(revision) => Answer::held(Reply::Granted(held.token), Held { revision, ..held }),
            Err(Refused::Conflict) => match self.engine.read(&self.group).await {
                Ok(cell) => self.of_renewal(cell, held, series),
                Err(fault) => Answer::unknown(fault),
            },
            Err(Refused::Fault(fault)) => Answer::unknown(fault),
        }
    }

    /// Gives the lease back, if it is still that one.
    pub(super) async fn release(self, held: Option<Held>, lease: Request) -> Answer {
        if let Some(held) = held.filter(|held| held.lease == lease) {
            match self.engine.write(&self.group, held.revision, None).await {
                Ok(_) => return Answer::of(Reply::Granted(held.token), None),
                // A renewal was stored whose answer was not heard, or it is gone.
                Err(Refused::Conflict) => {}
                Err(Refused::Fault(fault)) => return Answer::unknown(fault),
            }
        }
        let cell = match self.engine.read(&self.group).await {
            Ok(cell) => cell,
            Err(fault) => return Answer::unknown(fault),
        };
        let Some(token) = cell.leader().filter(|_| self.is_ours(&cell, lease)).map(|leader| leader.token) else {
            return Answer::of(REFUSED, Some(cell));
        };
        match self.engine.write(&self.group, cell.revision, None).await {
            Ok(_) => Answer::of(Reply::Granted(token), None),
            Err(Refused::Conflict) => Answer::of(Reply::Unknown, None),
            Err(Refused::Fault(fault)) => Answer::unknown(fault),
        }
    }

    fn of_acquire(&self, cell: Cell, series: Request) -> Answer {
        match cell.leader() {
            Some(Leader { token, .. }) if self.is_ours(&cell, series) && is_of(&cell, series) => {
                Answer::held(Reply::Found(token), Held { token, lease: series, revision: cell.revision })
            }
            Some(_) => Answer::of(REFUSED, Some(cell)),
            // Read too early, or it has ended meanwhile: what became of the request cannot be told.
            None => Answer::of(Reply::Unknown, Some(cell)),
        }
    }

    fn of_renewal(&self, cell: Cell, held: Held, series: Request) -> Answer {
        let is_newer = cell.revision > held.revision;
        if is_newer && self.is_ours(&cell, held.lease) && is_of(&cell, series) {
            return Answer::held(Reply::Found(held.token), Held { revision: cell.revision, ..held });
        }
        if is_newer && !self.is_ours(&cell, held.lease) {
            return Answer::of(REFUSED, Some(cell));
        }
        // Older than what was confirmed, or nothing at all: read too early, perhaps.
        Answer::of(Reply::Unknown, Some(cell))
    }

    /// Whether this very lease of this very holder stands there.
    fn is_ours(&self, cell: &Cell, lease: Request) -> bool {
        cell.record.as_ref().is_some_and(|record| record.holder == self.holder && record.lease == lease)
    }
}

impl Answer {
    const fn of(reply: Reply, seen: Option<Cell>) -> Self {
        Self { reply, held: None, seen, fault: None }
    }

    const fn held(reply: Reply, held: Held) -> Self {
        Self { reply, held: Some(held), seen: None, fault: None }
    }

    pub(super) const fn unknown(fault: Fault) -> Self {
        Self { reply: Reply::Unknown, held: None, seen: None, fault: Some(fault) }
    }
}

/// What to expect where nobody holds the lease.
const fn free(cell: &Cell) -> Option<u64> {
    if cell.record.is_none() { Some(cell.revision) } else { None }
}

fn is_of(cell: &Cell, series: Request) -> bool {
    cell.record.as_ref().is_some_and(|record| record.series == series)
}

#[cfg(test)]
mod tests;
