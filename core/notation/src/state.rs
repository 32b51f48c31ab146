//! The names of states: one word that shows the state, what stands beside it, and what follows.

use core::fmt;
use core::str::FromStr;

use relink_core::{Closing, Draining, End, Handover, Older, Other, State, Successor, Then};

use crate::time::single;
use crate::{Error, Problem, Text};

/// A state without its times and attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StateWord {
    /// `idle`
    Idle,
    /// `connecting`
    Connecting,
    /// `open`
    Open,
    /// `ready`, `ready+old`, …
    Ready(Beside),
    /// `draining`, and with nothing in hand on the current connection `drained`; `draining+old`, …, `:stopped`, …
    Draining {
        /// Whether something may be in hand on the current connection.
        busy: bool,
        /// The older connection.
        older: Elder,
        /// What follows.
        then: Next,
    },
    /// `closing`, `closing+abort`, …, `:stopped`, …
    Closing(Ending, Next),
    /// `backoff`
    Backoff,
    /// `shutdown:stopped`, …
    Shutdown(End),
}

/// What stands beside a Ready connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Beside {
    /// Nothing.
    Nothing,
    /// `+backoff`: a successor waits to be dialled.
    Backoff,
    /// `+connecting`: a successor is being dialled.
    Connecting,
    /// `+open`: a successor waits to be accepted.
    Open,
    /// `+last`: no successor will be dialled any more.
    Last,
    /// `+old`: the connection it replaced goes on.
    Old,
    /// `+old-closing`: the connection it replaced is closing.
    OldClosing,
}

/// The older connection beside a draining one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Elder {
    /// There is none.
    Nothing,
    /// `+old`: something may be in hand on it.
    Old,
    /// `+old-drained`: nothing is in hand on it.
    OldDrained,
}

/// The second connection beside a closing one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// There is none.
    Nothing,
    /// `+abort`: it is to be aborted.
    Abort,
    /// `+close`: it is to be closed.
    Close,
    /// `+closing`: it is closing too.
    Closing,
}

/// What follows when nothing is held any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Next {
    /// Another dial; not written.
    Dial,
    /// `:stopped`, …: the end, and why.
    End(End),
}

impl From<&State> for StateWord {
    fn from(state: &State) -> Self {
        match state {
            State::Idle => Self::Idle,
            State::Connecting { .. } => Self::Connecting,
            State::Open { .. } => Self::Open,
            State::Ready(ready) => Self::Ready((&ready.handover).into()),
            State::Draining(draining) => of_draining(draining),
            State::Closing(closing) => of_closing(closing),
            State::Backoff { .. } => Self::Backoff,
            State::Shutdown { because } => Self::Shutdown(*because),
        }
    }
}

fn of_draining(draining: &Draining) -> StateWord {
    let older = match draining.older {
        Older::None => Elder::Nothing,
        Older::Held(_, true) => Elder::Old,
        Older::Held(_, false) => Elder::OldDrained,
    };
    StateWord::Draining { busy: draining.busy, older, then: draining.then.into() }
}

fn of_closing(closing: &Closing) -> StateWord {
    let ending = match closing.other {
        Other::None => Ending::Nothing,
        Other::ToAbort(..) => Ending::Abort,
        Other::ToClose(..) => Ending::Close,
        Other::Closing(..) => Ending::Closing,
    };
    StateWord::Closing(ending, closing.then.into())
}

impl From<&Handover> for Beside {
    fn from(handover: &Handover) -> Self {
        match handover {
            Handover::Alone(_) => Self::Nothing,
            Handover::Seeking(Successor::Backoff { .. }) => Self::Backoff,
            Handover::Seeking(Successor::Connecting { .. }) => Self::Connecting,
            Handover::Seeking(Successor::Open { .. }) => Self::Open,
            Handover::Last(..) => Self::Last,
            Handover::Replaced(_, old) if old.closing => Self::OldClosing,
            Handover::Replaced(..) => Self::Old,
        }
    }
}

impl From<Then> for Next {
    fn from(then: Then) -> Self {
        match then {
            Then::Dial(_) => Self::Dial,
            Then::Stop => Self::End(End::Stopped),
            Then::GiveUp => Self::End(End::GivenUp),
            Then::Exhaust => Self::End(End::Exhausted),
            Then::Over => Self::End(End::Over),
        }
    }
}

impl fmt::Display for Text<StateWord> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, second, end) = match self.0 {
            StateWord::Idle => ("idle", "", None),
            StateWord::Connecting => ("connecting", "", None),
            StateWord::Open => ("open", "", None),
            StateWord::Ready(beside) => ("ready", beside.suffix(), None),
            StateWord::Draining { busy: true, older, then } => ("draining", older.suffix(), then.end()),
            StateWord::Draining { busy: false, older, then } => ("drained", older.suffix(), then.end()),
            StateWord::Closing(ending, then) => ("closing", ending.suffix(), then.end()),
            StateWord::Backoff => ("backoff", "", None),
            StateWord::Shutdown(because) => ("shutdown", "", Some(because)),
        };
        f.write_str(name)?;
        f.write_str(second)?;
        end.map_or(Ok(()), |end| write!(f, ":{}", end_name(end)))
    }
}

impl FromStr for Text<StateWord> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        single(text, Problem::State, |text| parse(text).ok_or(Problem::State)).map(Text)
    }
}

pub(crate) fn parse(text: &str) -> Option<StateWord> {
    let (main, then) = match text.split_once(':') {
        None => (text, Next::Dial),
        Some((main, reason)) => (main, Next::End(find(&ENDS, reason, end_name)?)),
    };
    let (name, second) = main.find('+').and_then(|at| main.split_at_checked(at)).unwrap_or((main, ""));
    Some(match (name, second, then) {
        ("idle", "", Next::Dial) => StateWord::Idle,
        ("connecting", "", Next::Dial) => StateWord::Connecting,
        ("open", "", Next::Dial) => StateWord::Open,
        ("ready", second, Next::Dial) => StateWord::Ready(find(&Beside::ALL, second, Beside::suffix)?),
        ("draining", second, then) => StateWord::Draining { busy: true, older: find(&Elder::ALL, second, Elder::suffix)?, then },
        ("drained", second, then) => StateWord::Draining { busy: false, older: find(&Elder::ALL, second, Elder::suffix)?, then },
        ("closing", second, then) => StateWord::Closing(find(&Ending::ALL, second, Ending::suffix)?, then),
        ("backoff", "", Next::Dial) => StateWord::Backoff,
        ("shutdown", "", Next::End(because)) => StateWord::Shutdown(because),
        _ => return None,
    })
}

fn find<T: Copy>(all: &[T], suffix: &str, of: impl Fn(T) -> &'static str) -> Option<T> {
    all.iter().copied().find(|one| of(*one) == suffix)
}

impl Beside {
    const ALL: [Self; 7] = [Self::Nothing, Self::Backoff, Self::Connecting, Self::Open, Self::Last, Self::Old, Self::OldClosing];

    const fn suffix(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Backoff => "+backoff",
            Self::Connecting => "+connecting",
            Self::Open => "+open",
            Self::Last => "+last",
            Self::Old => "+old",
            Self::OldClosing => "+old-closing",
        }
    }
}

impl Elder {
    const ALL: [Self; 3] = [Self::Nothing, Self::Old, Self::OldDrained];

    const fn suffix(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Old => "+old",
            Self::OldDrained => "+old-drained",
        }
    }
}

impl Ending {
    const ALL: [Self; 4] = [Self::Nothing, Self::Abort, Self::Close, Self::Closing];

    const fn suffix(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Abort => "+abort",
            Self::Close => "+close",
            Self::Closing => "+closing",
        }
    }
}

impl Next {
    const fn end(self) -> Option<End> {
        match self {
            Self::Dial => None,
            Self::End(end) => Some(end),
        }
    }
}

const ENDS: [End; 4] = [End::Stopped, End::GivenUp, End::Exhausted, End::Over];

const fn end_name(end: End) -> &'static str {
    match end {
        End::Stopped => "stopped",
        End::GivenUp => "given-up",
        End::Exhausted => "exhausted",
        End::Over => "over",
    }
}
