//! Owns what a node says: a line of JSON for each thing that happened, with the time since the machine was started.

use std::io::{self, Write};

use relink_tokio::Clock;
use serde_json::{Map, Value};

/// Says what happens, on the standard output. Times of all nodes on one machine can be compared.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal {
    clock: Clock,
}

impl Journal {
    /// One line: what happened, and what belongs to it (an object).
    pub(crate) fn say(&self, what: &str, more: Value) {
        let mut line = Map::new();
        line.insert("at".to_owned(), self.clock.now().as_millis().into());
        line.insert("what".to_owned(), what.into());
        if let Value::Object(more) = more {
            line.extend(more);
        }
        // Whoever read it is gone: the work goes on.
        let _ = writeln!(io::stdout().lock(), "{}", Value::Object(line));
    }
}
