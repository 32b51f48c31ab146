//! What must be true of OneBot, over real sockets: a service that is off is noticed, comes back, and the newest of an account serves.

mod bench;
mod identity;
mod off_and_on;
mod silence;
