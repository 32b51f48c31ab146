//! Owns the tests of the elector: several of them over one store, in random weather.

mod bent;
mod node;
mod random;
mod store;
mod world;
