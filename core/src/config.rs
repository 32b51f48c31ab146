//! The configuration of a link: every wait's length, and what may be done in it.

use crate::{Backoff, CloseCode, Millis};

/// How a link behaves. Every value is valid: [`Config::clamped`] says how odd ones are read.
///
/// ```
/// use relink_core::{Backoff, Config, Millis};
/// const FLEET: Config = Config { backoff: Backoff::FLEET, ping_after: Millis::from_secs(60), ..Config::DEFAULT };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Config {
    /// The delays between attempts.
    pub backoff: Backoff,
    /// Time for one attempt from its beginning to the end of the opening handshake, address and dial included; at least 1 ms.
    pub opening_timeout: Millis,
    /// Time from the opening handshake to the peer's acceptance; 0: the opening handshake is the acceptance.
    pub acceptance_timeout: Millis,
    /// The silence after which a ping is sent; 0: never.
    pub ping_after: Millis,
    /// Time for any frame to follow a ping; at least 1 ms.
    pub pong_timeout: Millis,
    /// Time from our Close to the end of the transport; at least 1 ms.
    pub closing_timeout: Millis,
    /// How long a link must have been Ready for its failures to be forgiven; at least 1 ms.
    pub reset_after: Millis,
    /// The time over which the very first dial is spread; 0: dial at once.
    pub start_spread: Millis,
    /// The least time between two dials; at least 1 ms.
    pub dial_gap_min: Millis,
    /// The longest `Retry-After` or `Postpone` that is honoured.
    pub retry_after_max: Millis,
    /// How long a replaced connection may go on beside its successor; 0: no overlap, a renewal closes first and dials then.
    pub overlap_max: Millis,
    /// The age at which a connection is renewed; 0: never.
    pub lifetime_max: Millis,
    /// How far around `lifetime_max` the renewals are spread, in percent (0–100).
    pub lifetime_spread_percent: u8,
    /// Whether to dial again after an ending. `false` is an accepted connection, which ends once and for all.
    pub redial: bool,
    /// The close code for a peer whose acceptance or own heartbeat does not come in time.
    pub timeout_code: CloseCode,
}

impl Config {
    /// 10 s to open, no acceptance of its own, a ping after 20 s of silence and 10 s for its answer, 1 s to close,
    /// forgiven after 10 s, [`Backoff::INTERACTIVE`], no overlap, no end of life.
    pub const DEFAULT: Self = Self {
        backoff: Backoff::INTERACTIVE,
        opening_timeout: Millis::from_secs(10),
        acceptance_timeout: Millis::ZERO,
        ping_after: Millis::from_secs(20),
        pong_timeout: Millis::from_secs(10),
        closing_timeout: Millis::from_secs(1),
        reset_after: Millis::from_secs(10),
        start_spread: Millis::ZERO,
        dial_gap_min: Millis::new(100),
        retry_after_max: Millis::from_secs(3600),
        overlap_max: Millis::ZERO,
        lifetime_max: Millis::ZERO,
        lifetime_spread_percent: 10,
        redial: true,
        timeout_code: CloseCode::TIMEOUT,
    };

    /// An accepted connection: it begins with the Upgrade request to answer and ends once and for all.
    pub const ACCEPTED: Self = Self { redial: false, ..Self::DEFAULT };

    /// The configuration as it is applied: the policy [clamped](Backoff::clamped), each wait that must end at least
    /// 1 ms, `lifetime_spread_percent` at most 100, a close code that may not be sent replaced by 3008.
    #[must_use]
    pub const fn clamped(mut self) -> Self {
        self.clamp();
        self
    }

    #[cfg_attr(target_pointer_width = "64", inline(never))]
    pub(crate) const fn clamp(&mut self) {
        self.backoff.clamp();
        self.opening_timeout = at_least_1(self.opening_timeout);
        self.pong_timeout = at_least_1(self.pong_timeout);
        self.closing_timeout = at_least_1(self.closing_timeout);
        self.reset_after = at_least_1(self.reset_after);
        self.dial_gap_min = at_least_1(self.dial_gap_min);
        if self.lifetime_spread_percent > 100 {
            self.lifetime_spread_percent = 100;
        }
        if !self.timeout_code.is_sendable() {
            self.timeout_code = CloseCode::TIMEOUT;
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::DEFAULT
    }
}

const fn at_least_1(time: Millis) -> Millis {
    Millis(time.0.wrapping_add(time.is_zero() as u32))
}
