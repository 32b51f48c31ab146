//! Owns a link's configuration as C writes it.

use relink_core::{CloseCode, Millis};

use crate::argument::{Plain, write};
use crate::status::status;
use crate::{Backoff, Status};

/// How a link behaves. Begin with relink_config_default and change what is to be otherwise. Every value is usable; how odd
/// ones are read stands with each. All times are milliseconds, 0 to 4294967295 (49.7 days).
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The delays between attempts.
    pub backoff: Backoff,
    /// Time for one attempt from its beginning to the end of the opening handshake, address and dial included; 0 is read as 1.
    pub opening_timeout_ms: u32,
    /// Time from the opening handshake to the peer's acceptance; 0: the opening handshake is the acceptance.
    pub acceptance_timeout_ms: u32,
    /// The silence after which a ping is sent; 0: never.
    pub ping_after_ms: u32,
    /// Time for any frame to follow a ping; 0 is read as 1.
    pub pong_timeout_ms: u32,
    /// Time from our Close to the end of the transport; 0 is read as 1.
    pub closing_timeout_ms: u32,
    /// How long a link must have been ready for its failures to be forgiven; 0 is read as 1.
    pub reset_after_ms: u32,
    /// The time over which the very first dial is spread; 0: dial at once.
    pub start_spread_ms: u32,
    /// The least time between two dials; 0 is read as 1.
    pub dial_gap_min_ms: u32,
    /// The longest RELINK_VERDICT_RETRY_AFTER or RELINK_VERDICT_POSTPONE that is honoured.
    pub retry_after_max_ms: u32,
    /// How long a replaced connection may go on beside its successor; 0: never, a renewal closes first and dials then. Without
    /// effect on a relink_single.
    pub overlap_max_ms: u32,
    /// The age at which a connection is renewed; 0: never.
    pub lifetime_max_ms: u32,
    /// The close code for a peer whose acceptance or own heartbeat does not come in time (RFC 6455 section 7.4). One that must not be
    /// sent is read as 3008.
    pub timeout_code: u16,
    /// How far around lifetime_max_ms the renewals are spread, 0 to 100 percent; above is read as 100.
    pub lifetime_spread_percent: u8,
    /// 1: dial again after an ending. 0: an accepted connection, which ends once and for all. Anything else is invalid.
    pub redial: u8,
}

// SAFETY: numbers without a gap between them.
unsafe impl Plain for Config {}

impl Config {
    pub(crate) fn known(self) -> Result<relink_core::Config, Status> {
        Ok(relink_core::Config {
            backoff: self.backoff.known()?,
            opening_timeout: Millis::new(self.opening_timeout_ms),
            acceptance_timeout: Millis::new(self.acceptance_timeout_ms),
            ping_after: Millis::new(self.ping_after_ms),
            pong_timeout: Millis::new(self.pong_timeout_ms),
            closing_timeout: Millis::new(self.closing_timeout_ms),
            reset_after: Millis::new(self.reset_after_ms),
            start_spread: Millis::new(self.start_spread_ms),
            dial_gap_min: Millis::new(self.dial_gap_min_ms),
            retry_after_max: Millis::new(self.retry_after_max_ms),
            overlap_max: Millis::new(self.overlap_max_ms),
            lifetime_max: Millis::new(self.lifetime_max_ms),
            lifetime_spread_percent: self.lifetime_spread_percent,
            redial: yes_no(self.redial)?,
            timeout_code: CloseCode::new(self.timeout_code),
        })
    }

    pub(crate) const fn of(config: &relink_core::Config) -> Self {
        Self {
            backoff: Backoff::of(config.backoff),
            opening_timeout_ms: config.opening_timeout.get(),
            acceptance_timeout_ms: config.acceptance_timeout.get(),
            ping_after_ms: config.ping_after.get(),
            pong_timeout_ms: config.pong_timeout.get(),
            closing_timeout_ms: config.closing_timeout.get(),
            reset_after_ms: config.reset_after.get(),
            start_spread_ms: config.start_spread.get(),
            dial_gap_min_ms: config.dial_gap_min.get(),
            retry_after_max_ms: config.retry_after_max.get(),
            overlap_max_ms: config.overlap_max.get(),
            lifetime_max_ms: config.lifetime_max.get(),
            timeout_code: config.timeout_code.get(),
            lifetime_spread_percent: config.lifetime_spread_percent,
            redial: config.redial as u8,
        }
    }
}

/// 0 is no, 1 is yes: what C has in a `bool`. Anything else was not meant as one.
pub(crate) fn yes_no(value: u8) -> Result<bool, Status> {
    match value {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Status::Invalid),
    }
}

/// Writes the default configuration: 10 s to open, no acceptance of its own, a ping after 20 s of silence and 10 s for its answer, 1 s to
/// close, forgiven after 10 s, RELINK_PRESET_INTERACTIVE, 100 ms between two dials, no overlap, no end of life.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_config_default(config: *mut Config) -> Status {
    // SAFETY: as C promises, the pointer is null or points to one of these.
    status(unsafe { write(config, Config::of(&relink_core::Config::DEFAULT)) })
}

/// Writes the configuration of an accepted connection: as the default, without another dial. It begins with the upgrade to answer.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_config_accepted(config: *mut Config) -> Status {
    // SAFETY: as C promises, the pointer is null or points to one of these.
    status(unsafe { write(config, Config::of(&relink_core::Config::ACCEPTED)) })
}
