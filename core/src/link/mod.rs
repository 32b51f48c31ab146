//! The link: its data, and the one place where its state is written.
//!
//! The files beside this one hold one function for each state. Together they are the table of state × event.
//!
//! What is marked `inline(never)` is rare or shared. It stays out of line for the sake of the step that is taken most: the
//! table then has nothing to keep across a call, and ends in jumps. Where words have 32 bits it is the size that counts, and
//! other functions are marked: a call is dear there beside what it calls.

mod closing;
mod draining;
mod fate;
mod handover;
mod opening;
mod ready;
mod signal;
mod view;
mod waiting;

use core::marker::PhantomData;

use signal::Signal;

use crate::{Action, CloseCode, Config, Event, Instant, Millis, Other, Overlap, Pairing, Reaction, State, Then, Verdict};

/// A long-lived connection, kept alive over many attempts: says what to do next, does nothing itself.
///
/// ```
/// use relink_core::{Action, Attempt, Config, Event, Instant, Link, Reaction, Report};
/// let mut link: Link = Link::new(Config::DEFAULT);
/// let now = Instant::from_millis(0);
/// let Reaction::Do(Action::Open(first)) = link.step(now, 0, Event::Start) else { panic!("a start dials") };
/// assert_eq!(link.deadline(), Some(Instant::from_millis(10_000)));
/// assert_eq!(link.step(now, 0, Event::Of(first, Report::Opened)), Reaction::Wait);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Link<H = Overlap> {
    on: Basis,
    state: State,
    pairing: PhantomData<H>,
}

/// What a link decides on beside its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
struct Basis {
    past: Past,
    config: Config,
}

/// What a link remembers beside its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
struct Past {
    /// No dial before this, whoever asks: the gap since the last dial, or a `RetryAfter`.
    not_before: Instant,
    /// Failures since the link was last stable.
    failures: u32,
    /// What the backoff wants to see again: [`Draw::memory`](crate::Draw).
    backoff: Millis,
    /// The number of the latest attempt.
    attempts: u32,
}

/// One step in the making: what the state functions read, and where they write what is not their own state's data.
struct Step<'a, H> {
    pairing: PhantomData<H>,
    on: &'a mut Basis,
    now: Instant,
    roll: u32,
    /// Whether the event is a report of the connection beside the current one.
    beside: bool,
    /// What the event says of the next attempt; a retry, unless a report says otherwise.
    verdict: Verdict,
    /// The code of the Close that may follow; 1000 unless the event says otherwise.
    code: CloseCode,
    /// When a Drain must be over, or when the next Pulse is promised.
    until: Instant,
    // The next two are noted here, not passed on from function to function: where registers are few, each would go over the
    // stack, and the table would need a frame.
    /// What follows an ending: a stop, unless it is judged otherwise.
    then: Then,
    /// What is to be done about the connection beside one that ends.
    other: Other,
    /// Another state than before, if the event leads to one.
    next: Option<State>,
    reaction: Reaction,
}

/// What an event came to in a state has been noted: by [`Step::ignored`], [`Step::stays`] or [`Step::to`], which alone
/// make this proof of it.
struct Effect(());

impl<H: Pairing> Link<H> {
    /// A link that has not been started, with the [clamped](Config::clamped) configuration.
    #[must_use]
    pub const fn new(mut config: Config) -> Self {
        config.clamp();
        let past = Past { not_before: Instant::ZERO, failures: 0, backoff: Millis::ZERO, attempts: 0 };
        Self { on: Basis { past, config }, state: State::Idle, pairing: PhantomData }
    }

    /// Takes one event into account and says what to do.
    ///
    /// `now` must not go back between steps; beyond 2⁶³ ms it stands still. `roll` must be uniformly random over all of
    /// `u32`, and differ between the members of a fleet: it is what spreads them. Total: any event in any state is fine,
    /// stale ones included.
    pub fn step(&mut self, now: Instant, roll: u32, event: Event) -> Reaction {
        let mut step: Step<'_, H> = Step {
            pairing: PhantomData,
            on: &mut self.on,
            now: now.min(Instant::LAST),
            roll,
            beside: false,
            verdict: Verdict::Retry,
            code: CloseCode::NORMAL,
            until: Instant::NEVER,
            then: Then::Stop,
            other: Other::None,
            next: None,
            reaction: Reaction::Wait,
        };
        let signal = step.read(event, &self.state);
        let Effect(()) = step.decide(signal, &mut self.state);
        if let Some(state) = step.next {
            self.state = state;
        }
        step.reaction
    }
}

impl<H: Pairing> Step<'_, H> {
    /// The table: the function of the state decides on the event.
    #[inline(never)]
    fn decide(&mut self, signal: Signal, state: &mut State) -> Effect {
        match state {
            State::Idle => self.idle(signal),
            State::Connecting { attempt, deadline } => self.connecting(signal, *attempt, *deadline),
            State::Open { attempt, deadline } => self.open(signal, *attempt, *deadline),
            State::Ready(ready) => self.ready(signal, ready),
            State::Draining(draining) => self.draining(signal, draining),
            State::Closing(closing) => self.closing(signal, closing),
            State::Backoff { until } => self.backoff(signal, *until),
            State::Shutdown { .. } => self.shutdown(signal),
        }
    }

    /// Means nothing here; nothing was written.
    fn ignored(&mut self) -> Effect {
        self.reaction = Reaction::Ignored;
        Effect(())
    }

    /// The state stays what it is; its function has brought its data up to date.
    fn stays(&self) -> Effect {
        Effect(())
    }

    /// The state is another one from now on.
    fn to(&mut self, state: State) -> Effect {
        self.next = Some(state);
        Effect(())
    }

    fn act(&mut self, action: Action) {
        self.reaction = Reaction::Do(action);
    }

    fn due(&self, deadline: Instant) -> bool {
        self.now >= deadline
    }

    fn after(&self, length: Millis) -> Instant {
        self.now.plus(length)
    }

    /// The point this long from now; never, if the length is 0 and so means "off".
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    fn unless_off(&self, length: Millis) -> Instant {
        if length.is_zero() { Instant::NEVER } else { self.after(length) }
    }
}
