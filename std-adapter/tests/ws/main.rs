//! The WebSocket transport against peers that do it right, wrong, or slowly. Every peer is a script over a real
//! loopback socket; where bytes have to be cut at given places it is a pipe in memory.

mod batching;
mod closing;
mod dial;
mod frames;
mod handshake;
mod hook;
mod late;
mod noise;
mod peer;
mod refusal;
mod tls;
mod tls_end;
mod words;
