//! What must be true of GraphQL over real sockets: nothing reaches a client that is gone, and subscribers come back.

mod bench;
mod loops;
mod race;
mod restart;
