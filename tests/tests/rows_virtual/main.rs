//! Owns the rows of the promised bounds by the default configuration, each deadline in full: the client with its whole shell, its
//! peers in memory, and tokio's clock paused, so that an hour costs nothing and a millisecond counts.
//!
//! `cargo test -p relink-tests --test rows_virtual -- --nocapture`

mod deadlines;
mod peer;
mod retries;

use std::error::Error;
use std::time::Duration;

use peer::{Peer, link};
use relink_tests::rows::{TICK, Told, Watched, median, millis, row};
use relink_tokio::Ending;

/// What a test gives back; the error says what was not so.
type Tested = Result<(), Box<dyn Error>>;
