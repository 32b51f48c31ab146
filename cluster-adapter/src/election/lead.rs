//! Owns one lead: until when it holds, and what its holder and the election tell each other.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use relink_core::Instant;
use tokio::sync::{Notify, watch};
use tokio::time::{self, sleep};

use super::timepiece::{Timepiece, until};
use crate::{Group, Token};

/// This process leads. Not two of them are valid at once, in all processes, while their clocks agree better than the margin.
///
/// Dropping it says that nothing is in hand any more and nothing more happens in its name: the lease is given back. Dropped before
/// it was asked to [step down](Lead::stepping_down), it is laid down: others get [`Terms::rest`](super::Terms::rest) to take it.
#[derive(Debug)]
pub struct Lead {
    hold: Hold,
}

/// Tells whether a lead still holds: for the tasks that do something in its name.
#[derive(Clone, Debug)]
pub struct Hold(Arc<Tenure>);

impl Lead {
    pub(super) const fn new(tenure: Arc<Tenure>) -> Self {
        Self { hold: Hold(tenure) }
    }

    /// The fencing token.
    #[must_use]
    pub fn token(&self) -> Token {
        self.hold.token()
    }

    /// What is led.
    #[must_use]
    pub fn group(&self) -> &Group {
        &self.hold.0.group
    }

    /// As [`Hold::is_valid`].
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.hold.is_valid()
    }

    /// As [`Hold::stepping_down`].
    pub async fn stepping_down(&self) -> time::Instant {
        self.hold.stepping_down().await
    }

    /// As [`Hold::halted`].
    pub async fn halted(&self) {
        self.hold.halted().await;
    }

    /// For the tasks that do something in this lead's name.
    #[must_use]
    pub fn hold(&self) -> Hold {
        self.hold.clone()
    }

    /// What this lead is for works: dialling has succeeded.
    pub fn serving(&self) {
        let told = &self.hold.0.told;
        told.dial_failed.store(false, Ordering::Relaxed);
        told.serving.store(true, Ordering::Release);
        self.hold.0.stirs.notify_one();
    }

    /// It does not work: dialling has failed. The lead stays for [`Terms::holding_max`](super::Terms::holding_max), since another
    /// process would hardly fare better; then another one gets its chance.
    pub fn dial_failed(&self) {
        self.hold.0.told.dial_failed.store(true, Ordering::Release);
        self.hold.0.stirs.notify_one();
    }

    /// A newer token was seen: the lead is over at once.
    pub fn fenced(&self) {
        self.hold.0.told.fenced.store(true, Ordering::Release);
        self.hold.0.end();
        self.hold.0.stirs.notify_one();
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        self.hold.0.told.dropped.store(true, Ordering::Release);
        self.hold.0.end();
        self.hold.0.stirs.notify_one();
    }
}

impl Hold {
    /// The fencing token.
    #[must_use]
    pub fn token(&self) -> Token {
        self.0.token
    }

    /// Whether the lead holds now, by the clock: to be looked at before every deed in its name. It waits for nobody, takes no lock, and a
    /// process that was stopped sees here at once that its time is over.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        !self.0.is_over.load(Ordering::Acquire) && self.0.clock.now() < self.0.ends()
    }

    /// Waits until the lead begins to end: no new dial then, nothing new is taken in hand, what is in hand is finished by the
    /// moment that is returned, and then the [`Lead`] dropped. That moment has come already where there is no time to drain.
    pub async fn stepping_down(&self) -> time::Instant {
        let mut course = self.0.course.subscribe();
        let told = course.wait_for(|course| *course != Course::Leads);
        tokio::select! {
            biased;
            told = told => match told.map(|course| *course) {
                Ok(Course::StepsDown(deadline)) => deadline,
                Ok(Course::Leads | Course::Over) | Err(_) => time::Instant::now(),
            },
            () = self.halted() => time::Instant::now(),
        }
    }

    /// Waits until the lead is over: everything in its name is dropped then, finished or not.
    pub async fn halted(&self) {
        let mut course = self.0.course.subscribe();
        while self.is_valid() {
            let over = course.wait_for(|course| *course == Course::Over);
            // It may be prolonged meanwhile; and nobody needs to be told that time has passed.
            tokio::select! { _ = over => return, () = sleep(until(self.0.ends(), self.0.clock.now())) => {} }
        }
    }
}

/// How far a lead is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    Leads,
    StepsDown(time::Instant),
    Over,
}

/// What a lead's holder and the election share.
pub(super) struct Tenure {
    group: Group,
    token: Token,
    clock: Timepiece,
    /// In the clock's milliseconds: from here on nothing happens in its name.
    ends: AtomicU64,
    is_over: AtomicBool,
    course: watch::Sender<Course>,
    told: Told,
    stirs: Arc<Notify>,
}

/// What the holder has told and the election has not heard yet.
#[derive(Default)]
struct Told {
    serving: AtomicBool,
    dial_failed: AtomicBool,
    fenced: AtomicBool,
    dropped: AtomicBool,
}

impl Tenure {
    pub(super) fn new(group: Group, token: Token, clock: Timepiece, ends: Instant, stirs: Arc<Notify>) -> Arc<Self> {
        let (ends, course) = (AtomicU64::new(ends.as_millis()), watch::Sender::new(Course::Leads));
        Arc::new(Self { group, token, clock, ends, is_over: AtomicBool::new(false), course, told: Told::default(), stirs })
    }

    pub(super) const fn token(&self) -> Token {
        self.token
    }

    /// It ends then, and not before.
    pub(super) fn prolong(&self, ends: Instant) {
        self.ends.store(ends.as_millis(), Ordering::Release);
    }

    pub(super) fn step_down(&self, left: Duration) {
        let deadline = time::Instant::now() + left;
        self.course.send_if_modified(|course| {
            *course == Course::Leads && {
                *course = Course::StepsDown(deadline);
                true
            }
        });
    }

    /// Nothing happens in its name from here on.
    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::Release);
        self.course.send_replace(Course::Over);
    }

    /// Whether dialling has succeeded since this was asked last.
    pub(super) fn is_serving(&self) -> bool {
        self.told.serving.swap(false, Ordering::AcqRel)
    }

    /// Whether dialling has failed since, and since it last succeeded.
    pub(super) fn has_failed(&self) -> bool {
        self.told.dial_failed.swap(false, Ordering::AcqRel)
    }

    /// Whether a newer token was seen.
    pub(super) fn is_fenced(&self) -> bool {
        self.told.fenced.swap(false, Ordering::AcqRel)
    }

    /// Whether nobody holds it any more.
    pub(super) fn is_dropped(&self) -> bool {
        self.told.dropped.load(Ordering::Acquire)
    }

    fn ends(&self) -> Instant {
        Instant::from_millis(self.ends.load(Ordering::Acquire))
    }
}

impl fmt::Debug for Tenure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenure").field("group", &self.group).field("token", &self.token).finish_non_exhaustive()
    }
}
