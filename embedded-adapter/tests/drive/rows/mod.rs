//! Owns the rows: one file for each kind of trouble.

mod closing;
mod dropping;
mod opening;
mod renewal;
mod sending;
mod silence;
