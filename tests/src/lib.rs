//! What the tests share.

pub mod explore;
pub mod fault;
pub mod peers;
pub mod rows;
pub mod scenario;
pub mod shell;
pub mod slack;
pub mod sockets;
