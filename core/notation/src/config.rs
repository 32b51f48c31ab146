//! The `link` line: every key of a configuration as text.

use core::fmt;
use core::str::FromStr;

use relink_core::{Backoff, Config, Jitter, Millis};

use crate::event::code;
use crate::near::near;
use crate::time::{OrNone, millis, millis_or_none, number};
use crate::words::Words;
use crate::{Error, Problem, Text};

/// The line that begins a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// `single`: the link never holds two connections ([`Single`](relink_core::Single)).
    pub single: bool,
    /// How it behaves: [`Config::DEFAULT`] where the line says nothing.
    pub config: Config,
}

impl Header {
    pub(crate) fn parse(words: &mut Words<'_>) -> Result<Self, Error> {
        let word = words.need(Problem::Line)?;
        if word.text != "link" {
            return Err(word.error(Problem::Line));
        }
        let single = words.take("single");
        Ok(Self { single, config: parse_config(words)? })
    }
}

impl fmt::Display for Text<Header> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let single = if self.0.single { "single " } else { "" };
        write!(f, "link {single}{}", Text(self.0.config))
    }
}

impl FromStr for Text<Header> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Header::parse(&mut Words::new(text)).map(Self)
    }
}

/// Every key, so that the text means the same whatever the defaults become.
impl fmt::Display for Text<Config> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Config {
            backoff,
            opening_timeout,
            acceptance_timeout,
            ping_after,
            pong_timeout,
            closing_timeout,
            reset_after,
            start_spread,
            dial_gap_min,
            retry_after_max,
            overlap_max,
            lifetime_max,
            lifetime_spread_percent,
            redial,
            timeout_code,
        } = self.0;
        write!(f, "opening={} acceptance={} ", Text(opening_timeout), OrNone(acceptance_timeout))?;
        write!(f, "ping={} pong={} ", OrNone(ping_after), Text(pong_timeout))?;
        write!(f, "closing={} reset={} {} ", Text(closing_timeout), Text(reset_after), Text(backoff))?;
        write!(f, "start={} gap={} ", OrNone(start_spread), Text(dial_gap_min))?;
        write!(f, "retry-after-max={} overlap={} ", Text(retry_after_max), OrNone(overlap_max))?;
        write!(f, "lifetime={}±{lifetime_spread_percent}% ", OrNone(lifetime_max))?;
        write!(f, "redial={} timeout-code={}", if redial { "yes" } else { "no" }, timeout_code.get())
    }
}

impl FromStr for Text<Config> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse_config(&mut Words::new(text)).map(Self)
    }
}

impl fmt::Display for Text<Backoff> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Backoff { first_spread, delay_min, delay_max, growth_percent, jitter, failures_max } = self.0;
        write!(f, "backoff={}..{} x{growth_percent}% ", Text(delay_min), Text(delay_max))?;
        match jitter {
            Jitter::None => f.write_str("jitter=none"),
            Jitter::Full => f.write_str("jitter=full"),
            Jitter::Equal => f.write_str("jitter=equal"),
            Jitter::Decorrelated => f.write_str("jitter=decorrelated"),
            Jitter::Around(percent) => write!(f, "jitter=around{percent}%"),
        }?;
        write!(f, " first={} ", OrNone(first_spread))?;
        if failures_max == 0 { f.write_str("failures=none") } else { write!(f, "failures={failures_max}") }
    }
}

fn parse_config(words: &mut Words<'_>) -> Result<Config, Error> {
    let mut config = Config::DEFAULT;
    let mut seen = Keys(0);
    for word in words {
        let (key, value) = split(word.text).ok_or_else(|| word.error(unknown(word.text)))?;
        if seen.has(key) {
            return Err(word.error(Problem::KeyTwice));
        }
        set(&mut config, key, value, seen).map_err(|problem| word.error(problem))?;
        seen = seen.with(key);
    }
    Ok(config)
}

/// The keys of the configuration, in the order in which they are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Opening,
    Acceptance,
    Ping,
    Pong,
    Closing,
    Reset,
    Backoff,
    Growth,
    Jitter,
    First,
    Failures,
    Start,
    Gap,
    RetryAfterMax,
    Overlap,
    Lifetime,
    Redial,
    TimeoutCode,
}

/// The keys that have a name; growth has none.
const NAMES: [(&str, Key); 17] = [
    ("opening", Key::Opening),
    ("acceptance", Key::Acceptance),
    ("ping", Key::Ping),
    ("pong", Key::Pong),
    ("closing", Key::Closing),
    ("reset", Key::Reset),
    ("backoff", Key::Backoff),
    ("jitter", Key::Jitter),
    ("first", Key::First),
    ("failures", Key::Failures),
    ("start", Key::Start),
    ("gap", Key::Gap),
    ("retry-after-max", Key::RetryAfterMax),
    ("overlap", Key::Overlap),
    ("lifetime", Key::Lifetime),
    ("redial", Key::Redial),
    ("timeout-code", Key::TimeoutCode),
];

/// The keys given so far, one bit each.
#[derive(Clone, Copy)]
struct Keys(u32);

impl Keys {
    const fn has(self, key: Key) -> bool {
        self.0 & Self::bit(key) != 0
    }

    const fn with(self, key: Key) -> Self {
        Self(self.0 | Self::bit(key))
    }

    const fn bit(key: Key) -> u32 {
        1_u32.wrapping_shl(key as u32)
    }
}

fn split(text: &str) -> Option<(Key, &str)> {
    if text.starts_with('x') {
        return Some((Key::Growth, text));
    }
    let (name, value) = text.split_once('=')?;
    NAMES.into_iter().find(|(known, _)| *known == name).map(|(_, key)| (key, value))
}

/// What is wrong with a word that is no key.
fn unknown(text: &str) -> Problem {
    let name = text.split_once('=').map_or(text, |(name, _)| name);
    near(name, NAMES.into_iter().map(|(name, _)| name)).map_or(Problem::Key, Problem::KeyNear)
}

fn set(config: &mut Config, key: Key, value: &str, seen: Keys) -> Result<(), Problem> {
    match key {
        Key::Opening => config.opening_timeout = millis(value)?,
        Key::Acceptance => config.acceptance_timeout = millis_or_none(value)?,
        Key::Ping => config.ping_after = millis_or_none(value)?,
        Key::Pong => config.pong_timeout = millis(value)?,
        Key::Closing => config.closing_timeout = millis(value)?,
        Key::Reset => config.reset_after = millis(value)?,
        Key::Backoff => set_backoff(&mut config.backoff, value, seen)?,
        Key::Growth => config.backoff.growth_percent = growth(value)?,
        Key::Jitter => config.backoff.jitter = jitter(value)?,
        Key::First => config.backoff.first_spread = millis_or_none(value)?,
        Key::Failures => config.backoff.failures_max = if value == "none" { 0 } else { number(value, Problem::Failures)? },
        Key::Start => config.start_spread = millis_or_none(value)?,
        Key::Gap => config.dial_gap_min = millis(value)?,
        Key::RetryAfterMax => config.retry_after_max = millis(value)?,
        Key::Overlap => config.overlap_max = millis_or_none(value)?,
        Key::Lifetime => (config.lifetime_max, config.lifetime_spread_percent) = lifetime(value, config.lifetime_spread_percent)?,
        Key::Redial => config.redial = yes_no(value)?,
        Key::TimeoutCode => config.timeout_code = code(value)?,
    }
    Ok(())
}

/// A range changes the two delays; a preset or a single delay is a whole policy.
fn set_backoff(backoff: &mut Backoff, value: &str, seen: Keys) -> Result<(), Problem> {
    if let Some((min, max)) = value.split_once("..") {
        (backoff.delay_min, backoff.delay_max) = (millis(min)?, millis(max)?);
        return Ok(());
    }
    if seen.has(Key::Growth) || seen.has(Key::Jitter) || seen.has(Key::First) || seen.has(Key::Failures) {
        return Err(Problem::PresetLate);
    }
    *backoff = match value {
        "interactive" => Backoff::INTERACTIVE,
        "fleet" => Backoff::FLEET,
        "grpc" => Backoff::GRPC,
        "rfc6455" => Backoff::RFC6455,
        delay => Backoff::fixed(millis(delay).map_err(|problem| if problem == Problem::Millis { Problem::Backoff } else { problem })?),
    };
    Ok(())
}

fn growth(value: &str) -> Result<u16, Problem> {
    let percent = value.strip_prefix('x').and_then(|rest| rest.strip_suffix('%')).ok_or(Problem::Growth)?;
    number(percent, Problem::Growth)
}

fn jitter(value: &str) -> Result<Jitter, Problem> {
    Ok(match value {
        "none" => Jitter::None,
        "full" => Jitter::Full,
        "equal" => Jitter::Equal,
        "decorrelated" => Jitter::Decorrelated,
        around => {
            let percent = around.strip_prefix("around").and_then(|rest| rest.strip_suffix('%')).ok_or(Problem::Jitter)?;
            Jitter::Around(number(percent, Problem::Jitter)?)
        }
    })
}

fn lifetime(value: &str, spread: u8) -> Result<(Millis, u8), Problem> {
    let Some((time, percent)) = value.split_once('±').or_else(|| value.split_once("+-")) else {
        return Ok((millis_or_none(value)?, spread));
    };
    let percent = percent.strip_suffix('%').ok_or(Problem::Lifetime)?;
    Ok((millis_or_none(time)?, number(percent, Problem::Lifetime)?))
}

fn yes_no(value: &str) -> Result<bool, Problem> {
    match value {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(Problem::YesNo),
    }
}
