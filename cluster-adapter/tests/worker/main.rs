//! The worker, in the process and on virtual time: order, ends, failures, and what is left when one is killed.

mod account;
mod ends;
mod failures;
mod random;
mod spread;
mod way;
mod world;
