//! Owns what a node says: a line of JSON for each thing that happened, with the time since the machine was started.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use relink_tokio::Clock;
use serde_json::{Map, Value};

/// Says what happens. Times of all nodes on one machine can be compared.
#[derive(Clone)]
pub(crate) struct Journal {
    clock: Clock,
    tell: Arc<Teller>,
}

type Teller = dyn Fn(Map<String, Value>) + Send + Sync;

impl Journal {
    /// On the standard output.
    pub(crate) fn printed() -> Self {
        // Where nobody reads it any more, the work goes on.
        Self::told(|line| drop(writeln!(io::stdout().lock(), "{}", Value::Object(line))))
    }

    /// Told so.
    pub(crate) fn told(tell: impl Fn(Map<String, Value>) + Send + Sync + 'static) -> Self {
        Self { clock: Clock::boot(), tell: Arc::new(tell) }
    }

    /// What happened, and what belongs to it (an object).
    pub(crate) fn say(&self, what: &str, more: Value) {
        let mut line = Map::new();
        line.insert("at".to_owned(), self.clock.now().as_millis().into());
        line.insert("what".to_owned(), what.into());
        if let Value::Object(more) = more {
            line.extend(more);
        }
        (self.tell)(line);
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").finish_non_exhaustive()
    }
}
