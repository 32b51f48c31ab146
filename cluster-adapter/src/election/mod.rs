//! Who of several processes may do something, one at a time: the core's [`Elector`] on an [`Engine`].
//!
//! Every process takes part with an [`Election`]; whoever is [elected](Election::elected) gets a [`Lead`], and does what it does only
//! while that [is valid](Lead::is_valid).
//!
//! ```
//! use relink_cluster::{Election, Group, Holder, InProcess};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let election = Election::builder(InProcess::default(), Group::new("eu")?, Holder::new("pod-1")?).spawn();
//! # let stopper = election.clone();
//! while let Some(lead) = election.elected().await {
//!     println!("dial, with token {}", lead.token().get());
//!     lead.serving();
//! #   tokio::spawn({ let stopper = stopper.clone(); async move { stopper.stop().await } });
//!     let deadline = lead.stepping_down().await;
//!     println!("finish what is in hand until {deadline:?}");
//!     drop(lead); // Nothing is in hand any more: the lease is given back.
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is promised, and what is not
//!
//! - Not two [`Lead`]s of a group are valid at once, in all processes, while their clocks agree with the engine's better than [`Terms::margin`]
//!   over one lease. A process that was stopped or suspended sees that its lead is over before anything else, if it looks.
//! - No clock can hold back what was already under way when a process was stopped: that is what the [`Token`] is for.
//! - When a leader is killed, another leads as soon as the lease has ended: it is looked often then. When a leader stops as planned, the engine hints at
//!   it, and another leads at once; without the hint at the next poll ([`Terms::retry_every`], between half of it and all).
//! - While dialling fails, the lead stays for [`Terms::holding_max`]: whoever leads next would hardly fare better, and every change costs dials.
//!   Then the others get [`Terms::rest`] to take it. So it changes hands once per `holding_max` at most, and 0 means never.
//! - An engine that does not answer for less than the lease less margin and drain costs nothing; for longer, and the lead ends.

mod ballot;
mod builder;
mod driver;
mod lead;
mod several;
mod sight;
mod status;
#[cfg(test)]
mod tests;
mod timepiece;
mod vacancy;

pub use crate::driver::Driver;
pub use builder::Builder;
pub use lead::{Hold, Lead};
pub use relink_core::elector::Terms;
pub use several::{BadReceivers, Elections, Several};
pub use status::{ElectionStats, Standing, Status};

use relink_core::elector::{Action, Elector, Event, Reaction, Reply, Request, State, Token};

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, watch};

use self::status::Counts;
use crate::{Engine, Group, Holder};

/// Takes part in the election of one group. Clones are the same; when all are dropped, it stops as by [`Election::stop`].
#[derive(Clone, Debug)]
pub struct Election {
    wishes: watch::Sender<Wish>,
    status: watch::Receiver<Status>,
    shared: Arc<Shared>,
}

/// What the user wants.
#[derive(Clone, Copy, Debug, Default)]
struct Wish {
    number: u64,
    is_lead: bool,
}

/// What the handles and the driver share.
#[derive(Debug)]
struct Shared {
    group: Group,
    holder: Holder,
    /// A lead that nobody has taken yet.
    lead: Mutex<Option<Lead>>,
    /// A holder of a lead has told something.
    stirs: Arc<Notify>,
    counts: Counts,
}

impl Election {
    /// Of this group, as this holder: one that no other election of the group has, in any process.
    pub const fn builder<E: Engine>(engine: E, group: Group, holder: Holder) -> Builder<E> {
        Builder::new(engine, group, holder)
    }

    /// Waits until this process leads. `None`: it takes no part, or not any more. Dropping the future loses nothing; of several, one gets the lead.
    pub async fn elected(&self) -> Option<Lead> {
        let mut status = self.status.clone();
        loop {
            let is_idle = status.borrow_and_update().is_idle(self.wish());
            if let Some(lead) = self.shared.take_lead() {
                return Some(lead);
            }
            if is_idle || status.changed().await.is_err() {
                return None;
            }
        }
    }

    /// Takes part, from now on.
    pub fn start(&self) {
        self.wants(true);
    }

    /// Takes part no more. A lead is asked to step down and has [`Terms::drain`] at most, then its lease is given back; this returns as soon as
    /// that is done, or was tried for [`Terms::lease`].
    pub async fn stop(&self) {
        self.wants(false);
        let (mut status, wish) = (self.status.clone(), self.wish());
        // The driver is gone, and nothing leads.
        let _ = status.wait_for(|status| status.is_idle(wish) || self.wish().number != wish.number).await;
    }

    /// Where it is, now and whenever that changes.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// What it has counted.
    #[must_use]
    pub fn stats(&self) -> ElectionStats {
        self.shared.counts.snapshot()
    }

    /// What is led.
    #[must_use]
    pub fn group(&self) -> &Group {
        &self.shared.group
    }

    /// As whom this process takes part.
    #[must_use]
    pub fn holder(&self) -> &Holder {
        &self.shared.holder
    }

    fn wish(&self) -> Wish {
        *self.wishes.borrow()
    }

    fn wants(&self, is_lead: bool) {
        self.wishes.send_if_modified(|wish| {
            let is_new = wish.is_lead != is_lead;
            if is_new {
                *wish = Wish { number: wish.number + 1, is_lead };
            }
            is_new
        });
    }
}

impl Status {
    /// Whether nothing comes of this wish any more.
    fn is_idle(&self, wish: Wish) -> bool {
        !wish.is_lead && self.heeded >= wish.number && self.standing == Standing::Idle
    }
}

impl Shared {
    fn take_lead(&self) -> Option<Lead> {
        self.lead.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put_lead(&self, lead: Lead) {
        *self.lead.lock().unwrap_or_else(PoisonError::into_inner) = Some(lead);
    }
}
