//! The close codes of the protocol, and who sends each.
//!
//! From the protocol (`PROTOCOL.md`) and from graphql-ws, which sends some that the protocol does not name (`src/common.ts`, `src/client.ts`).

use relink_core::CloseCode;

/// 4004, a client: the server sent what the protocol does not know (graphql-ws `BadResponse`).
pub const BAD_RESPONSE: CloseCode = CloseCode::new(4004);
/// 4005, a client: an error of its own (graphql-ws `InternalClientError`).
pub const INTERNAL_CLIENT_ERROR: CloseCode = CloseCode::new(4005);
/// 4400, a server: the client sent what the protocol does not know ("Invalid message").
pub const BAD_REQUEST: CloseCode = CloseCode::new(4400);
/// 4401, a server: the client subscribed before it was acknowledged ("Unauthorized").
pub const UNAUTHORIZED: CloseCode = CloseCode::new(4401);
/// 4403, a server: it does not let this client in ("Forbidden").
pub const FORBIDDEN: CloseCode = CloseCode::new(4403);
/// 4406, a server: no subprotocol of the client's suits it (graphql-ws `SubprotocolNotAcceptable`).
pub const SUBPROTOCOL_NOT_ACCEPTABLE: CloseCode = CloseCode::new(4406);
/// 4408, a server: no `connection_init` came in time ("Connection initialisation timeout").
pub const INIT_TIMEOUT: CloseCode = CloseCode::new(4408);
/// 4409, a server: an operation with this id is going on ("Subscriber for … already exists").
pub const SUBSCRIBER_EXISTS: CloseCode = CloseCode::new(4409);
/// 4429, a server: there was a `connection_init` before ("Too many initialisation requests").
pub const TOO_MANY_INITS: CloseCode = CloseCode::new(4429);
/// 4499, a client: it was told to drop a connection that no longer works (graphql-ws `Terminated`).
pub const TERMINATED: CloseCode = CloseCode::new(4499);
/// 4500, a server: an error of its own (graphql-ws `InternalServerError`).
pub const INTERNAL_SERVER_ERROR: CloseCode = CloseCode::new(4500);
/// 4504, a client: no `connection_ack` came in time (graphql-ws `ConnectionAcknowledgementTimeout`).
pub const ACK_TIMEOUT: CloseCode = CloseCode::new(4504);
