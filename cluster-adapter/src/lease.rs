//! Owns the lease: taken, renewed and given back by writes that expect a revision; never by what was read.

use tokio::time::{Duration, sleep};

use crate::{Engine, Group, Holder, Leader, LeaseError, Record, Refused, Request, Token};

/// One holder's way to one group's lease.
#[derive(Clone, Debug)]
pub struct Leases<E> {
    engine: E,
    group: Group,
    holder: Holder,
}

/// A lease that is held: for [`Settings::lease`](crate::Settings::lease) from the moment at which the call *began* that returned it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    token: Token,
    revision: u64,
}

/// Tells of each change of who leads.
#[derive(Debug)]
pub struct Watch<E> {
    leases: Leases<E>,
    seen: Option<Option<Leader>>,
}

impl Lease {
    /// The fencing token: the same for as long as the lease is renewed, larger than those of all holders before.
    #[must_use]
    pub const fn token(&self) -> Token {
        self.token
    }
}

impl<E: Engine> Leases<E> {
    /// This holder's way to this group's lease.
    pub const fn new(engine: E, group: Group, holder: Holder) -> Self {
        Self { engine, group, holder }
    }

    /// Takes the lease if nobody has it.
    ///
    /// It counts from when the call began. A lease that this holder won without hearing of it (the answer was lost) is taken up again.
    ///
    /// # Errors
    /// [`LeaseError::Held`] as long as somebody has it; otherwise a fault, and it may be won: ask again, or
    /// leave it to end by itself.
    pub async fn acquire(&self) -> Result<Lease, LeaseError> {
        let cell = self.engine.read(&self.group).await?;
        let token = match cell.leader() {
            Some(leader) if leader.holder == self.holder => Some(leader.token),
            Some(leader) => return Err(LeaseError::Held(leader)),
            None => None,
        };
        match self.write(cell.revision, token).await {
            Ok(revision) => Ok(Lease { token: token.unwrap_or(Token::new(revision)), revision }),
            Err(Refused::Conflict) => Err(self.beaten().await),
            Err(Refused::Fault(fault)) => Err(fault.into()),
        }
    }

    /// Prolongs the lease: it counts anew from when the call began.
    ///
    /// # Errors
    /// [`LeaseError::Lost`]: step down now. A fault: the lease holds on as it did before; ask again with the same.
    pub async fn renew(&self, lease: &Lease) -> Result<Lease, LeaseError> {
        let held = |revision| Lease { token: lease.token, revision };
        match self.write(lease.revision, Some(lease.token)).await {
            Ok(revision) => return Ok(held(revision)),
            Err(Refused::Fault(fault)) => return Err(fault.into()),
            Err(Refused::Conflict) => {}
        }
        // Either it is lost, or an earlier renewal was stored and its answer was not heard. Then it is prolonged from there.
        let cell = self.engine.read(&self.group).await?;
        match cell.leader() {
            Some(leader) if leader.holder == self.holder && leader.token == lease.token => {
                match self.write(cell.revision, Some(lease.token)).await {
                    Ok(revision) => Ok(held(revision)),
                    Err(Refused::Fault(fault)) => Err(fault.into()),
                    Err(Refused::Conflict) => Err(LeaseError::Lost(None)),
                }
            }
            other => Err(LeaseError::Lost(other)),
        }
    }

    /// Gives the lease back, so that nobody has to wait for its end. Only after everything that needs it has stopped.
    ///
    /// # Errors
    /// [`LeaseError::Lost`] if it was gone already; a fault if it is unknown: it ends by itself then.
    pub async fn release(&self, lease: Lease) -> Result<(), LeaseError> {
        match self.engine.write(&self.group, lease.revision, None).await {
            Ok(_) => Ok(()),
            Err(Refused::Fault(fault)) => Err(fault.into()),
            Err(Refused::Conflict) => Err(LeaseError::Lost(None)),
        }
    }

    /// Who leads, perhaps as it was a moment ago: to be shown, not to decide by.
    ///
    /// # Errors
    /// A fault of the engine's.
    pub async fn leader(&self) -> Result<Option<Leader>, crate::Fault> {
        Ok(self.engine.read(&self.group).await?.leader())
    }

    /// Tells of each change of who leads, from now on.
    #[must_use]
    pub fn watch(&self) -> Watch<E> {
        Watch { leases: self.clone(), seen: None }
    }

    async fn write(&self, expected: u64, token: Option<Token>) -> Result<u64, Refused> {
        let record = Record { holder: self.holder.clone(), token, lease: Request::new(1), series: Request::new(1) };
        self.engine.write(&self.group, expected, Some(&record)).await
    }

    /// Somebody was faster.
    async fn beaten(&self) -> LeaseError {
        match self.engine.read(&self.group).await {
            Ok(cell) => match cell.leader() {
                Some(leader) if leader.holder != self.holder => LeaseError::Held(leader),
                Some(_) | None => LeaseError::Lost(None),
            },
            Err(fault) => fault.into(),
        }
    }
}

impl<E: Engine> Watch<E> {
    /// Who leads, when that is another than at the last call; the first call answers at once. `None`: nobody.
    ///
    /// The end of a lease is seen by nobody but those who look: it is looked every [`Settings::poll`](crate::Settings::poll).
    ///
    /// # Errors
    /// A fault of the engine's; it can be asked again.
    pub async fn changed(&mut self) -> Result<Option<Leader>, crate::Fault> {
        loop {
            let leader = self.leases.leader().await?;
            if self.seen.as_ref() != Some(&leader) {
                self.seen = Some(leader.clone());
                return Ok(leader);
            }
            sleep(self.pause()).await;
        }
    }

    fn pause(&self) -> Duration {
        self.leases.engine.settings().poll()
    }
}
