//! What is said about text that is not in the notation.

use core::fmt;

/// Text that is not in the notation: where, and what would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    /// The line, from 1.
    pub line: u32,
    /// The column of the first character that does not fit, counted in characters from 1.
    pub column: u32,
    /// What does not fit.
    pub problem: Problem,
}

impl Error {
    pub(crate) const fn at(column: u32, problem: Problem) -> Self {
        Self { line: 1, column, problem }
    }

    pub(crate) const fn in_line(self, line: u32) -> Self {
        Self { line, ..self }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.problem)
    }
}

impl core::error::Error for Error {}

/// What does not fit. Its text says what is accepted in that place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// A line that begins with none of the known words.
    Line,
    /// Neither `at` nor `or at`.
    At,
    /// A point in time is not one.
    Instant,
    /// A length of time is not one.
    Millis,
    /// A length of time beyond 2³²−1 ms.
    TooLong,
    /// A time with a fraction of a millisecond.
    TooFine,
    /// A key of the configuration that does not exist.
    Key,
    /// A key that does not exist, but this one does.
    KeyNear(&'static str),
    /// A key that was given before on the same line.
    KeyTwice,
    /// A preset behind the keys it would overwrite.
    PresetLate,
    /// A backoff that is neither a preset, a delay nor a range.
    Backoff,
    /// A growth that is not `x160%`.
    Growth,
    /// A jitter that does not exist.
    Jitter,
    /// A number of failures that is not one.
    Failures,
    /// A lifetime that is not one.
    Lifetime,
    /// Neither yes nor no.
    YesNo,
    /// A close code that is not one.
    CloseCode,
    /// An event that does not exist.
    Event,
    /// An attempt that is not one.
    Attempt,
    /// A report that does not say of which attempt.
    NoAttempt,
    /// A blank between a report and its attempt.
    AttemptApart,
    /// A verdict that does not exist.
    Verdict,
    /// A roll that is not one.
    Roll,
    /// A right half that does not begin with an arrow.
    Arrow,
    /// A state that does not exist.
    State,
    /// An action that does not exist.
    Action,
    /// A deadline that is not one.
    Deadline,
    /// Words behind the end.
    Extra,
}

impl Problem {
    const fn sentence(self) -> &'static str {
        match self {
            Self::Line => "a line begins with `link`, `at`, `or at`, `never`, `always` or `#`",
            Self::At => "a step begins with `at` and a time, or `or at` and a time",
            Self::Instant => "a time such as 0s, 250ms, 11.2s, 1.5m or 2h is expected, counted from the beginning of the link",
            Self::Millis => "a duration such as 250ms, 3s, 1.5m or 2h is expected (`none` only where a wait can be switched off)",
            Self::TooLong => "a duration is at most 4294967.295s (49.7 days)",
            Self::TooFine => "times are whole milliseconds",
            Self::Key => KEYS,
            Self::KeyNear(_) => "there is no such key",
            Self::KeyTwice => "this key was given before on the same line",
            Self::PresetLate => "a preset would overwrite a key given before it: put `backoff=` first",
            Self::Backoff => "`backoff=` takes a range such as 1s..60s, one delay such as 5s, or interactive, fleet, grpc, rfc6455",
            Self::Growth => "the growth is a whole percentage such as x200% (doubles), at most x65535%",
            Self::Jitter => "`jitter=` takes none, full, equal, decorrelated, or around20% (at most around255%)",
            Self::Failures => "`failures=` takes a whole number up to 4294967295, or none for no limit",
            Self::Lifetime => "`lifetime=` takes a duration and its spread such as 1h±10% (or 1h+-10%), or none",
            Self::YesNo => "`redial=` takes yes or no",
            Self::CloseCode => "a close code is a number from 0 to 65535, such as 1000",
            Self::Event => EVENTS,
            Self::Attempt => "an attempt is # and its number, such as #1, at most #4294967295",
            Self::NoAttempt => "this report must say of which attempt, such as lost#1",
            Self::AttemptApart => "no blank stands between a report and its attempt: write lost#1, not lost #1",
            Self::Verdict => "the verdicts are retry, `retry-after 30s`, `retry-in 5s`, `postpone 10s`, `renew 10s`, give-up",
            Self::Roll => "`roll=` takes a whole number up to 4294967295, or a percentage of the range such as 50%",
            Self::Arrow => "behind the event follows `roll=`, the right half `-> STATE ACTION DEADLINE`, or nothing",
            Self::State => STATES,
            Self::Action => "the actions are `open #1`, `ping #1`, `close #1 1000`, `abort #1`, wait, ignored",
            Self::Deadline => "the deadline is a time such as 11s, or - for none",
            Self::Extra => "nothing more is expected on this line",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())?;
        if let Self::KeyNear(key) = self { write!(f, "; did you mean `{key}=`?") } else { Ok(()) }
    }
}

const KEYS: &str = "the keys are single opening= acceptance= ping= pong= closing= reset= backoff= x160% jitter= first= failures= start= gap= \
     retry-after-max= overlap= lifetime= redial= timeout-code=";

const EVENTS: &str = "the events are start, `stop 1000`, `drain 30s 1000` (by that time), timeout, and the reports opened, accepted, heard, \
     `pulse 15s`, drained, `asked VERDICT`, `closed VERDICT`, `broken 1002`, `lost VERDICT`, each with #N for its attempt";

const STATES: &str = "the states are idle, connecting, open, ready, draining, drained, closing, backoff, shutdown; with a second connection \
     ready+backoff, ready+connecting, ready+open, ready+last, ready+old, ready+old-closing, draining+old, \
     draining+old-drained, drained+old, closing+abort, closing+close, closing+closing; and with what follows, such as \
     closing:stopped, shutdown:stopped, :given-up, :exhausted, :over";
