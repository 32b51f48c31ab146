//! The elector: who of several may lead, by a lease in a store that they share.

mod leading;
mod releasing;
mod said;
mod state;
mod terms;
mod waiting;

pub use said::{Action, Event, Reaction, Reply, Request, Token};
pub use state::{Asked, Draining, Leading, Leftover, Release, Releasing, Renewal, Sent, Series, State, Then};
pub use terms::Terms;

use crate::Instant;

/// Takes part in an election: asks for a lease, renews it, and ends its lead before the lease can end.
///
/// It does nothing itself, and is a machine of the same shape as a [`Link`](crate::Link): [`step`](Elector::step) takes what happened
/// and asks for at most one action; [`deadline`](Elector::deadline) says when it wants its next [`Event::Timeout`]. The store can be
/// anything that decides in one place who was first (compare-and-set) and forgets a lease that was not renewed.
///
/// # What it promises
/// By its own clock, nothing happens in a lead's name from [`Terms::halt_at`] on. Two electors never lead at once while their clocks,
/// over one lease, differ from the store's by less than [`Terms::margin`] in sum. Each [`Action::Lead`] has a greater token than those
/// before, and is followed by [`Action::StepDown`] or [`Action::Halt`] before the next. What no clock can promise is that a process which is
/// stopped in the midst of its work does not go on for an instant when it wakes: this is what the token is for.
///
/// # Why the table is as it is
/// - **A lease is counted from the sending** of the request that is known to have been carried out: the store cannot have begun
///   earlier, and the way of the answer is nobody's time. Where an earlier request of a series is [found](Reply::Found) in the store, nobody
///   knows which one, so the first counts, and a renewal follows at once.
/// - **A series ends with every certain outcome.** A request that arrives when its series is over leaves a lease with a mark that is
///   not looked for any more: it lapses, and is never led by, since nobody could say from when to count it.
/// - **Time comes before the event.** A lead that is past its time halts, whatever woke it, an answer or a Stop; so a pause of the process
///   or a jump of the clock ends the lead first and asks the store afterwards. An answer that comes in time is still worth
///   its while: it prolongs the lead even where the step-down is due.
/// - **A clock that goes back** ends a lead at once: the end of its lease cannot be told any more.
/// - **One request at a time.** An answer to any other than the latest, and a word about another lead, are sorted out in one place. A release waits for the answer
///   to the renewal that it would race, for [`Terms::request_timeout`] at most. It names its lease, since one that arrives late must not
///   delete the next.
/// - **A step-down is final.** The connection is being closed already; a renewal that succeeds late prolongs nothing.
/// - **A lease that is lost is not drained**: somebody else may lead. Where that was only seen, it may be wrong, so the lease is given back still. A lease that is ours is given back whenever a lead is
///   over, for [`Terms::lease`] at most, then it has ended anyway. Whoever cannot wait for that may drop the elector as soon as the lead is over.
/// - **Dialling fails, the lease stays**: handing it over would not mend the peer, and each handing over costs a dial. After
///   [`Terms::holding_max`] without [`Event::Serving`] it is handed over all the same, since the fault may be this machine's; then
///   [`Terms::rest`] keeps it from taking the lease back at once. So it changes hands once per `holding_max` at most.
/// - **A token that does not grow** is not led by but given back: the store has lost its memory, and the fences would not hold.
///
/// ```
/// use relink_core::Instant;
/// use relink_core::elector::{Action, Elector, Event, Reaction, Reply, Terms, Token};
///
/// let (mut elector, at) = (Elector::new(Terms::DEFAULT), Instant::from_millis);
/// let Reaction::Do(Action::Acquire { request, .. }) = elector.step(at(0), 0, Event::Start) else { panic!("a start asks") };
/// let granted = Event::Of(request, Reply::Granted(Token::new(7)));
/// assert_eq!(elector.step(at(300), 0, granted), Reaction::Do(Action::Lead(Token::new(7))));
/// assert_eq!(elector.deadline(), Some(at(2_000)));
/// // Asleep for longer than it may lead.
/// assert_eq!(elector.step(at(12_000), 0, Event::Timeout), Reaction::Do(Action::Halt));
/// let Reaction::Do(Action::Release { .. }) = elector.step(at(12_000), 0, Event::Timeout) else { panic!("then it asks") };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Elector {
    terms: Terms,
    past: Past,
    state: State,
}

/// What an elector remembers beside its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
struct Past {
    /// What the clock showed last.
    seen: Instant,
    /// The greatest token that was led by.
    highest: Token,
    /// The number of the latest request.
    requests: u32,
}

/// One step in the making.
struct Step<'a> {
    terms: &'a Terms,
    past: &'a mut Past,
    now: Instant,
    roll: u32,
}

/// Where an event leads, and what is to be done; nowhere if it means nothing.
type Next = Option<(State, Option<Action>)>;

impl Elector {
    /// An elector that has not been started, with the [clamped](Terms::clamped) terms.
    #[must_use]
    pub const fn new(terms: Terms) -> Self {
        let past = Past { seen: Instant::ZERO, highest: Token::NONE, requests: 0 };
        Self { terms: terms.clamped(), past, state: State::Idle }
    }

    /// Takes one event into account and says what to do.
    ///
    /// `now` should not go back between steps: a lead ends if it does. It must run on while the machine is suspended
    /// (`CLOCK_BOOTTIME` on Linux), or a suspended leader knows nothing of the time it has lost. Beyond 2⁶³ ms it stands still. `roll` must be
    /// uniformly random over all of `u32`. Total: any event in any state is fine, stale ones included.
    pub fn step(&mut self, now: Instant, roll: u32, event: Event) -> Reaction {
        let now = now.min(Instant::LAST);
        let back = now < self.past.seen;
        self.past.seen = now;
        let mut step = Step { terms: &self.terms, past: &mut self.past, now, roll };
        let event = if Self::is_stale(event, &self.state) { Event::Timeout } else { event };
        let next = if back { step.rewound(event, self.state) } else { step.decide(event, self.state) };
        let Some((state, action)) = next else { return Reaction::Ignored };
        self.state = state;
        action.map_or(Reaction::Wait, Reaction::Do)
    }

    /// Whether this is told of another request than the one under way, or of another lead. It then tells no more than that time has passed.
    fn is_stale(event: Event, state: &State) -> bool {
        match event {
            Event::Of(request, _) => state.under_way() != Some(request),
            Event::Lost(token) | Event::Drained(token) | Event::Serving(token) | Event::DialFailed(token) => state.leads() != Some(token),
            Event::Start | Event::Stop | Event::Timeout | Event::Vacant => false,
        }
    }

    /// When [`Event::Timeout`] is due; none while idle. In the past while there is more to do at once.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.state.deadline(&self.terms)
    }

    /// Where it is.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// The terms it goes by.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }
}

impl Step<'_> {
    /// The table: the function of the state decides on the event.
    fn decide(&mut self, event: Event, state: State) -> Next {
        match state {
            State::Idle => self.idle(event),
            State::Waiting { until } => self.waiting(event, until),
            State::Resting { until } => self.resting(event, until),
            State::Asking { asked, wanted } => self.asking(event, asked, wanted),
            State::Unsure { until, series } => self.unsure(event, until, series),
            State::Leading(lead) => self.leading(event, lead),
            State::Draining(draining) => self.draining(event, draining),
            State::Releasing(releasing) => self.releasing(event, releasing),
        }
    }

    /// The next request, sent now.
    fn send(&mut self) -> Sent {
        self.past.requests = self.past.requests.wrapping_add(1);
        Sent { request: Request(self.past.requests), at: self.now }
    }

    /// Whether the answer to this request has not come in time.
    fn unanswered(&self, sent: Sent) -> bool {
        self.now >= sent.at.plus(self.terms.request_timeout)
    }
}
