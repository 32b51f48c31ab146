//! Owns what a connection will do by itself, and when.

use tokio::time::Instant;

/// Something that a connection does when its time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// It says hello.
    Hello,
    /// It pings.
    Ping,
    /// It does what its manner has for later.
    Later,
    /// It says `warning`.
    Warn,
    /// It says `refresh_requested`, and Close.
    Part,
    /// It looks whether the peer has been heard.
    Ghost,
}

/// Deeds with their times; each at most once.
#[derive(Debug, Default)]
pub(crate) struct Agenda(Vec<(Instant, Deed)>);

impl Agenda {
    /// Sets when the deed is done, whatever it was before.
    pub(crate) fn set(&mut self, deed: Deed, at: Instant) {
        self.0.retain(|(_, other)| *other != deed);
        self.0.push((at, deed));
    }

    /// Sets when the deed is done, unless it is done before that anyway.
    pub(crate) fn set_earlier(&mut self, deed: Deed, at: Instant) {
        if !self.0.iter().any(|(other_at, other)| *other == deed && *other_at <= at) {
            self.set(deed, at);
        }
    }

    /// Forgets all deeds but these.
    pub(crate) fn keep(&mut self, deeds: &[Deed]) {
        self.0.retain(|(_, deed)| deeds.contains(deed));
    }

    /// When the next deed is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.0.iter().map(|(at, _)| *at).min()
    }

    /// Takes the deed that has been due for longest.
    pub(crate) fn take(&mut self, now: Instant) -> Option<Deed> {
        let (place, _) = self.0.iter().enumerate().filter(|(_, (at, _))| *at <= now).min_by_key(|(_, (at, _))| *at)?;
        Some(self.0.swap_remove(place).1)
    }
}
