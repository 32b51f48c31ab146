//! The calls that wait for an answer: numbered, bounded, and over at once when their connection is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use relink_core::Attempt;
use tokio::sync::oneshot;

use super::call::CallError;
use super::response::Response;
use crate::ws::Message;
use crate::{Client, LinkState};

/// The calls on one link.
#[derive(Debug)]
pub(super) struct Calls {
    table: Mutex<Table>,
    pending_max: usize,
}

#[derive(Debug)]
struct Table {
    on: Option<On>,
    /// No number is used twice: a late answer from an old connection finds nobody.
    next: u64,
    pending: HashMap<u64, oneshot::Sender<Response>>,
    strays: u64,
}

/// The connection on which calls are made.
#[derive(Clone, Debug)]
pub(super) struct On {
    pub(super) attempt: Attempt,
    pub(super) client: Option<Client<Message>>,
}

impl Calls {
    pub(super) fn new(pending_max: usize) -> Self {
        let table = Table { on: None, next: 0, pending: HashMap::new(), strays: 0 };
        Self { table: Mutex::new(table), pending_max: pending_max.max(1) }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection is up.
    pub(super) fn open(&self, on: On) {
        self.close();
        self.lock().on = Some(on);
    }

    /// The connection is over, or about to be: no answer will come any more.
    pub(super) fn close(&self) {
        let mut table = self.lock();
        let lost = (table.on.take(), std::mem::take(&mut table.pending));
        drop(table);
        // Who waits is woken without the lock.
        drop(lost);
    }

    /// Takes note of where the link is: a connection that only waits for its end answers nothing.
    pub(super) fn look(&self, state: LinkState) {
        let on = self.lock().on.as_ref().map(|on| on.attempt);
        let goes_on = match state {
            // Where nothing is noted, what is told of it has yet to be read.
            LinkState::Ready { attempt } | LinkState::Draining { attempt } => on.is_none_or(|on| on == attempt),
            LinkState::Idle => true,
            LinkState::Connecting { .. } | LinkState::Open { .. } | LinkState::Closing { .. } => false,
            LinkState::Backoff { .. } | LinkState::Shutdown { .. } => false,
        };
        if !goes_on {
            self.close();
        }
    }

    /// Begins a call on the connection that is up.
    pub(super) fn begin(self: &Arc<Self>) -> Result<(On, Call), CallError> {
        let (teller, answer) = oneshot::channel();
        let mut table = self.lock();
        let on = table.on.clone().ok_or(CallError::Down)?;
        if table.pending.len() >= self.pending_max {
            return Err(CallError::Full);
        }
        let number = table.next;
        table.next = table.next.wrapping_add(1);
        table.pending.insert(number, teller);
        drop(table);
        Ok((on, Call { calls: self.clone(), number, answer }))
    }

    /// An answer came in to the call with this number, if it has one.
    pub(super) fn answer(&self, number: Option<u64>, response: Response) {
        let mut table = self.lock();
        let waiting = number.and_then(|number| table.pending.remove(&number));
        table.strays = table.strays.saturating_add(u64::from(waiting.is_none()));
        drop(table);
        if let Some(waiting) = waiting {
            // Who has stopped waiting meanwhile does not want it.
            let _ = waiting.send(response);
        }
    }

    /// Calls that wait for an answer now.
    pub(super) fn pending(&self) -> usize {
        self.lock().pending.len()
    }

    /// Answers that nobody waited for.
    pub(super) fn strays(&self) -> u64 {
        self.lock().strays
    }
}

/// A call that waits for its answer. Dropped, it does not any more.
#[derive(Debug)]
pub(super) struct Call {
    calls: Arc<Calls>,
    pub(super) number: u64,
    answer: oneshot::Receiver<Response>,
}

impl Call {
    pub(super) async fn answered(mut self) -> Result<Response, CallError> {
        (&mut self.answer).await.map_err(|_| CallError::Lost)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.calls.lock().pending.remove(&self.number);
    }
}
