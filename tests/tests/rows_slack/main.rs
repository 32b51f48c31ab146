//! What must be true of the Slack client, on real sockets against the fake Slack.

mod acks;
mod api;
mod fatal;
mod fleet;
mod incidents;
mod places;
mod reading;
mod renewal;
mod rig;
mod several;
mod stops;
mod suspended;
