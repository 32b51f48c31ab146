//! The cluster's receiver before the fake Slack, over real sockets, on tokio's paused clock: who is connected when, what is acknowledged.

mod candidates;
mod envelopes;
mod outage;
mod rig;
mod socket;
