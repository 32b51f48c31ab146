//! The core's units: points in time, lengths of time, attempts and close codes.

/// A point on the caller's clock, in milliseconds since an epoch of the caller's choosing.
///
/// The clock must never go back, and must run on while the machine is suspended (`CLOCK_BOOTTIME` on Linux).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Instant(u64);

impl Instant {
    /// The epoch itself.
    pub const ZERO: Self = Self(0);
    /// Later than every point a clock will show: "no deadline" inside a state.
    pub const NEVER: Self = Self(u64::MAX);

    /// The last point a link tells from those after it: 2⁶³ ms, so that sums with any delay stay far below "never".
    pub(crate) const LAST: Self = Self(1 << 63);

    /// The point `millis` milliseconds after the epoch.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The point `delay` later; [`Instant::NEVER`] if the clock cannot show it.
    #[must_use]
    pub const fn after(self, delay: Millis) -> Self {
        Self(self.0.saturating_add(delay.0 as u64))
    }

    /// The point `delay` earlier; [`Instant::ZERO`] if that lies before the epoch.
    #[must_use]
    pub const fn before(self, delay: Millis) -> Self {
        Self(self.0.saturating_sub(delay.0 as u64))
    }

    /// As [`Instant::after`], for points of which it is known that the sum cannot overflow.
    pub(crate) const fn plus(self, delay: Millis) -> Self {
        Self(self.0.wrapping_add(delay.0 as u64))
    }

    /// Milliseconds from `earlier` to this point; 0 if `earlier` is the later one.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// A length of time in whole milliseconds, at most 2³²−1 (49.7 days).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Millis(pub(crate) u32);

impl Millis {
    /// No time at all; in a [`Config`](crate::Config), where documented, "off".
    pub const ZERO: Self = Self(0);
    /// The longest length that can be expressed: 2³²−1 ms.
    pub const MAX: Self = Self(u32::MAX);

    /// A length of `millis` milliseconds.
    #[must_use]
    pub const fn new(millis: u32) -> Self {
        Self(millis)
    }

    /// A length of `secs` seconds, at most [`Millis::MAX`].
    #[must_use]
    pub const fn from_secs(secs: u32) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// The number of milliseconds.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// Whether this is no time at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The same length in the standard library's type.
    #[must_use]
    pub const fn as_duration(self) -> core::time::Duration {
        core::time::Duration::from_millis(self.0 as u64)
    }

    /// `duration` in whole milliseconds, rounded up (a wait must not end early), at most [`Millis::MAX`].
    #[must_use]
    pub const fn from_duration(duration: core::time::Duration) -> Self {
        let nanos = duration.as_nanos();
        let millis = nanos.div_ceil(1_000_000);
        if millis > u32::MAX as u128 { Self::MAX } else { Self(millis as u32) }
    }
}

/// The name of one attempt: one opening handshake and the connection it yields.
///
/// Compared only for equality. Numbers begin at 1, grow by 1 with each dial and start over after 2³²−1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Attempt(pub(crate) u32);

impl Attempt {
    /// The attempt with this number.
    #[must_use]
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }

    /// The number, for logs and for keys in a shell's table of connections.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// A WebSocket close code (RFC 6455 §7.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct CloseCode(u16);

impl CloseCode {
    /// 1000, the purpose is fulfilled (RFC 6455 §7.4.1).
    pub const NORMAL: Self = Self(1000);
    /// 1001, an endpoint is going away (RFC 6455 §7.4.1).
    pub const GOING_AWAY: Self = Self(1001);
    /// 1002, a protocol error (RFC 6455 §7.4.1).
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// 1003, a kind of data that cannot be accepted (RFC 6455 §7.4.1).
    pub const UNSUPPORTED: Self = Self(1003);
    /// 1007, data that does not fit its message type, such as text that is not UTF-8 (RFC 6455 §7.4.1).
    pub const INVALID_PAYLOAD: Self = Self(1007);
    /// 1008, a policy is violated (RFC 6455 §7.4.1).
    pub const POLICY: Self = Self(1008);
    /// 1009, a message too big to process (RFC 6455 §7.4.1).
    pub const TOO_BIG: Self = Self(1009);
    /// 1011, an unexpected condition on the server (RFC 6455 §7.4.1).
    pub const INTERNAL_ERROR: Self = Self(1011);
    /// 1012, the service restarts (IANA WebSocket Close Code Number Registry).
    pub const SERVICE_RESTART: Self = Self(1012);
    /// 3008, something did not come in time (IANA WebSocket Close Code Number Registry).
    pub const TIMEOUT: Self = Self(3008);

    /// The code with this number; [`CloseCode::is_sendable`] says whether it may stand in a frame.
    #[must_use]
    pub const fn new(code: u16) -> Self {
        Self(code)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// Whether the code may stand in a Close frame: 1000–2999 as far as assigned, and 3000–4999 (RFC 6455 §7.4.2).
    #[must_use]
    pub const fn is_sendable(self) -> bool {
        matches!(self.0, 1000..=1003 | 1007..=1014 | 3000..=4999)
    }
}
