//! Events, reports, verdicts, attempts and close codes as text.

use core::fmt;
use core::str::FromStr;

use relink_core::{Attempt, CloseCode, Event, Millis, Report, Verdict};

use crate::time::{OrNone, instant, millis, millis_or_none, number};
use crate::words::Words;
use crate::{Error, Problem, Text};

/// An event as it is written: a report may leave out its attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Said {
    /// An event that says everything.
    Whole(Event),
    /// A report on the attempt that was opened last.
    OfLatest(Report),
}

impl Said {
    /// The event, given the attempt that was opened last; none if it is needed and there is none.
    #[must_use]
    pub fn event(self, latest: Option<Attempt>) -> Option<Event> {
        match self {
            Self::Whole(event) => Some(event),
            Self::OfLatest(report) => latest.map(|attempt| Event::Of(attempt, report)),
        }
    }

    pub(crate) fn parse(words: &mut Words<'_>) -> Result<Self, Error> {
        let word = words.need(Problem::Event)?;
        let (name, attempt) = match word.text.find('#').and_then(|at| word.text.split_at_checked(at)) {
            None => (word.text, None),
            Some((name, text)) => (name, Some(attempt(text).map_err(|problem| word.error(problem))?)),
        };
        let event = match name {
            "start" => Event::Start,
            "timeout" => Event::Timeout,
            "stop" => Event::Stop(parse_code(words)?),
            "drain" => {
                let word = words.need(Problem::Instant)?;
                let until = instant(word.text).map_err(|problem| word.error(problem))?;
                Event::Drain(until, parse_code(words)?)
            }
            _ => {
                let apart = words.peek().filter(|next| attempt.is_none() && self::attempt(next.text).is_ok());
                let report = parse_report(name, words);
                if let (Some(apart), Ok(Some(_)) | Err(_)) = (apart, report) {
                    return Err(apart.error(Problem::AttemptApart));
                }
                let report = report?.ok_or(word.error(Problem::Event))?;
                return Ok(attempt.map_or(Self::OfLatest(report), |attempt| Self::Whole(Event::Of(attempt, report))));
            }
        };
        if attempt.is_some() { Err(word.error(Problem::Event)) } else { Ok(Self::Whole(event)) }
    }
}

impl fmt::Display for Text<Said> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Said::Whole(event) => Text(event).fmt(f),
            Said::OfLatest(report) => write_report(f, None, report),
        }
    }
}

impl FromStr for Text<Said> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut words = Words::new(text);
        let said = Said::parse(&mut words)?;
        words.end()?;
        Ok(Self(said))
    }
}

impl fmt::Display for Text<Event> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Event::Start => f.write_str("start"),
            Event::Stop(code) => write!(f, "stop {}", code.get()),
            Event::Drain(until, code) => write!(f, "drain {} {}", Text(until), code.get()),
            Event::Timeout => f.write_str("timeout"),
            Event::Of(attempt, report) => write_report(f, Some(attempt), report),
        }
    }
}

impl FromStr for Text<Event> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let Text(said) = text.parse::<Text<Said>>()?;
        said.event(None).map(Self).ok_or(Error::at(1, Problem::NoAttempt))
    }
}

impl fmt::Display for Text<Attempt> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0.number())
    }
}

impl FromStr for Text<Attempt> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        crate::time::single(text, Problem::Attempt, attempt).map(Text)
    }
}

impl FromStr for Text<Verdict> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut words = Words::new(text);
        let verdict = parse_verdict(&mut words)?;
        words.end()?;
        Ok(Self(verdict))
    }
}

impl fmt::Display for Text<Verdict> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Verdict::Retry => f.write_str("retry"),
            Verdict::RetryAfter(wait) => write!(f, "retry-after {}", Text(wait)),
            Verdict::RetryIn(wait) => write!(f, "retry-in {}", Text(wait)),
            Verdict::Postpone(wait) => write!(f, "postpone {}", Text(wait)),
            Verdict::Renew { within } => write!(f, "renew {}", Text(within)),
            Verdict::GiveUp => f.write_str("give-up"),
        }
    }
}

fn write_report(f: &mut fmt::Formatter<'_>, attempt: Option<Attempt>, report: Report) -> fmt::Result {
    f.write_str(report_name(report))?;
    if let Some(attempt) = attempt {
        write!(f, "{}", Text(attempt))?;
    }
    match report {
        Report::Opened | Report::Accepted | Report::Heard | Report::Drained => Ok(()),
        Report::Pulse(next) => write!(f, " {}", OrNone(next)),
        Report::Asked(verdict) | Report::Closed(verdict) | Report::Lost(verdict) => write!(f, " {}", Text(verdict)),
        Report::Broken(code) => write!(f, " {}", code.get()),
    }
}

const fn report_name(report: Report) -> &'static str {
    match report {
        Report::Opened => "opened",
        Report::Accepted => "accepted",
        Report::Heard => "heard",
        Report::Pulse(_) => "pulse",
        Report::Drained => "drained",
        Report::Asked(_) => "asked",
        Report::Closed(_) => "closed",
        Report::Broken(_) => "broken",
        Report::Lost(_) => "lost",
    }
}

fn parse_report(name: &str, words: &mut Words<'_>) -> Result<Option<Report>, Error> {
    Ok(Some(match name {
        "opened" => Report::Opened,
        "accepted" => Report::Accepted,
        "heard" => Report::Heard,
        "pulse" => {
            let word = words.need(Problem::Millis)?;
            Report::Pulse(millis_or_none(word.text).map_err(|problem| word.error(problem))?)
        }
        "drained" => Report::Drained,
        "asked" => Report::Asked(parse_verdict(words)?),
        "closed" => Report::Closed(parse_verdict(words)?),
        "broken" => Report::Broken(parse_code(words)?),
        "lost" => Report::Lost(parse_verdict(words)?),
        _ => return Ok(None),
    }))
}

fn parse_verdict(words: &mut Words<'_>) -> Result<Verdict, Error> {
    let word = words.need(Problem::Verdict)?;
    let mut wait = || -> Result<Millis, Error> {
        let word = words.need(Problem::Millis)?;
        millis(word.text).map_err(|problem| word.error(problem))
    };
    Ok(match word.text {
        "retry" => Verdict::Retry,
        "retry-after" => Verdict::RetryAfter(wait()?),
        "retry-in" => Verdict::RetryIn(wait()?),
        "postpone" => Verdict::Postpone(wait()?),
        "renew" => Verdict::Renew { within: wait()? },
        "give-up" => Verdict::GiveUp,
        _ => return Err(word.error(Problem::Verdict)),
    })
}

pub(crate) fn parse_code(words: &mut Words<'_>) -> Result<CloseCode, Error> {
    let word = words.need(Problem::CloseCode)?;
    code(word.text).map_err(|problem| word.error(problem))
}

pub(crate) fn code(text: &str) -> Result<CloseCode, Problem> {
    number(text, Problem::CloseCode).map(CloseCode::new)
}

pub(crate) fn parse_attempt(words: &mut Words<'_>) -> Result<Attempt, Error> {
    let word = words.need(Problem::Attempt)?;
    attempt(word.text).map_err(|problem| word.error(problem))
}

fn attempt(text: &str) -> Result<Attempt, Problem> {
    let digits = text.strip_prefix('#').ok_or(Problem::Attempt)?;
    number(digits, Problem::Attempt).map(Attempt::from_number)
}
