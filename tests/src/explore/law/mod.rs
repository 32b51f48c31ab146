//! Owns the list of all that must hold, and the count of how often each was asked and held.

mod dialling;
mod ending;
pub(super) mod expected;
mod holding;
mod liveness;
mod renewal;
mod waiting;

use super::node::Node;
use super::step::Step;

/// Something that must hold.
#[derive(Clone, Copy, Debug)]
pub struct Law {
    /// What it says.
    pub says: &'static str,
    /// How it is asked.
    pub asks: Asks,
}

/// Of what a law is asked.
#[derive(Clone, Copy, Debug)]
pub enum Asks {
    /// Of every state.
    State(fn(&Node) -> Holds),
    /// Of every step.
    Step(fn(&Step<'_>) -> Holds),
}

/// A law's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// It held.
    Yes,
    /// It was broken.
    No,
    /// It says nothing about this.
    Beside,
}

impl From<bool> for Holds {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl Holds {
    /// The law is asked only if this is so.
    fn only_if(asked: bool, holds: impl FnOnce() -> bool) -> Self {
        if asked { holds().into() } else { Self::Beside }
    }
}

const fn state(says: &'static str, asks: fn(&Node) -> Holds) -> Law {
    Law { says, asks: Asks::State(asks) }
}

const fn step(says: &'static str, asks: fn(&Step<'_>) -> Holds) -> Law {
    Law { says, asks: Asks::Step(asks) }
}

/// All that must hold of every state and every step.
pub const LAWS: &[Law] = &[
    step("an ignored event changes nothing", holding::ignored_is_unchanged),
    step("a report of what is gone is ignored", holding::stale_is_ignored),
    state("link and world hold the same connections, in the same phase", holding::same_account),
    state("never are two attempts opened at once", holding::one_opening),
    state("never are more than two held, and two only in an overlap", holding::two_at_most),
    step("an action concerns what is held, an Open a new name", holding::action_on_held),
    step("nothing but Abort after Close", holding::abort_after_close),
    step("nothing is done after Shutdown until Start", holding::silent_after_shutdown),
    step("an Up is of an attempt that came up just now: one Down an Up", holding::one_up_each),
    state("Stop and Drain reach Shutdown in time", ending::ends_in_time),
    step("a second Stop changes nothing", ending::second_stop),
    step("a Start takes a Stop back", ending::start_after_stop),
    step("a Start dials as soon as the floor and its spread allow", ending::start_is_soon),
    step("a Drain lasts until its instant, or until nothing is in hand", ending::drain_lasts),
    state("where nothing is in hand, a Drain is over", ending::drain_ends_idle),
    state("after GiveUp no dial is planned", ending::no_plan_after_give_up),
    step("after GiveUp nothing is dialled until Start", ending::no_dial_after_give_up),
    step("the end is said once, and for its reason", ending::reason),
    step("a Close bears the code of its cause", ending::code),
    state("a deadline exists in exactly the states that wait", waiting::deadline_where_waiting),
    state("whatever waits ends in time", waiting::ends_in_time),
    state("opening, acceptance and overlap get exactly their time", waiting::exact),
    state("silence and heartbeat get exactly their time", liveness::exact),
    step("a closing handshake gets exactly its time", waiting::exact_closing),
    step("a Timeout before its time is ignored", waiting::early_is_ignored),
    step("a Timeout that is due does something", waiting::due_is_not_ignored),
    step("a Timeout ends only what is over", waiting::ends_only_what_is_over),
    state("at most four Timeouts are due at one instant", waiting::short_chains),
    step("pings on silence only, in Ready only, never two at once", liveness::pings),
    step("silence ends a connection only after a ping and its time, lateness included", liveness::gives_up),
    step("dials keep their distance", dialling::distance),
    step("RetryAfter and Postpone are a floor", dialling::floor),
    state("the floor is what was promised, no less and no more", dialling::promised),
    step("each delay lies within the policy's bounds, and rolls reach both", dialling::bounds),
    step("only Start shortens a wait", dialling::shortened),
    step("failures fall only after a stable Ready, or with a Start", dialling::forgiven),
    step("an ending counts one failure, of a stable link none", dialling::counted),
    step("no attempt is blamed twice", dialling::blamed_once),
    step("a renewal throws no working connection away", renewal::keeps_working),
    step("a renewal of a link that is not stable waits as after a failure", renewal::never_hot),
    step("a connection's age begins when it comes up", renewal::age),
];

/// How often each law was asked and held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    held: [u64; LAWS.len()],
}

impl Tally {
    /// None was asked yet.
    pub const EMPTY: Self = Self { held: [0; LAWS.len()] };

    /// Asks the laws of states; the first one that is broken.
    pub fn ask_state(&mut self, node: &Node) -> Option<&'static str> {
        self.ask(|asks| match asks {
            Asks::State(law) => law(node),
            Asks::Step(_) => Holds::Beside,
        })
    }

    /// Asks the laws of steps; the first one that is broken.
    pub fn ask_step(&mut self, step: &Step<'_>) -> Option<&'static str> {
        self.ask(|asks| match asks {
            Asks::Step(law) => law(step),
            Asks::State(_) => Holds::Beside,
        })
    }

    /// The laws, each with how often it held.
    pub fn rows(&self) -> impl Iterator<Item = (Law, u64)> {
        LAWS.iter().copied().zip(self.held)
    }

    /// Adds what another exploration found.
    pub fn add(&mut self, other: &Self) {
        for (held, more) in self.held.iter_mut().zip(other.held) {
            *held += more;
        }
    }

    fn ask(&mut self, answer: impl Fn(Asks) -> Holds) -> Option<&'static str> {
        for (law, held) in LAWS.iter().zip(&mut self.held) {
            match answer(law.asks) {
                Holds::Yes => *held += 1,
                Holds::No => return Some(law.says),
                Holds::Beside => {}
            }
        }
        None
    }
}
