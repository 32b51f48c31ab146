//! Owns the language: the `elector` line, what happens below it, and what claims may be on.

use relink_core::Millis;
use relink_core::elector::{Event, Reaction, Reply, Request, Terms, Token};

use super::subject::{Outcome, named, state};
use crate::machine::{Complaint, Line, length, number_up_to};

/// How an elector is made.
pub(crate) type Header = Terms;

/// What happens, by which chance, and how far the clock is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deed {
    pub(super) event: Event,
    pub(super) roll: u32,
    pub(super) back: Millis,
}

/// What a claim is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// An action.
    Asked(&'static str),
    /// A state that a step leads to.
    State(&'static str),
}

pub(super) const CLAIMS: &str = "the claims are `never [more than N] ACTION`, `always some ACTION`, or of `state STATE` in place of an \
     action, and the time, as in `never lead before 10s`";
pub(super) const BEHIND: &str = "here may follow `from TIME`, `before TIME`, or both in this order";
const KEYS: &str =
    "the keys are lease=15s, renew=2s, margin=3s, drain=2s, request=2s, retry=1s, holding=15m, rest=30s, or none in place of the time";
const DEEDS: &str = "what may happen is `start`, `stop`, `timeout`, `vacant`, `granted #N TOKEN`, `found #N TOKEN`, `refused #N [for TIME]`, \
     `unknown #N`, `lost TOKEN`, `drained TOKEN`, `serving TOKEN`, `dial-failed TOKEN`, each perhaps with `roll=50%` and `back=1s`";
const REQUEST: &str = "a request is expected, such as #3";
const TOKEN: &str = "a token is expected, such as 7";
const LENGTH: &str = "a length of time is expected, such as 3s";
const ROLL: &str = "a roll is expected, such as roll=50%";
const ACTION: &str = "what is asked for is acquire, renew, release, lead, step-down, halt, or `state` and one of them";
const STATE: &str = "a state is expected: idle, waiting, resting, asking, unsure, leading, draining, releasing";
const ACTIONS: [&str; 6] = ["acquire", "renew", "release", "lead", "step-down", "halt"];
const STATES: [&str; 8] = ["idle", "waiting", "resting", "asking", "unsure", "leading", "draining", "releasing"];

/// Reads what follows the word `elector`.
pub(super) fn header(line: &mut Line<'_>) -> Result<Header, Complaint> {
    let mut terms = Terms::DEFAULT;
    while let Some(word) = line.words.next() {
        let field = match word.text.split_once('=').unwrap_or_default().0 {
            "lease" => &mut terms.lease,
            "renew" => &mut terms.renew_every,
            "margin" => &mut terms.margin,
            "drain" => &mut terms.drain,
            "request" => &mut terms.request_timeout,
            "retry" => &mut terms.retry_every,
            "holding" => &mut terms.holding_max,
            "rest" => &mut terms.rest,
            _ => return line.refuse(&word, KEYS),
        };
        match word.text.split_once('=').and_then(|(_, value)| length(value)) {
            Some(length) => *field = length,
            None => return line.refuse(&word, KEYS),
        }
    }
    Ok(terms)
}

/// Reads what happens.
pub(super) fn deed(line: &mut Line<'_>) -> Result<Deed, Complaint> {
    let word = line.need(DEEDS)?;
    let event = match word.text {
        "start" => Event::Start,
        "stop" => Event::Stop,
        "timeout" => Event::Timeout,
        "vacant" => Event::Vacant,
        "lost" => Event::Lost(token(line)?),
        "drained" => Event::Drained(token(line)?),
        "serving" => Event::Serving(token(line)?),
        "dial-failed" => Event::DialFailed(token(line)?),
        "granted" => Event::Of(request(line)?, Reply::Granted(token(line)?)),
        "found" => Event::Of(request(line)?, Reply::Found(token(line)?)),
        "unknown" => Event::Of(request(line)?, Reply::Unknown),
        "refused" => {
            let request = request(line)?;
            let left = if line.take("for") { line.read(LENGTH, length)? } else { Millis::ZERO };
            Event::Of(request, Reply::Refused(left))
        }
        _ => return line.refuse(&word, DEEDS),
    };
    let (mut chance, mut back) = (0, Millis::ZERO);
    if line.words.peek().is_some_and(|word| word.text.starts_with("roll=")) {
        chance = line.read(ROLL, |text| roll(text.strip_prefix("roll=")?))?;
    }
    if line.words.peek().is_some_and(|word| word.text.starts_with("back=")) {
        back = line.read(LENGTH, |text| length(text.strip_prefix("back=")?))?;
    }
    Ok(Deed { event, roll: chance, back })
}

/// Reads what a claim is on.
pub(super) fn what(line: &mut Line<'_>) -> Result<What, Complaint> {
    if line.take("state") {
        return Ok(What::State(line.read(STATE, |text| STATES.into_iter().find(|name| *name == text))?));
    }
    Ok(What::Asked(line.read(ACTION, |text| ACTIONS.into_iter().find(|name| *name == text))?))
}

impl What {
    pub(super) fn is(self, outcome: &Outcome) -> bool {
        match (self, outcome.reaction) {
            (Self::Asked(name), Reaction::Do(action)) => named(action) == name,
            (Self::Asked(_), Reaction::Wait | Reaction::Ignored) => false,
            (Self::State(name), Reaction::Do(_) | Reaction::Wait | Reaction::Ignored) => state(&outcome.state) == name,
        }
    }
}

fn request(line: &mut Line<'_>) -> Result<Request, Complaint> {
    line.read(REQUEST, |text| text.strip_prefix('#')?.parse().ok().map(Request::new))
}

fn token(line: &mut Line<'_>) -> Result<Token, Complaint> {
    line.read(TOKEN, |text| text.parse().ok().map(Token::new))
}

fn roll(text: &str) -> Option<u32> {
    let Some(percent) = text.strip_suffix('%') else { return text.parse().ok() };
    let percent = number_up_to(percent, 100)?;
    u32::try_from(u64::from(u32::MAX) * u64::from(percent) / 100).ok()
}
