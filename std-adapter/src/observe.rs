//! The hook for those who record what a link does: every step of its core, every frame both ways.

use relink_core::{Attempt, CloseCode, Event, Instant, Link, Reaction, Report};

use crate::Ending;

/// Watches a link from inside its driver. Must not block: the link waits meanwhile. A panic goes to whoever polls or joins the
/// driver; the link has ended then, and everybody else is told so.
pub trait Observer<M>: Send {
    /// The core took a step.
    fn step(&mut self, step: &Step<'_>) {
        let _ = step;
    }

    /// A frame came in, or was handed to a connection.
    fn frame(&mut self, frame: &Frame<'_, M>) {
        let _ = frame;
    }
}

/// Two observers are one.
impl<M, A: Observer<M>, B: Observer<M>> Observer<M> for (A, B) {
    fn step(&mut self, step: &Step<'_>) {
        self.0.step(step);
        self.1.step(step);
    }

    fn frame(&mut self, frame: &Frame<'_, M>) {
        self.0.frame(frame);
        self.1.frame(frame);
    }
}

/// One of whatever kind.
impl<M, A: Observer<M> + ?Sized> Observer<M> for Box<A> {
    fn step(&mut self, step: &Step<'_>) {
        (**self).step(step);
    }

    fn frame(&mut self, frame: &Frame<'_, M>) {
        (**self).frame(frame);
    }
}

/// No observer is one too.
impl<M, A: Observer<M>> Observer<M> for Option<A> {
    fn step(&mut self, step: &Step<'_>) {
        self.iter_mut().for_each(|observer| observer.step(step));
    }

    fn frame(&mut self, frame: &Frame<'_, M>) {
        self.iter_mut().for_each(|observer| observer.frame(frame));
    }
}

/// One step of the core: what went in, what came out.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Step<'a> {
    /// When, on the link's clock.
    pub now: Instant,
    /// The random number.
    pub roll: u32,
    /// What the core was told.
    pub event: Event,
    /// What stands behind a report's verdict, or why a deadline or a wish has closed or aborted a connection.
    pub why: Option<&'a Ending>,
    /// What it answered.
    pub reaction: Reaction,
    /// The link after the step: its state, deadline and configuration.
    pub link: &'a Link,
}

impl<'a> Step<'a> {
    /// A step, for the test of an observer.
    #[must_use]
    pub const fn new(now: Instant, roll: u32, event: Event, why: Option<&'a Ending>, reaction: Reaction, link: &'a Link) -> Self {
        Self { now, roll, event, why, reaction, link }
    }
}

/// One frame.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Frame<'a, M> {
    /// When, on the link's clock.
    pub now: Instant,
    /// The attempt whose connection carries it.
    pub attempt: Attempt,
    /// Which way it went.
    pub direction: Direction,
    /// What it carries.
    pub content: Content<'a, M>,
}

impl<'a, M> Frame<'a, M> {
    /// A frame, for the test of an observer.
    #[must_use]
    pub const fn new(now: Instant, attempt: Attempt, direction: Direction, content: Content<'a, M>) -> Self {
        Self { now, attempt, direction, content }
    }
}

/// Which way a frame went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the peer.
    In,
    /// To the peer. It was queued for writing, not necessarily received.
    Out,
}

/// What a frame carries.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Content<'a, M> {
    /// A message, and its size in bytes as the transport weighs it.
    Message(&'a M, u32),
    /// Our ping.
    Ping,
    /// Our Close.
    Close(CloseCode),
    /// Something of the protocol's own, already understood: a pong or the peer's ping is `Heard`.
    Report(Report),
    /// The peer's Close, or its breach of the protocol, or the end of the transport.
    Ending(&'a Ending),
}
