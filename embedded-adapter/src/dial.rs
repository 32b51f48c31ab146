//! Owns what a device must bring: a way to connect, and a clock.

use core::future::Future;

use embedded_io_async::{Read, Write};
use relink_core::{Attempt, Instant};

use crate::ending::DialFault;
use crate::wire::Request;

/// A way to connect, for one connection at a time: a TCP socket, a modem's, TLS over either.
///
/// Everything that comes before the WebSocket handshake happens here: asking for a URL, the name, the dial, TLS.
pub trait Dialler {
    /// A connection, which may borrow its socket and buffers from the dialler.
    type Connection<'d>: Connection
    where
        Self: 'd;

    /// Connects. Dropped when the attempt's time is over or the link ends: whatever was begun ends with it.
    ///
    /// # Errors
    ///
    /// No connection came up. The fault says why, for a person, and what it means for the next attempt.
    fn dial(&mut self, attempt: Attempt) -> impl Future<Output = Result<Self::Connection<'_>, DialFault>>;
}

/// One connection's bytes. Dropping it is the abort: the transport goes at once.
///
/// Reading and writing go on at the same time, so a stream that cannot be split will not do. Both are dropped before they are done, over
/// and over: what `read` has taken from the transport, or `write` has given to it, must have been returned by then
/// (embassy-net's sockets, interrupt-driven UARTs and whatever else waits before it acts are so).
pub trait Connection {
    /// The side that is read from.
    type Reader<'c>: Read
    where
        Self: 'c;
    /// The side that is written to.
    type Writer<'c>: Write
    where
        Self: 'c;

    /// What the upgrade asks for on this connection.
    fn request(&self) -> Request<'_>;

    /// Both sides.
    fn split(&mut self) -> (Self::Reader<'_>, Self::Writer<'_>);
}

/// Milliseconds that only ever grow, and a way to wait for them. One that runs on while the device sleeps sees a peer's death sooner.
pub trait Clock {
    /// Now.
    fn now(&self) -> Instant;

    /// Waits until `at`; [`Instant::NEVER`] is never.
    fn until(&self, at: Instant) -> impl Future<Output = ()>;
}
