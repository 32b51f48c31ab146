//! The end of a driver: when it is over, and what everybody is told who still waits for something.

use std::error::Error;
use std::fmt;
use std::task::Waker;

use relink_core::{End, Verdict};

use super::Driver;
use super::view::Place;
use crate::{Ending, Transport};

impl<T: Transport> Driver<T> {
    pub(super) fn over(&mut self) -> Option<End> {
        let Place::Shutdown(end) = self.place else { return None };
        let alone = self.opening.is_none() && self.slots.iter().all(Option::is_none);
        if !alone || !self.shared.ends_with_link() {
            return None;
        }
        self.in_poll = false;
        self.finish();
        Some(end)
    }

    /// Drops what is left, and tells everybody who waits.
    pub(super) fn finish(&mut self) {
        let panicked = std::mem::take(&mut self.in_poll);
        if panicked || std::thread::panicking() {
            // A second panic while the first is under way would end the process.
            self.observer = None;
        }
        let (why, because) =
            if panicked { (Ending::other(Panicked, Verdict::GiveUp), End::GivenUp) } else { (Ending::Stopped, End::Stopped) };
        self.opening = None;
        for seat in 0..self.slots.len() {
            // What has panicked is called no more than must be.
            if !panicked && !std::thread::panicking() {
                self.takes_leave(seat, &why);
            }
            if let Some(slot) = self.slots[seat].take() {
                self.discard(*slot);
            }
        }
        if let Some(attempt) = self.told.take() {
            let why = why.clone();
            let _none_left_out = self.notices.say(&self.shared, crate::Event::Down { attempt, why, retry_at: None });
        }
        let orphans = self.shared.outbox().end(&mut self.intake);
        orphans.into_iter().for_each(|entry| self.give_up(entry));
        if !matches!(self.place, Place::Shutdown(_)) {
            if panicked {
                self.shared.status().last_ending = Some(Box::new(why.clone()));
                let _none_left_out = self.notices.say(&self.shared, crate::Event::GaveUp { why });
            }
            self.place = Place::Shutdown(because);
            self.publish_state();
        }
        self.notices.finish(&self.shared);
        let reader = self.shared.inbox().end();
        crate::shared::wake(reader);
        self.shared.room.notify_waiters();
        self.shared.changed.notify_waiters();
        self.shared.forget_task();
        self.task = Waker::noop().clone();
    }
}

/// What ends a link whose driver has panicked.
#[derive(Debug)]
struct Panicked;

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the link's driver panicked, most likely in something of the user's that it calls: the observer, the verdict, the delay, the protocol")
    }
}

impl Error for Panicked {}
