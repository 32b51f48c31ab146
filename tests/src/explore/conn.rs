//! Owns the account of one attempt and the connection it yields.

use relink_core::{Attempt, Config, Report};

use super::left::{Left, NEVER, left, pass};

/// One attempt or connection that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Conn {
    /// Its name.
    pub attempt: Attempt,
    /// How far it has come.
    pub phase: Phase,
    /// A Close was sent or received on it.
    pub closed: bool,
    /// The user has asked for its end.
    pub leaving: bool,
    /// Nothing is in hand on it since its end was asked for.
    pub idle: bool,
    /// When this phase must have come to an end.
    pub by: Left,
    /// When it will have been Ready for `reset_after`.
    pub stable: Left,
    /// Its end was counted as a failure.
    pub blamed: bool,
    /// Its renewal was counted as a failure.
    pub renewed: bool,
}

/// How far an attempt has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The opening handshake is under way.
    Dialing,
    /// It is done, the acceptance is awaited.
    Opened,
    /// Accepted.
    Up,
}

impl Conn {
    pub(super) fn dialed(attempt: Attempt, config: &Config) -> Self {
        Self {
            attempt,
            phase: Phase::Dialing,
            closed: false,
            leaving: false,
            idle: false,
            by: left(config.opening_timeout),
            stable: NEVER,
            blamed: false,
            renewed: false,
        }
    }

    /// Whether messages can flow on it: accepted, and not on its way out.
    #[must_use]
    pub fn is_working(&self) -> bool {
        self.phase == Phase::Up && !self.closed && !self.leaving
    }

    /// Whether it is on its way to be accepted.
    #[must_use]
    pub fn is_opening(&self) -> bool {
        self.phase != Phase::Up && !self.closed
    }

    /// Whether it was accepted `reset_after` ago.
    #[must_use]
    pub fn is_stable(&self) -> bool {
        self.stable <= 0
    }

    pub(super) fn passes(&mut self, millis: Left) {
        pass(&mut self.by, millis, 0);
        pass(&mut self.stable, millis, 0);
    }

    /// Says whether the report made it come up.
    pub(super) fn reported(&mut self, report: Report, config: &Config) -> bool {
        match report {
            Report::Opened if self.phase == Phase::Dialing => {
                self.phase = Phase::Opened;
                self.by = left(config.acceptance_timeout);
                config.acceptance_timeout.is_zero() && self.comes_up(config)
            }
            Report::Accepted if self.is_opening() && self.phase == Phase::Opened => self.comes_up(config),
            Report::Closed(_) if self.phase != Phase::Dialing && !self.closed => {
                self.closes(config);
                false
            }
            Report::Drained => {
                self.idle = self.leaving && !self.closed;
                false
            }
            Report::Opened | Report::Accepted | Report::Closed(_) => false,
            Report::Heard | Report::Pulse(_) | Report::Asked(_) | Report::Broken(_) | Report::Lost(_) => false,
        }
    }

    fn comes_up(&mut self, config: &Config) -> bool {
        self.phase = Phase::Up;
        self.by = NEVER;
        self.stable = left(config.reset_after);
        true
    }

    pub(super) fn closes(&mut self, config: &Config) {
        self.closed = true;
        self.idle = false;
        self.by = left(config.closing_timeout);
        self.stable = NEVER;
    }

    /// The user wants the end: how long it was up no longer matters.
    pub(super) fn leaves(&mut self) {
        if self.phase == Phase::Up && !self.closed {
            self.leaving = true;
            self.by = NEVER;
            self.stable = NEVER;
        }
    }
}
