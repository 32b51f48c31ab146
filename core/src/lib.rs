//! The decisions of relink: a link that is kept alive over many connections, as a pure function of
//! (state, now, chance, event). Reads no clock, draws no random number, allocates nothing, never panics.
#![no_std]

mod backoff;
mod cause;
mod config;
pub mod drain;
pub mod elector;
mod event;
pub mod ledger;
mod link;
mod outbox;
mod place;
pub mod registry;
mod state;
mod units;

pub use backoff::{Backoff, Draw, Jitter};
pub use cause::Cause;
pub use config::Config;
pub use drain::Drain;
pub use elector::Elector;
pub use event::{Action, Event, Reaction, Report, Verdict};
pub use ledger::Ledger;
pub use link::Link;
pub use outbox::{Outbox, Refused, WhenFull};
pub use registry::Registry;
pub use state::{
    Age, Closing, Draining, End, Handover, Older, Other, Overlap, Pairing, Predecessor, Probe, Ready, Single, State, Successor, Then,
};
pub use units::{Attempt, CloseCode, Instant, Millis};
