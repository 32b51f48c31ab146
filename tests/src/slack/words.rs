//! Owns scripts as text: `409*3, hang, ok*2, 503@30s`, for the command line.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::reason::{ApiError, Kind, Reason};
use super::script::{Scene, Trouble};
use super::trouble::{CallTrouble, LinkTrouble, Oddity};
use crate::fault::Leave;

/// A text that is not understood, and what could stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotUnderstood {
    /// The text.
    pub text: String,
    /// What could stand there.
    pub expected: &'static str,
}

impl fmt::Display for NotUnderstood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}' is not understood; expected {}", self.text, self.expected)
    }
}

impl std::error::Error for NotUnderstood {}

/// Scenes as text: troubles with commas between them, each once, `*N` times, for a time `@30s`, or for ever `!`; `ok` is none.
#[derive(Clone, Debug)]
pub struct ScriptText<T>(pub Vec<Scene<T>>);

impl<T: Trouble + FromStr<Err = NotUnderstood>> FromStr for ScriptText<T> {
    type Err = NotUnderstood;

    fn from_str(text: &str) -> Result<Self, NotUnderstood> {
        text.split(',').map(str::trim).filter(|scene| !scene.is_empty()).map(scene).collect::<Result<_, _>>().map(Self)
    }
}

fn scene<T: Trouble + FromStr<Err = NotUnderstood>>(text: &str) -> Result<Scene<T>, NotUnderstood> {
    if let Some(trouble) = text.strip_suffix('!') {
        return Ok(trouble.parse::<T>()?.always());
    }
    if let Some((trouble, time)) = text.split_once('@') {
        return Ok(trouble.parse::<T>()?.lasting(duration(time)?));
    }
    let (trouble, times) = text.split_once('*').unwrap_or((text, "1"));
    let times = number(times)?;
    if trouble == "ok" { Ok(Scene::fine(times)) } else { Ok(trouble.parse::<T>()?.times(times)) }
}

impl FromStr for CallTrouble {
    type Err = NotUnderstood;

    fn from_str(text: &str) -> Result<Self, NotUnderstood> {
        let (word, rest) = text.split_once([':', '/']).unwrap_or((text, ""));
        if text.starts_with("429/") {
            return Ok(Self::RateLimited { retry_after_s: number(rest)? });
        }
        Ok(match word {
            "hang" => Self::Hang,
            "fin" => Self::Hangup(Leave::Fin),
            "reset" => Self::Hangup(Leave::Reset),
            "dead-url" => Self::DeadUrl,
            "garbage" => Self::Body("<html>no JSON</html>".to_owned()),
            "late" => Self::Late(duration(rest)?),
            "error" if !rest.is_empty() => Self::Api(ApiError::from(rest)),
            status => Self::Status(number(status).map_err(|_| wrong(text, CALLS))?),
        })
    }
}

impl FromStr for LinkTrouble {
    type Err = NotUnderstood;

    fn from_str(text: &str) -> Result<Self, NotUnderstood> {
        let (word, rest) = text.split_once([':', '/']).unwrap_or((text, ""));
        Ok(match word {
            "hang" => Self::Hang,
            "fin" => Self::Hangup(Leave::Fin),
            "reset" => Self::Hangup(Leave::Reset),
            "disconnect" if !rest.is_empty() => Self::DisconnectFirst(Reason::from(rest)),
            "no-hello" => Self::NoHello,
            "late-hello" => Self::LateHello(duration(rest)?),
            "no-pong" => Self::NoPong,
            "silent" => Self::Silent(duration(rest)?),
            "half-open" => Self::HalfOpen(duration(rest)?),
            "says" => Self::Says(vec![rest.parse()?]),
            "close" => match rest.split_once('/') {
                Some((time, code)) => Self::CloseAfter(duration(time)?, Some(number(code)?)),
                None => Self::CloseAfter(duration(rest)?, None),
            },
            "lost" => Self::LostAfter(duration(rest)?, Leave::Reset),
            "ended" => Self::LostAfter(duration(rest)?, Leave::Fin),
            "close-unanswered" => Self::CloseUnanswered,
            status => match (number(status).map_err(|_| wrong(text, LINKS))?, rest) {
                (status, "") => Self::Status(status),
                (status, seconds) => Self::StatusWithRetryAfter { status, retry_after_s: number(seconds)? },
            },
        })
    }
}

impl FromStr for Oddity {
    type Err = NotUnderstood;

    fn from_str(text: &str) -> Result<Self, NotUnderstood> {
        let (word, rest) = text.split_once('/').unwrap_or((text, ""));
        Ok(match word {
            "not-json" => Self::NotJson,
            "no-object" => Self::NoObject,
            "no-type" => Self::NoType,
            "unknown-type" => Self::UnknownType,
            "unknown-reason" => Self::UnknownReason,
            "binary" => Self::Binary,
            "huge" => Self::Huge(number(rest)?),
            "deep" => Self::Deep(number(rest)?),
            _ => return Err(wrong(text, ODDITIES)),
        })
    }
}

impl FromStr for Kind {
    type Err = NotUnderstood;

    fn from_str(text: &str) -> Result<Self, NotUnderstood> {
        let kind = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        kind.ok_or_else(|| wrong(text, "events_api, interactive or slash_commands"))
    }
}

/// A time such as `250ms`, `30s` or `5m`.
///
/// # Errors
/// If it is none.
pub(crate) fn duration(text: &str) -> Result<Duration, NotUnderstood> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (value, unit) = text.split_at(digits);
    let millis = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        _ => return Err(wrong(text, "a time such as 250ms, 30s or 5m")),
    };
    number::<u32>(value).map(|value| Duration::from_millis(u64::from(value) * millis))
}

pub(crate) fn number<T: FromStr>(text: &str) -> Result<T, NotUnderstood> {
    text.parse().map_err(|_| wrong(text, "a number"))
}

pub(crate) fn wrong(text: &str, expected: &'static str) -> NotUnderstood {
    NotUnderstood { text: text.to_owned(), expected }
}

const CALLS: &str = "a status, 429/SECONDS, error:WORD, late:TIME, garbage, dead-url, hang, fin or reset";
const LINKS: &str = "a status, STATUS/SECONDS, disconnect:REASON, no-hello, late-hello:TIME, no-pong, silent:TIME, half-open:TIME, \
    says:ODDITY, close:TIME, close:TIME/CODE, lost:TIME, ended:TIME, close-unanswered, hang, fin or reset";
const ODDITIES: &str = "not-json, no-object, no-type, unknown-type, unknown-reason, binary, huge/BYTES or deep/LEVELS";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_understood() -> Result<(), NotUnderstood> {
        for text in ["409", "429/30", "error:invalid_auth", "late:5s", "garbage", "dead-url", "hang", "fin", "reset"] {
            text.parse::<CallTrouble>()?;
        }
        assert_eq!("429/30".parse(), Ok(CallTrouble::RateLimited { retry_after_s: 30 }));
        assert_eq!("error:invalid_auth".parse(), Ok(CallTrouble::Api(ApiError::InvalidAuth)));
        for text in "409 503/7 disconnect:warning no-hello late-hello:2m no-pong silent:5s half-open:5s close:5s lost:0s ended:9ms \
                     close-unanswered hang fin reset says:deep/9"
            .split_whitespace()
        {
            text.parse::<LinkTrouble>()?;
        }
        assert_eq!("close:5s/1011".parse(), Ok(LinkTrouble::CloseAfter(Duration::from_secs(5), Some(1011))));
        assert_eq!("disconnect:x".parse(), Ok(LinkTrouble::DisconnectFirst(Reason::Other("x".to_owned()))));
        let script: ScriptText<LinkTrouble> = "409*3, ok*2,hang@30s , no-hello!".parse()?;
        assert_eq!(script.0.len(), 4);
        Ok(())
    }

    #[test]
    fn what_is_not_understood_is_named_with_what_could_stand_there() {
        let said = |text: &str| text.parse::<ScriptText<LinkTrouble>>().err().map(|error| error.to_string()).unwrap_or_default();
        assert!(said("409,nohello").starts_with("'nohello' is not understood; expected a status"), "{}", said("nohello"));
        assert_eq!(said("hang@soon"), "'soon' is not understood; expected a time such as 250ms, 30s or 5m");
        assert_eq!(said("hang*x"), "'x' is not understood; expected a number");
        assert!("error".parse::<CallTrouble>().is_err() && "poll".parse::<Kind>().is_err());
    }
}
