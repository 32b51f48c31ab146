//! What a part of a process shows of itself: its condition, its warnings, its counts.

use std::borrow::Cow;

use crate::Election;
use crate::election::{Elections, Standing, Status};

/// A part of a process whose health and counts can be asked for, at any time and without waiting.
pub trait Observed: Send + Sync {
    /// Whether it can do its work now.
    fn condition(&self) -> Condition;

    /// What somebody should look at, although it works.
    fn warnings(&self) -> Vec<Cow<'static, str>> {
        Vec::new()
    }

    /// What it has counted.
    fn counts(&self) -> Vec<Count> {
        Vec::new()
    }
}

/// Whether a part of a process can do its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It can.
    Ready,
    /// It cannot now, for this reason; it is likely to pass, or intended.
    Unready(Cow<'static, str>),
    /// It never will again, for this reason: only a new process helps.
    Dead(Cow<'static, str>),
}

/// One number, as Prometheus understands it.
#[derive(Clone, Debug, PartialEq)]
pub struct Count {
    /// Its name: letters, digits and `_`; of a counter it ends in `_total`. The same name always comes with the same kind and help.
    pub name: &'static str,
    /// What it means, in a line.
    pub help: &'static str,
    /// Whether it only grows.
    pub kind: Kind,
    /// What tells it from others of its name.
    pub labels: Vec<(&'static str, String)>,
    /// The number.
    pub value: f64,
}

/// Whether a number only grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It does, from 0 at the start of the process.
    Counter,
    /// It does not.
    Gauge,
}

impl Count {
    /// A number that only grows, without labels.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "Prometheus knows no other numbers")]
    pub const fn counter(name: &'static str, help: &'static str, value: u64) -> Self {
        Self { name, help, kind: Kind::Counter, labels: Vec::new(), value: value as f64 }
    }

    /// A number that goes up and down, without labels.
    #[must_use]
    pub const fn gauge(name: &'static str, help: &'static str, value: f64) -> Self {
        Self { name, help, kind: Kind::Gauge, labels: Vec::new(), value }
    }

    /// The same with one more label.
    #[must_use]
    pub fn with(mut self, label: &'static str, value: impl Into<String>) -> Self {
        self.labels.push((label, value.into()));
        self
    }
}

/// Ready as a leader, and as a candidate to whom the engine answers. Whether a leader can do what it leads for, it does not know.
impl Observed for Election {
    fn condition(&self) -> Condition {
        let status = self.status();
        if status.has_changed().is_err() {
            return Condition::Dead("the election's driver is gone".into());
        }
        let status = status.borrow();
        of_standing(&status)
    }

    fn counts(&self) -> Vec<Count> {
        let stats = self.stats();
        let is_leader = f64::from(u8::from(matches!(self.status().borrow().standing, Standing::Leading(_))));
        let counts = [
            Count::gauge("relink_election_leader", "Whether this process leads", is_leader),
            Count::counter("relink_election_leads_total", "Leads begun", stats.leads),
            Count::counter("relink_election_step_downs_total", "Leads ended with time to drain", stats.step_downs),
            Count::counter("relink_election_halts_total", "Leads ended at once", stats.halts),
            Count::counter("relink_election_requests_total", "Requests to the engine about a lease", stats.requests),
            Count::counter("relink_election_unknown_total", "Those of them whose outcome is not known", stats.unknown),
            Count::counter("relink_election_dial_failures_total", "Dials that failed in a lead's name", stats.dial_failures),
        ];
        counts.into_iter().map(|count| count.with("group", self.group().as_str())).collect()
    }
}

/// As its elections are: not ready if one is not.
impl Observed for Elections {
    fn condition(&self) -> Condition {
        self.each().iter().map(Observed::condition).max_by_key(Condition::gravity).unwrap_or(Condition::Ready)
    }

    fn counts(&self) -> Vec<Count> {
        self.each().iter().flat_map(Observed::counts).collect()
    }
}

impl Condition {
    pub(crate) const fn gravity(&self) -> u8 {
        match self {
            Self::Ready => 0,
            Self::Unready(_) => 1,
            Self::Dead(_) => 2,
        }
    }
}

fn of_standing(status: &Status) -> Condition {
    match (status.standing, &status.fault) {
        (Standing::Idle, _) => Condition::Unready("takes no part".into()),
        (Standing::SteppingDown(_) | Standing::Releasing, _) => Condition::Unready("steps down".into()),
        // A lead that the engine does not confirm ends by itself.
        (Standing::Leading(_), _) => Condition::Ready,
        (Standing::Candidate | Standing::Resting, Some(fault)) => Condition::Unready(fault.to_string().into()),
        (Standing::Candidate | Standing::Resting, None) if status.has_answered => Condition::Ready,
        (Standing::Candidate | Standing::Resting, None) => Condition::Unready("the engine has not answered yet".into()),
    }
}
