//! Owns the rows: one file for each kind of trouble.

mod closing;
mod dropping;
mod hours;
mod opening;
mod profiles;
mod renewal;
mod sending;
mod silence;
mod tls;
mod torrent;
