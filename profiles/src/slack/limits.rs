//! Slack's numbers, each with where it comes from, and ours where Slack gives none.

use relink_core::Millis;

/// The longest text a client may send: a frame must stay under 20480 bytes. A larger one is dropped without a word, or
/// closes the connection with 1009 (observed by users of several SDKs; undocumented).
pub const FRAME_BYTES_MAX: usize = 20_479;

/// The most connections an app may have open at the same time ("up to 10").
pub const CONNECTIONS_MAX: u32 = 10;

/// The number of connections above which an app should look for ghosts: half-open peers stay registered, and each payload goes to
/// an arbitrary registration (advised by users of the SDKs).
pub const CONNECTIONS_ALARM: u32 = 5;

/// The time in which an envelope must be acknowledged, on the connection that delivered it
/// (<https://docs.slack.dev/apis/events-api/>, "within three seconds").
pub const ACK_TIMEOUT: Millis = Millis::from_secs(3);

/// When an `events_api` envelope that was not acknowledged comes again, each counted from the try before: at once, after a
/// minute, after five (<https://docs.slack.dev/apis/events-api/>, "Retries"). The other kinds never do.
pub const REDELIVERIES: [Millis; 3] = [Millis::ZERO, Millis::from_secs(60), Millis::from_secs(300)];

/// How long an envelope's id should be remembered: longer than the last redelivery takes.
pub const DUPLICATES_TTL: Millis = Millis::from_secs(600);

/// How long before the drop a `disconnect` with reason `warning` comes, about.
pub const WARNING_LEAD: Millis = Millis::from_secs(10);

/// The time over which the redials of a fleet that is asked to renew are spread, where the link has no working connection
/// to keep meanwhile. Ours: small beside [`WARNING_LEAD`].
pub const RENEWAL_SPREAD: Millis = Millis::from_secs(1);

/// How long nobody dials after `too_many_websockets`. Ours: it takes a minute to get another URL anyway, and a ghost longer to go.
pub const CAPACITY_DELAY: Millis = Millis::from_secs(60);

/// How often `apps.connections.open` may be called in the long run: Tier 1, "1+ per minute", some bursts tolerated
/// (<https://docs.slack.dev/apis/web-api/rate-limits>). Also the wait after `ratelimited` where no `Retry-After` says another.
pub const URL_CALL_INTERVAL: Millis = Millis::from_secs(60);
