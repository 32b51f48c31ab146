//! Owns the account of what was worked on: by it a world is judged, and never by what a worker says of itself.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use relink_cluster::worker::Job;

/// What was begun, done, and stopped, by key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account(Arc<Mutex<Entries>>);

#[derive(Debug, Default)]
struct Entries {
    published: HashMap<String, Vec<String>>,
    /// The id that is worked on, and by whom.
    running: HashMap<String, (String, &'static str)>,
    done: BTreeMap<String, Vec<&'static str>>,
    /// What may be passed by: it is or will be a dead letter.
    given_up: HashSet<String>,
    may_pass: bool,
    begun: u64,
    /// What must not be. A handler's panic would be taken for a failed try.
    violations: Vec<String>,
}

/// A job that is being worked on; stopped if it is dropped.
pub(crate) struct Working {
    account: Account,
    key: String,
    id: String,
    worker: &'static str,
}

impl Account {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// First tries only are in order.
    pub(crate) fn followers_pass(&self) {
        self.entries().may_pass = true;
    }

    pub(crate) fn published(&self, key: &str, id: &str) {
        self.entries().published.entry(key.into()).or_default().push(id.into());
    }

    pub(crate) fn gives_up(&self, id: &str) {
        self.entries().given_up.insert(id.into());
    }

    /// A job begins: it must be the only one of its key, anywhere, and all before it must be done.
    pub(crate) fn begins(&self, job: &Job, worker: &'static str) -> Working {
        let (key, id) = (job.key().to_owned(), job.id().to_owned());
        let mut entries = self.entries();
        entries.begun += 1;
        let before = entries.published[&key].iter().take_while(|other| **other != id);
        let undone: Vec<_> = before.filter(|id| !entries.done.contains_key(*id) && !entries.given_up.contains(*id)).collect();
        if !undone.is_empty() && !entries.may_pass {
            let violation = format!("{worker} begins {id} of {key} before {undone:?}");
            entries.violations.push(violation);
        }
        if let Some((other, by)) = entries.running.insert(key.clone(), (id.clone(), worker)) {
            entries.violations.push(format!("{worker} begins {id} of {key} while {by} is at {other}"));
        }
        if !job.hold().is_valid() {
            entries.violations.push(format!("{worker} begins {id} of {key}, and has the partition no more"));
        }
        Working { account: self.clone(), key, id, worker }
    }

    /// By whom an id was done, each time.
    pub(crate) fn done_by(&self, id: &str) -> Vec<&'static str> {
        self.entries().done.get(id).cloned().unwrap_or_default()
    }

    pub(crate) fn done(&self) -> usize {
        self.entries().done.len()
    }

    pub(crate) fn repeats(&self) -> usize {
        self.entries().done.values().map(|times| times.len() - 1).sum()
    }

    pub(crate) fn running(&self) -> usize {
        self.entries().running.len()
    }

    pub(crate) fn begun(&self) -> u64 {
        self.entries().begun
    }

    pub(crate) fn judge(&self) {
        let violations = &self.entries().violations;
        assert!(violations.is_empty(), "{violations:#?}");
    }

    /// What was published, and neither done nor given up.
    pub(crate) fn undone(&self) -> Vec<String> {
        let entries = self.entries();
        let all = entries.published.values().flatten();
        all.filter(|id| !entries.done.contains_key(*id) && !entries.given_up.contains(*id)).cloned().collect()
    }
}

impl Working {
    pub(crate) fn end(self) {
        self.account.entries().done.entry(self.id.clone()).or_default().push(self.worker);
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.account.entries().running.remove(&self.key);
    }
}
