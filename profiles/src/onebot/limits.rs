//! OneBot v11's numbers, each with where it comes from, and ours where it gives none.

use relink_core::Millis;

/// The port of a forward WebSocket where nobody says another (`communication/ws.md`, `ws.port`).
pub const DEFAULT_PORT: u16 = 6700;

/// How long an implementation waits before it dials again, for ever (`communication/ws-reverse.md`, `ws_reverse.reconnect_interval`).
/// The profile's policies begin with it, and grow.
pub const RECONNECT_INTERVAL: Millis = Millis::new(3000);

/// The time between two heartbeats where nobody says another (`event/meta.md`, `heartbeat.interval`). They are off by default.
pub const HEARTBEAT_INTERVAL: Millis = Millis::new(15_000);

/// The least time by which a heartbeat may be late before the service counts as gone; half of the interval, if that is
/// more. Ours: a heartbeat cannot get lost on the way, but it waits behind a large message, for a retransmission, or for
/// an event loop that is busy.
pub const HEARTBEAT_TOLERANCE_MIN: Millis = Millis::from_secs(5);

/// The time over which a fleet's redials are spread after `disable`. Ours: what the protocol lets pass between two dials.
pub const DISABLE_SPREAD: Millis = RECONNECT_INTERVAL;

/// The time in which lifecycle `connect` must follow the opening handshake. Ours: implementations send it at once.
pub const CONNECT_TIMEOUT: Millis = Millis::from_secs(10);

/// The longest message that a widespread implementation takes (NapCatQQ's `maxPayload`: pictures come as base64).
pub const MESSAGE_BYTES_MAX: usize = 50 * 1024 * 1024;

/// How long a heartbeat that announces `interval` holds: the interval, and half of it or
/// [`HEARTBEAT_TOLERANCE_MIN`] on top. An interval of 0 promises nothing.
#[must_use]
pub const fn heartbeat_deadline(interval: Millis) -> Millis {
    if interval.is_zero() {
        return Millis::ZERO;
    }
    let (half, least) = (interval.get() >> 1, HEARTBEAT_TOLERANCE_MIN.get());
    Millis::new(interval.get().saturating_add(if half > least { half } else { least }))
}
