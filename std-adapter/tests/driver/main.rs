//! The tests of the driver: a scripted transport in memory, tokio's paused clock, every event by name.

mod alone;
#[cfg(feature = "metrics")]
mod counting;
mod draining;
mod drops;
mod fake;
mod judging;
mod leaving;
mod lifecycle;
mod outbox;
mod overlap;
mod pairing;
mod panics;
mod reading_on;
mod running;
mod slow;
mod stopping;
mod unread;
mod watching;
mod writing;
