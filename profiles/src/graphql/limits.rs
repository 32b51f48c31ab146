//! The protocol's numbers, each with where it comes from, and ours where it gives none.

use relink_core::Millis;

/// The subprotocol to ask for and to answer with (`PROTOCOL.md`, "Communication").
pub const SUBPROTOCOL: &str = "graphql-transport-ws";

/// The time in which a client must send `connection_init` (graphql-ws, `connectionInitWaitTimeout`).
pub const INIT_TIMEOUT: Millis = Millis::from_secs(3);

/// The time in which a server must send `connection_ack`. Ours: graphql-ws waits for ever where nobody says another.
pub const ACK_TIMEOUT: Millis = Millis::from_secs(10);

/// The silence after which a server pings, and the time it waits for the answer (graphql-ws, `keepAlive` of `src/use/ws.ts`).
pub const KEEP_ALIVE: Millis = Millis::from_secs(12);

/// The longest reason in a Close frame: a control frame holds 125 bytes, two of which are the code (RFC 6455 §5.5).
pub const REASON_BYTES_MAX: usize = 123;
