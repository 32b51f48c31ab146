//! Owns the tests of the elector: one alone in every state it can reach, and several over one store in random weather.

mod alone;
mod bent;
mod node;
mod random;
mod store;
mod walk;
mod world;
