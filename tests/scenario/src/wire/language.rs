//! Owns the language: the lines that say who there is, and what happens to them.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use relink_core::drain::Plan;
use relink_core::{CloseCode, Config, Event, Instant, Millis};
use relink_notation::{Text, Words, parse_line};

use super::claim::Told;
use crate::machine::{Complaint, Line, length};

/// A wire, who is at its ends, what happens, and what must hold.
#[derive(Clone, Debug)]
pub(super) struct Scenario {
    pub(super) line: u32,
    pub(super) latency: Millis,
    /// The chance that everybody is given.
    pub(super) roll: u32,
    pub(super) server: Option<Server>,
    pub(super) clients: Vec<Client>,
    pub(super) steps: Vec<Step>,
    /// The claims, with their lines.
    pub(super) claims: Vec<(u32, Told)>,
}

/// Who accepts. Its connections are named after it: `S/1`, `S/2`, in the order in which they are admitted.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) name: String,
    pub(super) config: Config,
    pub(super) plan: Plan,
}

/// Who dials.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) name: String,
    pub(super) identity: String,
    pub(super) config: Config,
}

#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) line: u32,
    pub(super) at: Instant,
    pub(super) deed: Deed,
}

#[derive(Clone, Debug)]
pub(super) enum Deed {
    /// The user of a client, or the server on one of its connections.
    Tell(String, Event),
    /// The server drains, and closes with this code.
    Drain(CloseCode),
    /// The server drops whoever is left in its drain.
    Force,
    /// From here on nothing passes on the connection of this one, and nobody is told: it is half-open on both ends.
    Cut(String),
    /// What this one sends on its connection is lost from here on.
    Mute(String),
    /// The next Close frame that this one sends is lost.
    Lose(String),
    /// Nothing: the clock goes on so far.
    Until,
}

const LINES: &str = "a line begins with `wire`, `server`, `client`, `at`, `until`, `NAME never`, `NAME always` or `#`; those with `|` are written by BLESS=1";
const WIRE: &str = "the keys are latency=50ms, roll=50%";
const NAME: &str = "a name is expected: any word";
const DEEDS: &str =
    "what may happen is `CLIENT EVENT` such as `a start`, `S drain CODE`, `S force`, `cut NAME`, `mute NAME`, `lose close NAME`";
const CLOSE: &str = "`lose close NAME` is expected";
const TIME: &str = "a time such as 10s, 250ms or 1.5m is expected";
const CODE: &str = "a close code is expected, such as 1012";
const NOTHING: &str = "nothing more is expected here";
const SPREAD: &str = "a time is expected, such as spread=5s";

impl Scenario {
    /// Reads what follows the word `wire`.
    pub(super) fn wire(number: u32, line: &mut Line<'_>) -> Result<Self, Complaint> {
        let (server, clients, steps, claims) = (None, Vec::new(), Vec::new(), Vec::new());
        let mut wire = Self { line: number, latency: Millis::new(50), roll: 0, server, clients, steps, claims };
        while let Some(word) = line.words.next() {
            let known = match word.text.split_once('=') {
                Some(("latency", value)) => length(value).map(|latency| wire.latency = latency).is_some(),
                Some(("roll", value)) => roll(value).map(|roll| wire.roll = roll).is_some(),
                Some(_) | None => false,
            };
            if !known {
                return line.refuse(&word, WIRE);
            }
        }
        Ok(wire)
    }

    /// Reads a line below it.
    pub(super) fn read(&mut self, number: u32, line: &mut Line<'_>) -> Result<(), Complaint> {
        let first = line.need(LINES)?;
        let second = line.words.peek().map(|word| word.text);
        match (first.text, second) {
            ("server", _) if self.server.is_none() => self.server = Some(server(number, line)?),
            ("client", _) => self.clients.push(client(number, line)?),
            ("at", _) => {
                let at = instant(line)?;
                let deed = deed(line)?;
                self.steps.push(Step { line: number, at, deed });
            }
            ("until", _) => self.steps.push(Step { line: number, at: instant(line)?, deed: Deed::Until }),
            (name, Some("never" | "always")) => self.claims.push((number, Told::read(number, name, line)?)),
            (_, _) => return line.refuse(&first, LINES),
        }
        line.words.next().map_or(Ok(()), |word| line.refuse(&word, NOTHING))
    }
}

fn server(number: u32, line: &mut Line<'_>) -> Result<Server, Complaint> {
    let name = name(line)?;
    let (mut plan, mut keys) = (Plan::DEFAULT, "link redial=no".to_owned());
    for word in line.words.by_ref() {
        let time = |value: &str| length(value).ok_or_else(|| Complaint::word(number, &word, SPREAD));
        match word.text.split_once('=') {
            None if word.text == "farewell" => plan.farewell = true,
            Some(("grace", value)) => plan.grace = time(value)?,
            Some(("spread", value)) => plan.spread = time(value)?,
            Some(("force", value)) => plan.closing_timeout = time(value)?,
            Some(_) | None => keys.extend([" ", word.text]),
        }
    }
    Ok(Server { name, config: config(number, &keys)?, plan })
}

fn client(number: u32, line: &mut Line<'_>) -> Result<Client, Complaint> {
    let name = name(line)?;
    let identity = if line.take("as") { self::name(line)? } else { name.clone() };
    let keys: String = ["link"].into_iter().chain(line.words.by_ref().map(|word| word.text)).flat_map(|word| [word, " "]).collect();
    Ok(Client { name, identity, config: config(number, &keys)? })
}

fn config(number: u32, keys: &str) -> Result<Config, Complaint> {
    match parse_line(keys) {
        Ok(relink_notation::Line::Link(header)) => Ok(header.config),
        Ok(_) => Err(Complaint::new(number, "the keys of a link are expected")),
        Err(error) => Err(Complaint::new(number, error.problem.to_string())),
    }
}

fn deed(line: &mut Line<'_>) -> Result<Deed, Complaint> {
    let first = line.need(DEEDS)?;
    let second = line.words.peek().map(|word| word.text);
    Ok(match (first.text, second) {
        ("cut", _) => Deed::Cut(name(line)?),
        ("mute", _) => Deed::Mute(name(line)?),
        ("lose", _) => {
            let word = line.need(CLOSE)?;
            if word.text != "close" {
                return line.refuse(&word, CLOSE);
            }
            Deed::Lose(name(line)?)
        }
        (_, Some("force")) => {
            line.words.next();
            Deed::Force
        }
        (who, Some(_)) => tell(who, line)?,
        (_, None) => return line.refuse(&first, DEEDS),
    })
}

/// A drain with a code alone is the server's; everything else is an event of a link.
fn tell(who: &str, line: &mut Line<'_>) -> Result<Deed, Complaint> {
    let words: Vec<_> = line.words.by_ref().collect();
    let text: String = words.iter().flat_map(|word| [word.text, " "]).collect();
    if let ["drain", code] = words.iter().map(|word| word.text).collect::<Vec<_>>()[..] {
        let code = code.parse().ok().map(CloseCode::new).filter(|code| code.is_sendable());
        return code.map_or_else(|| line.refuse(&words[1], CODE), |code| Ok(Deed::Drain(code)));
    }
    match text.trim().parse::<Text<Event>>() {
        Ok(Text(event @ (Event::Start | Event::Stop(_) | Event::Drain(..)))) => Ok(Deed::Tell(who.to_owned(), event)),
        Ok(_) | Err(_) => line.refuse(&words[0], DEEDS),
    }
}

fn name(line: &mut Line<'_>) -> Result<String, Complaint> {
    line.read(NAME, |text| Some(text.to_owned()))
}

pub(super) fn instant(line: &mut Line<'_>) -> Result<Instant, Complaint> {
    line.read(TIME, |text| text.parse().ok().map(|Text(at)| at))
}

fn roll(text: &str) -> Option<u32> {
    let mut words = Words::new(text);
    let percent: u32 = words.next()?.text.strip_suffix('%')?.parse().ok().filter(|percent| *percent <= 100)?;
    u32::try_from(u64::from(u32::MAX) * u64::from(percent) / 100).ok()
}
