//! Owns the way to the example's TLS: what is to be copied from it is what is tested.

#[path = "../../examples/tls/dialler.rs"]
pub(crate) mod dialler;
