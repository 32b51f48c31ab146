//! Owns the columns of the state × event table: kinds of events, as the state they meet tells them apart.

use core::fmt;

use relink_core::{Event, Instant, Report, State, Verdict};

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `start`
    Start,
    /// `stop`
    Stop,
    /// `drain`
    Drain,
    /// `timeout` before the deadline, or without one.
    Early,
    /// `timeout` at the deadline or after it.
    Due,
    /// A report on the current connection or attempt.
    OfFirst(ReportKind),
    /// A report on the connection or attempt beside it.
    OfSecond(ReportKind),
    /// A report on any other attempt.
    Stale,
}

/// A report without its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReportKind {
    /// `opened`
    Opened,
    /// `accepted`
    Accepted,
    /// `heard`
    Heard,
    /// `pulse`
    Pulse,
    /// `drained`
    Drained,
    /// `asked`
    Asked(VerdictKind),
    /// `closed`
    Closed(VerdictKind),
    /// `broken`
    Broken,
    /// `lost`
    Lost(VerdictKind),
}

/// A verdict without its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VerdictKind {
    /// `retry`, `retry-after`, `retry-in`: a failure, and a delay.
    Retry,
    /// `postpone`
    Postpone,
    /// `renew`
    Renew,
    /// `give-up`
    GiveUp,
}

impl Kind {
    /// The number of kinds.
    pub const COUNT: usize = 6 + 2 * ReportKind::COUNT;

    /// What kind of event this is to a link in this state.
    #[must_use]
    pub fn of(state: &State, deadline: Option<Instant>, now: Instant, event: &Event) -> Self {
        match event {
            Event::Start => Self::Start,
            Event::Stop(_) => Self::Stop,
            Event::Drain(..) => Self::Drain,
            Event::Timeout if deadline.is_some_and(|deadline| deadline <= now) => Self::Due,
            Event::Timeout => Self::Early,
            Event::Of(attempt, report) => match state.attempts() {
                (Some(first), _) if first == *attempt => Self::OfFirst(ReportKind::of(report)),
                (_, Some(second)) if second == *attempt => Self::OfSecond(ReportKind::of(report)),
                (Some(_) | None, Some(_) | None) => Self::Stale,
            },
        }
    }

    /// Its number, below [`Kind::COUNT`]: the compiler makes sure that each has one.
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Start => 0,
            Self::Stop => 1,
            Self::Drain => 2,
            Self::Early => 3,
            Self::Due => 4,
            Self::OfFirst(report) => 5 + report.index(),
            Self::OfSecond(report) => 5 + ReportKind::COUNT + report.index(),
            Self::Stale => 5 + 2 * ReportKind::COUNT,
        }
    }
}

impl ReportKind {
    const COUNT: usize = 6 + 3 * VerdictKind::COUNT;

    const fn of(report: &Report) -> Self {
        match report {
            Report::Opened => Self::Opened,
            Report::Accepted => Self::Accepted,
            Report::Heard => Self::Heard,
            Report::Pulse(_) => Self::Pulse,
            Report::Drained => Self::Drained,
            Report::Asked(verdict) => Self::Asked(VerdictKind::of(verdict)),
            Report::Closed(verdict) => Self::Closed(VerdictKind::of(verdict)),
            Report::Broken(_) => Self::Broken,
            Report::Lost(verdict) => Self::Lost(VerdictKind::of(verdict)),
        }
    }

    const fn index(self) -> usize {
        match self {
            Self::Opened => 0,
            Self::Accepted => 1,
            Self::Heard => 2,
            Self::Pulse => 3,
            Self::Drained => 4,
            Self::Broken => 5,
            Self::Asked(verdict) => 6 + verdict.index(),
            Self::Closed(verdict) => 6 + VerdictKind::COUNT + verdict.index(),
            Self::Lost(verdict) => 6 + 2 * VerdictKind::COUNT + verdict.index(),
        }
    }

    /// Its name without a verdict.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Accepted => "accepted",
            Self::Heard => "heard",
            Self::Pulse => "pulse",
            Self::Drained => "drained",
            Self::Broken => "broken",
            Self::Asked(_) => "asked",
            Self::Closed(_) => "closed",
            Self::Lost(_) => "lost",
        }
    }

    const fn verdict(self) -> Option<VerdictKind> {
        match self {
            Self::Opened | Self::Accepted | Self::Heard | Self::Pulse | Self::Drained | Self::Broken => None,
            Self::Asked(verdict) | Self::Closed(verdict) | Self::Lost(verdict) => Some(verdict),
        }
    }
}

impl VerdictKind {
    const COUNT: usize = 4;

    const fn of(verdict: &Verdict) -> Self {
        match verdict {
            Verdict::Retry | Verdict::RetryAfter(_) | Verdict::RetryIn(_) => Self::Retry,
            Verdict::Postpone(_) => Self::Postpone,
            Verdict::Renew { .. } => Self::Renew,
            Verdict::GiveUp => Self::GiveUp,
        }
    }

    const fn index(self) -> usize {
        match self {
            Self::Retry => 0,
            Self::Postpone => 1,
            Self::Renew => 2,
            Self::GiveUp => 3,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Postpone => "postpone",
            Self::Renew => "renew",
            Self::GiveUp => "give-up",
        }
    }
}

impl fmt::Display for ReportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        self.verdict().map_or(Ok(()), |verdict| write!(f, " {}", verdict.name()))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => f.write_str("start"),
            Self::Stop => f.write_str("stop"),
            Self::Drain => f.write_str("drain"),
            Self::Early => f.write_str("early timeout"),
            Self::Due => f.write_str("timeout"),
            Self::OfFirst(report) => write!(f, "{report}"),
            Self::OfSecond(report) => write!(f, "other {report}"),
            Self::Stale => f.write_str("stale report"),
        }
    }
}
