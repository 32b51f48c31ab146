//! Owns the account of the current connection's signs of life.

use relink_core::{Config, Reaction, Report};

use super::left::{Left, NEVER, left, or_never, pass};

/// What is known of the current connection's liveness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Liveness {
    /// A ping was sent since anything was heard.
    pub pinged: bool,
    /// One more was sent, or the first, because a Timeout came late.
    pub probed: bool,
    /// When a ping is due, or if one was sent, its answer.
    pub silent: Left,
    /// When the peer's own heartbeat is overdue.
    pub pulse: Left,
    /// A ping was sent in this very instant.
    pub just_pinged: bool,
}

impl Liveness {
    /// Of no connection.
    pub const NONE: Self = Self { pinged: false, probed: false, silent: NEVER, pulse: NEVER, just_pinged: false };

    pub(super) fn fresh(config: &Config) -> Self {
        Self { silent: or_never(config.ping_after), ..Self::NONE }
    }

    /// Whether a Timeout comes so late now that the process, not the peer, was silent.
    #[must_use]
    pub fn is_late(&self, config: &Config) -> bool {
        self.silent.min(self.pulse) <= -left(config.pong_timeout)
    }

    /// Each deadline, and behind it the instant from which on a Timeout comes late.
    pub(super) fn each_wait(&self, config: &Config, mut see: impl FnMut(Left)) {
        for wait in [self.silent, self.pulse] {
            see(wait);
            see(wait.saturating_add(left(config.pong_timeout)));
        }
    }

    pub(super) fn passes(&mut self, millis: Left, config: &Config) {
        let least = -left(config.pong_timeout);
        pass(&mut self.silent, millis, least);
        pass(&mut self.pulse, millis, least);
        self.just_pinged &= millis == 0;
    }

    pub(super) fn reported(&mut self, report: Report, reaction: Reaction, config: &Config) {
        match report {
            Report::Heard | Report::Accepted | Report::Pulse(_) | Report::Asked(_) if reaction != Reaction::Ignored => {
                *self = Self { pulse: self.pulse, ..Self::fresh(config) };
            }
            Report::Heard | Report::Accepted | Report::Pulse(_) | Report::Asked(_) => {}
            Report::Opened | Report::Drained | Report::Closed(_) | Report::Broken(_) | Report::Lost(_) => {}
        }
        if let Report::Pulse(next) = report {
            self.pulse = or_never(next);
        }
    }

    /// The first ping answers for silence. The time of one that is sent late is the heartbeat's, too.
    pub(super) fn pinged(&mut self, config: &Config) {
        let late = self.is_late(config);
        let moves = late && self.pulse <= 0;
        self.probed |= late && (self.pinged || self.silent > 0);
        self.pinged = true;
        self.silent = left(config.pong_timeout);
        self.just_pinged = true;
        if moves {
            self.pulse = self.silent;
        }
    }
}
