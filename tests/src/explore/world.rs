//! Owns the account kept beside the link: which connections are held, and what was promised about them.
//!
//! It is written from what was told to the link and from the actions it asked for, never from the link's state.

use relink_core::{Action, Attempt, Config, Event, Reaction, Report, Verdict};

use super::conn::Conn;
use super::left::{Left, NEVER, left, pass, until};
use super::liveness::Liveness;

/// What the world holds and what was promised to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct World {
    /// The attempts and connections that are held, the youngest last.
    pub conns: [Option<Conn>; 2],
    /// A third one was opened: there is no place for it in any account.
    pub too_many: bool,
    /// What the user wants.
    pub wanted: Wanted,
    /// By when a Stop or a Drain must have led to Shutdown; time in which the shell owes a Timeout does not count.
    pub end_by: Left,
    /// No dial before this: the distance from the dial before.
    pub gap: Left,
    /// No dial before this: a `RetryAfter` or a `Postpone`.
    pub floor: Left,
    /// A `GiveUp` was said since the last Start.
    pub given_up: bool,
    /// Of the current connection.
    pub liveness: Liveness,
}

/// What the user asked for last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// Nothing yet.
    Nothing,
    /// The link.
    Link,
    /// Its end.
    End,
}

impl World {
    /// Nothing has happened.
    pub const EMPTY: Self = Self {
        conns: [None, None],
        too_many: false,
        wanted: Wanted::Nothing,
        end_by: NEVER,
        gap: 0,
        floor: 0,
        given_up: false,
        liveness: Liveness::NONE,
    };

    /// The connections and attempts that are held, the oldest first.
    pub fn held(&self) -> impl Iterator<Item = &Conn> {
        self.conns.iter().flatten()
    }

    /// What is held under this name.
    #[must_use]
    pub fn conn(&self, attempt: Attempt) -> Option<&Conn> {
        self.held().find(|conn| conn.attempt == attempt)
    }

    /// The connection that messages flow on: the youngest that is accepted and not on its way out.
    #[must_use]
    pub fn current(&self) -> Option<&Conn> {
        self.held().filter(|conn| conn.is_working()).last()
    }

    /// The point before which nobody may dial.
    #[must_use]
    pub fn not_before(&self) -> Left {
        self.gap.max(self.floor)
    }

    /// Time passes. `owed`: a Timeout is due that the shell has not handed over.
    pub fn passes(&mut self, millis: Left, owed: bool, config: &Config) {
        for conn in self.conns.iter_mut().flatten() {
            conn.passes(millis);
        }
        if !owed {
            pass(&mut self.end_by, millis, 0);
        }
        pass(&mut self.gap, millis, 0);
        pass(&mut self.floor, millis, 0);
        self.liveness.passes(millis, config);
    }

    /// Every instant that the account knows of.
    pub fn each_wait(&self, config: &Config, mut see: impl FnMut(Left)) {
        for conn in self.held() {
            see(conn.by);
            see(conn.stable);
        }
        for wait in [self.end_by, self.gap, self.floor] {
            see(wait);
        }
        self.liveness.each_wait(config, see);
    }

    /// An event was told and answered.
    pub fn told(&mut self, event: Event, reaction: Reaction, config: &Config) {
        let current = self.current().map(|conn| conn.attempt);
        match event {
            Event::Start if reaction == Reaction::Ignored => {}
            Event::Start => {
                self.wanted = Wanted::Link;
                self.given_up = false;
                self.end_by = NEVER;
            }
            Event::Stop(_) => self.ends(0, config),
            Event::Drain(instant, _) => {
                self.ends(until(instant).max(0), config);
                self.conns.iter_mut().flatten().for_each(Conn::leaves);
            }
            Event::Timeout => {}
            Event::Of(attempt, report) => self.reported(attempt, report, reaction, config),
        }
        if let Reaction::Do(action) = reaction {
            self.performs(action, config);
        }
        self.settles(current, config);
        self.merges();
    }

    fn ends(&mut self, wait: Left, config: &Config) {
        self.wanted = Wanted::End;
        self.end_by = self.end_by.min(wait.saturating_add(left(config.closing_timeout)));
    }

    fn reported(&mut self, attempt: Attempt, report: Report, reaction: Reaction, config: &Config) {
        if self.conn(attempt).is_none() {
            return;
        }
        let is_current = self.current().is_some_and(|conn| conn.attempt == attempt);
        match report {
            Report::Asked(verdict) | Report::Closed(verdict) | Report::Lost(verdict) => self.judged(verdict, config),
            Report::Opened | Report::Accepted | Report::Heard | Report::Pulse(_) | Report::Drained | Report::Broken(_) => {}
        }
        if is_current {
            self.liveness.reported(report, reaction, config);
        }
        if let Report::Lost(_) = report {
            self.drops(attempt);
        }
        let Some(conn) = self.conn_mut(attempt) else { return };
        if conn.reported(report, config) {
            self.comes_up(attempt, config);
        }
    }

    fn judged(&mut self, verdict: Verdict, config: &Config) {
        match verdict {
            Verdict::RetryAfter(wait) | Verdict::Postpone(wait) => self.floor = self.floor.max(left(wait.min(config.retry_after_max))),
            Verdict::GiveUp => self.given_up = true,
            Verdict::Retry | Verdict::RetryIn(_) | Verdict::Renew { .. } => {}
        }
    }

    fn comes_up(&mut self, attempt: Attempt, config: &Config) {
        for conn in self.conns.iter_mut().flatten() {
            if conn.attempt != attempt && conn.is_working() {
                conn.by = left(config.overlap_max);
            }
        }
    }

    fn performs(&mut self, action: Action, config: &Config) {
        match action {
            Action::Open(attempt) => {
                self.gap = left(config.dial_gap_min);
                let conn = Conn::dialed(attempt, config);
                match self.conns {
                    [None, _] => self.conns[0] = Some(conn),
                    [Some(_), None] => self.conns[1] = Some(conn),
                    [Some(_), Some(_)] => self.too_many = true,
                }
            }
            Action::Ping(_) => self.liveness.pinged(config),
            Action::Close(attempt, _) => {
                if let Some(conn) = self.conn_mut(attempt) {
                    conn.closes(config);
                }
            }
            Action::Abort(attempt) => self.drops(attempt),
        }
    }

    /// Of two points before which nobody may dial, the earlier one says nothing.
    fn merges(&mut self) {
        if self.gap <= self.floor {
            self.gap = 0;
        } else {
            self.floor = 0;
        }
    }

    /// The current connection is to be replaced: how long it was up no longer matters.
    pub fn seeks(&mut self) {
        let current = self.current().map(|conn| conn.attempt);
        if let Some(conn) = current.and_then(|attempt| self.conn_mut(attempt)) {
            conn.stable = NEVER;
        }
    }

    /// What follows for the others when one has come or gone.
    fn settles(&mut self, current_before: Option<Attempt>, config: &Config) {
        if self.wanted == Wanted::End {
            self.conns.iter_mut().flatten().for_each(Conn::leaves);
        }
        let current = self.current().map(|conn| conn.attempt);
        if current != current_before {
            self.liveness = if current.is_some() { Liveness::fresh(config) } else { Liveness::NONE };
        }
        if let Some(conn) = current.and_then(|attempt| self.conn_mut(attempt)) {
            conn.by = NEVER;
        }
    }

    fn conn_mut(&mut self, attempt: Attempt) -> Option<&mut Conn> {
        self.conns.iter_mut().flatten().find(|conn| conn.attempt == attempt)
    }

    fn drops(&mut self, attempt: Attempt) {
        let keep = |conn: Option<Conn>| conn.filter(|conn| conn.attempt != attempt);
        let [first, second] = self.conns.map(keep);
        self.conns = if first.is_some() { [first, second] } else { [second, None] };
    }

    /// A failure was counted on this connection; for its renewal if it stays.
    pub fn blames(&mut self, attempt: Attempt, stays: bool) {
        if let Some(conn) = self.conn_mut(attempt) {
            conn.renewed |= stays;
            conn.blamed |= !stays;
        }
    }

    /// The link has come to its end: nothing is promised any more.
    pub fn ended(&mut self) {
        self.end_by = NEVER;
    }
}
