//! Owns the narration of a link's life from inside: every change of its state, with its reason, and every message that goes
//! out, in their places among those that come in.

use relink_notation::StateWord;
use relink_tokio::core::{Action, Event, Handover, Instant, Reaction, State, Successor, Then};
use relink_tokio::observe::{Content, Direction, Frame, Observer, Step};
use relink_tokio::ws::Message;
use relink_tokio::{Attempt, Ending};
use tokio::sync::mpsc;

/// More than this, not yet shown, is left out.
const TOLD_MAX: usize = 1024;

/// Something that happened.
#[derive(Debug)]
pub(super) struct Told {
    /// The number of messages that had come in before.
    pub(super) after: u64,
    /// How much was left out before it.
    pub(super) left_out: u64,
    /// What.
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Changed(Change),
    /// A message was handed to the connection of this attempt.
    Sent(Attempt, Message),
}

/// A change of a link's state.
#[derive(Debug)]
pub(super) struct Change {
    /// The state.
    pub(super) state: StateWord,
    /// The attempt it is about.
    pub(super) attempt: Option<Attempt>,
    /// What has led to it.
    pub(super) why: Option<Ending>,
    /// When the next dial is due, in milliseconds from then on.
    pub(super) dial_in_millis: Option<u64>,
    /// Failures since the link was last stable.
    pub(super) failures: u32,
}

/// Watches a link from inside its driver.
pub(super) struct Narrator {
    tell: mpsc::Sender<Told>,
    last: Option<(StateWord, Option<Attempt>)>,
    messages: u64,
    left_out: u64,
}

impl Narrator {
    pub(super) fn new() -> (Self, mpsc::Receiver<Told>) {
        let (tell, told) = mpsc::channel(TOLD_MAX);
        (Self { tell, last: None, messages: 0, left_out: 0 }, told)
    }

    fn tell(&mut self, what: What) {
        let told = Told { after: self.messages, left_out: self.left_out, what };
        match self.tell.try_send(told) {
            Ok(()) => self.left_out = 0,
            Err(_) => self.left_out += 1,
        }
    }
}

impl Observer<Message> for Narrator {
    fn step(&mut self, step: &Step<'_>) {
        let state = step.link.state();
        let place = (StateWord::from(&state), attempt(&state));
        if self.last.replace(place) == Some(place) {
            return;
        }
        self.tell(What::Changed(Change {
            state: place.0,
            attempt: place.1.or_else(|| concerned(step)),
            why: step.why.cloned(),
            dial_in_millis: next_dial(&state).map(|at| at.since(step.now)),
            failures: step.link.failures(),
        }));
    }

    fn frame(&mut self, frame: &Frame<'_, Message>) {
        match (frame.direction, &frame.content) {
            (Direction::In, Content::Message(..)) => self.messages += 1,
            (Direction::Out, Content::Message(message, _)) => self.tell(What::Sent(frame.attempt, (*message).clone())),
            (Direction::In | Direction::Out, Content::Ping | Content::Close(_) | Content::Report(_) | Content::Ending(_)) => {}
            // What comes with a later release.
            (Direction::In | Direction::Out, _) => {}
        }
    }
}

/// The attempt that a state is about: the newest it holds.
fn attempt(state: &State) -> Option<Attempt> {
    match state {
        State::Idle | State::Backoff { .. } | State::Shutdown { .. } => None,
        State::Connecting { attempt, .. } | State::Open { attempt, .. } => Some(*attempt),
        State::Ready(ready) => Some(match ready.handover {
            Handover::Seeking(Successor::Connecting { attempt, .. } | Successor::Open { attempt, .. }) => attempt,
            Handover::Seeking(Successor::Backoff { .. }) | Handover::Alone(_) | Handover::Last(_) | Handover::Replaced(..) => ready.attempt,
        }),
        State::Draining(draining) => Some(draining.attempt),
        State::Closing(closing) => Some(closing.attempt),
    }
}

/// The attempt that has just ended.
fn concerned(step: &Step<'_>) -> Option<Attempt> {
    match (step.reaction, step.event) {
        (Reaction::Do(Action::Abort(attempt) | Action::Close(attempt, _)), _) | (_, Event::Of(attempt, _)) => Some(attempt),
        (Reaction::Do(Action::Open(_) | Action::Ping(_)) | Reaction::Wait | Reaction::Ignored, _) => None,
    }
}

fn next_dial(state: &State) -> Option<Instant> {
    match state {
        State::Backoff { until } => Some(*until),
        State::Ready(ready) => match ready.handover {
            Handover::Seeking(Successor::Backoff { until }) => Some(until),
            Handover::Seeking(Successor::Connecting { .. } | Successor::Open { .. }) => None,
            Handover::Alone(_) | Handover::Last(_) | Handover::Replaced(..) => None,
        },
        State::Closing(closing) => match closing.then {
            Then::Dial(at) => Some(at),
            Then::Stop | Then::GiveUp | Then::Exhaust | Then::Over => None,
        },
        State::Idle | State::Connecting { .. } | State::Open { .. } | State::Draining(_) | State::Shutdown { .. } => None,
    }
}
