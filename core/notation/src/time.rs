//! Numbers and times as text: `250ms`, `11.2s`, `1.5m`, `2h`; exact to the millisecond in both directions.

use core::fmt;
use core::str::FromStr;

use relink_core::{Instant, Millis};

use crate::words::Words;
use crate::{Error, Problem, Text};

impl fmt::Display for Text<Millis> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, u64::from(self.0.get()))
    }
}

impl FromStr for Text<Millis> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        single(text, Problem::Millis, millis).map(Text)
    }
}

impl fmt::Display for Text<Instant> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == Instant::NEVER { f.write_str("never") } else { write(f, self.0.as_millis()) }
    }
}

impl FromStr for Text<Instant> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        single(text, Problem::Instant, instant).map(Text)
    }
}

/// A value that is one word.
pub(crate) fn single<T>(text: &str, missing: Problem, parse: impl Fn(&str) -> Result<T, Problem>) -> Result<T, Error> {
    let mut words = Words::new(text);
    let word = words.need(missing)?;
    let value = parse(word.text).map_err(|problem| word.error(problem))?;
    words.end()?;
    Ok(value)
}

pub(crate) fn instant(text: &str) -> Result<Instant, Problem> {
    if text == "never" {
        return Ok(Instant::NEVER);
    }
    time(text, Problem::Instant).map(Instant::from_millis)
}

pub(crate) fn millis(text: &str) -> Result<Millis, Problem> {
    let millis = time(text, Problem::Millis)?;
    u32::try_from(millis).map(Millis::new).map_err(|_| Problem::TooLong)
}

/// `none` is no time at all: the wait is switched off.
pub(crate) fn millis_or_none(text: &str) -> Result<Millis, Problem> {
    if text == "none" { Ok(Millis::ZERO) } else { millis(text) }
}

/// A time whose zero means "off".
pub(crate) struct OrNone(pub(crate) Millis);

impl fmt::Display for OrNone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_zero() { f.write_str("none") } else { Text(self.0).fmt(f) }
    }
}

/// A whole number: digits only.
pub(crate) fn number<T: FromStr>(text: &str, problem: Problem) -> Result<T, Problem> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        return Err(problem);
    }
    text.parse().map_err(|_| problem)
}

/// A number with decimals as numerator and denominator: `12.5` is 125 of 10.
pub(crate) fn decimal(text: &str, problem: Problem) -> Result<(u64, u64), Problem> {
    let Some((whole, fraction)) = text.split_once('.') else { return Ok((number(text, problem)?, 1)) };
    let whole: u64 = number(whole, problem)?;
    if fraction.is_empty() {
        return Err(problem);
    }
    let digits = fraction.trim_end_matches('0');
    if digits.is_empty() {
        return Ok((whole, 1));
    }
    let part: u64 = number(digits, problem)?;
    let scale = u32::try_from(digits.len()).ok().and_then(|places| 10_u64.checked_pow(places)).ok_or(Problem::TooFine)?;
    let numerator = whole.checked_mul(scale).and_then(|scaled| scaled.checked_add(part)).ok_or(problem)?;
    Ok((numerator, scale))
}

fn time(text: &str, problem: Problem) -> Result<u64, Problem> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (value, unit) = text.split_at_checked(end).ok_or(problem)?;
    let unit: u128 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(problem),
    };
    let (numerator, scale) = decimal(value, problem)?;
    let scaled = unit.saturating_mul(u128::from(numerator));
    let scale = u128::from(scale);
    if scaled.checked_rem(scale) != Some(0) {
        return Err(Problem::TooFine);
    }
    scaled.checked_div(scale).and_then(|millis| u64::try_from(millis).ok()).ok_or(problem)
}

/// Seconds with as many decimals as it takes; below a second, milliseconds.
fn write(f: &mut fmt::Formatter<'_>, millis: u64) -> fmt::Result {
    let (secs, part) = (millis / 1000, millis % 1000);
    match part {
        0 => write!(f, "{secs}s"),
        part if secs == 0 => write!(f, "{part}ms"),
        part if part % 100 == 0 => write!(f, "{secs}.{}s", part / 100),
        part if part % 10 == 0 => write!(f, "{secs}.{:02}s", part / 10),
        part => write!(f, "{secs}.{part:03}s"),
    }
}
