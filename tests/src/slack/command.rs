//! Owns what the fake Slack can be told in lines of text while it runs.

use std::str::FromStr;

use super::reason::{Kind, Reason};
use super::server::FakeSlack;
use super::summary::summary;
use super::trouble::{CallTrouble, LinkTrouble, Oddity};
use super::words::{NotUnderstood, ScriptText, number, wrong};
use crate::fault::Leave;

/// One line that was understood.
#[derive(Clone, Debug)]
pub enum Command {
    /// `send KIND PAYLOAD`: posts an envelope; the answer is its id.
    Send(Kind, String),
    /// `flood KIND PER_SECOND COUNT`: posts many.
    Flood(Kind, u32, usize),
    /// `calls SCRIPT`: what the next URL calls meet.
    Calls(ScriptText<CallTrouble>),
    /// `links SCRIPT`: what the next upgrades meet.
    Links(ScriptText<LinkTrouble>),
    /// `warn CONNECTION`: a warning, and the end ten seconds later.
    Warn(usize),
    /// `tell CONNECTION REASON`: a `disconnect`, and no more.
    Tell(usize, Reason),
    /// `disconnect CONNECTION REASON`: a `disconnect`, and Close.
    Disconnect(usize, Reason),
    /// `close CONNECTION [CODE]`: a Close.
    Close(usize, Option<u16>),
    /// `lose CONNECTION`: TCP's reset.
    Lose(usize),
    /// `freeze CONNECTION`: half-open from here on.
    Freeze(usize),
    /// `say CONNECTION ODDITY`: something odd.
    Say(usize, Oddity),
    /// `haunt GHOSTS`: so many ghosts.
    Haunt(usize),
    /// `bury`: no ghost any more.
    Bury,
    /// `book`: the answer is the book, as one line of JSON.
    Book,
    /// `quit`: the end.
    Quit,
}

const COMMANDS: &str = "send KIND PAYLOAD, flood KIND PER_SECOND COUNT, calls SCRIPT, links SCRIPT, warn N, tell N REASON, \
    disconnect N REASON, close N [CODE], lose N, freeze N, say N ODDITY, haunt GHOSTS, bury, book or quit";

impl FromStr for Command {
    type Err = NotUnderstood;

    fn from_str(line: &str) -> Result<Self, NotUnderstood> {
        let (word, rest) = split(line);
        let (first, second) = split(rest);
        Ok(match word {
            "send" => Self::Send(first.parse()?, second.to_owned()),
            "flood" => {
                let (per_second, count) = split(second);
                Self::Flood(first.parse()?, number(per_second)?, number(count)?)
            }
            "calls" => Self::Calls(rest.parse()?),
            "links" => Self::Links(rest.parse()?),
            "warn" => Self::Warn(number(first)?),
            "tell" => Self::Tell(number(first)?, Reason::from(second)),
            "disconnect" => Self::Disconnect(number(first)?, Reason::from(second)),
            "close" if second.is_empty() => Self::Close(number(first)?, None),
            "close" => Self::Close(number(first)?, Some(number(second)?)),
            "lose" => Self::Lose(number(first)?),
            "freeze" => Self::Freeze(number(first)?),
            "say" => Self::Say(number(first)?, second.parse()?),
            "haunt" => Self::Haunt(number(first)?),
            "bury" => Self::Bury,
            "book" => Self::Book,
            "quit" => Self::Quit,
            _ => return Err(wrong(line, COMMANDS)),
        })
    }
}

impl Command {
    /// Does it, and gives the line that answers it; `None`: it is to end.
    #[must_use]
    pub fn perform(self, slack: &FakeSlack) -> Option<String> {
        let done = |registered: bool| if registered { "ok" } else { "not registered" }.to_owned();
        Some(match self {
            Self::Send(kind, payload) => slack.send(kind, payload),
            Self::Flood(kind, per_second, count) => {
                slack.flood(kind, per_second, count);
                done(true)
            }
            Self::Calls(script) => {
                slack.script_calls(script.0);
                done(true)
            }
            Self::Links(script) => {
                slack.script_links(script.0);
                done(true)
            }
            Self::Warn(connection) => done(slack.warn(connection)),
            Self::Tell(connection, reason) => done(slack.tell(connection, reason)),
            Self::Disconnect(connection, reason) => done(slack.disconnect(connection, reason)),
            Self::Close(connection, code) => done(slack.close(connection, code)),
            Self::Lose(connection) => done(slack.lose(connection, Leave::Reset)),
            Self::Freeze(connection) => done(slack.freeze(connection)),
            Self::Say(connection, oddity) => done(slack.say(connection, &oddity)),
            Self::Haunt(ghosts) => {
                slack.haunt(ghosts);
                done(true)
            }
            Self::Bury => {
                slack.bury();
                done(true)
            }
            Self::Book => slack.read(summary),
            Self::Quit => return None,
        })
    }
}

/// The first word, and what follows it.
fn split(line: &str) -> (&str, &str) {
    let line = line.trim();
    line.split_once(char::is_whitespace).map_or((line, ""), |(word, rest)| (word, rest.trim_start()))
}
