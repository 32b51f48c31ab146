//! What an election tells about itself.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

use super::{State, Token};
use crate::{Fault, Holder, Leader};

/// Where an election is, as far as this process knows: to be shown, and to judge its health by. Not to act by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// What this process does.
    pub standing: Standing,
    /// Who leads, as it was last seen; `None`: nobody, or nobody was seen yet.
    pub leader: Option<Leader>,
    /// Why the engine did not answer the last request; `None`: it did.
    pub fault: Option<Fault>,
    /// Whether the engine has ever answered.
    pub has_answered: bool,
    /// The number of the wish that was heeded last.
    pub(super) heeded: u64,
}

/// What this process does in an election.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Takes no part.
    Idle,
    /// Would lead; another one does, or it has just asked.
    Candidate,
    /// Led and did not serve, or laid its lead down: lets others go first.
    Resting,
    /// Leads, with this token.
    Leading(Token),
    /// Ends this lead.
    SteppingDown(Token),
    /// Leads no more, and gives the lease back.
    Releasing,
}

/// What an election has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ElectionStats {
    /// Leads begun.
    pub leads: u64,
    /// Leads that were ended as planned: there was time to drain.
    pub step_downs: u64,
    /// Leads that were ended at once: the lease was lost, or its end was too near.
    pub halts: u64,
    /// Requests to the engine.
    pub requests: u64,
    /// Requests whose outcome is not known: not answered in time, or with a fault.
    pub unknown: u64,
    /// Dials that failed in a lead's name.
    pub dial_failures: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) leads: AtomicU64,
    pub(super) step_downs: AtomicU64,
    pub(super) halts: AtomicU64,
    pub(super) requests: AtomicU64,
    pub(super) unknown: AtomicU64,
    pub(super) dial_failures: AtomicU64,
}

impl Counts {
    pub(super) fn count(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn snapshot(&self) -> ElectionStats {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ElectionStats {
            leads: get(&self.leads),
            step_downs: get(&self.step_downs),
            halts: get(&self.halts),
            requests: get(&self.requests),
            unknown: get(&self.unknown),
            dial_failures: get(&self.dial_failures),
        }
    }
}

/// Where the status is shown: those who look are told of changes only.
#[derive(Debug)]
pub(super) struct Board(watch::Sender<Status>);

impl Board {
    pub(super) fn new() -> (Self, watch::Receiver<Status>) {
        let idle = Status { standing: Standing::Idle, leader: None, fault: None, has_answered: false, heeded: 0 };
        let (board, status) = watch::channel(idle);
        (Self(board), status)
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Status)) {
        self.0.send_if_modified(|status| {
            let before = status.clone();
            change(status);
            *status != before
        });
    }

    /// A request was answered, or not; who leads is told where that was seen.
    pub(super) fn answered(&self, fault: Option<Fault>, seen: Option<Option<Leader>>) {
        self.change(|status| {
            status.has_answered |= fault.is_none();
            status.fault = fault;
            if let Some(leader) = seen {
                status.leader = leader;
            }
        });
    }

    pub(super) fn stands(&self, standing: Standing, holder: &Holder) {
        self.change(|status| {
            let was_releasing = status.standing == Standing::Releasing && standing != Standing::Releasing;
            status.standing = standing;
            match standing {
                Standing::Leading(token) => status.leader = Some(Leader { holder: holder.clone(), token }),
                Standing::Idle | Standing::Candidate | Standing::Resting if was_releasing => {
                    status.leader = status.leader.take().filter(|leader| leader.holder != *holder);
                }
                Standing::Idle | Standing::Candidate | Standing::Resting | Standing::SteppingDown(_) | Standing::Releasing => {}
            }
        });
    }
}

impl Standing {
    pub(super) const fn of(state: &State) -> Self {
        match state {
            State::Idle => Self::Idle,
            State::Waiting { .. } | State::Asking { .. } | State::Unsure { .. } => Self::Candidate,
            State::Resting { .. } => Self::Resting,
            State::Leading(lead) => Self::Leading(lead.token),
            State::Draining(draining) => Self::SteppingDown(draining.token),
            State::Releasing(_) => Self::Releasing,
        }
    }
}
