//! What the tests share.

pub mod fault;
pub mod peers;
pub mod sockets;
