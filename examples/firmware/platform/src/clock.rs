//! Owns the driver of `embassy_time`: the board's timer, which runs on by itself, and the queue of those who wait.

use core::cell::RefCell;
use core::task::Waker;

use critical_section::Mutex;
use embassy_time_driver::Driver;
use embassy_time_queue_utils::Queue;

use crate::board::timer;

embassy_time_driver::time_driver_impl!(static CLOCK: Clock = Clock { waiting: Mutex::new(RefCell::new(Queue::new())) });

struct Clock {
    waiting: Mutex<RefCell<Queue>>,
}

impl Driver for Clock {
    fn now(&self) -> u64 {
        timer::now()
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        critical_section::with(|token| {
            let mut waiting = self.waiting.borrow_ref_mut(token);
            if waiting.schedule_wake(at, waker) {
                arm(&mut waiting);
            }
        });
    }
}

/// The timer's interrupt: wakes whose time has come.
pub(crate) fn alarm() {
    critical_section::with(|token| arm(&mut CLOCK.waiting.borrow_ref_mut(token)));
}

/// Sets the alarm to the next time that somebody waits for. A time that passes meanwhile is one that has come.
fn arm(waiting: &mut Queue) {
    let mut next = waiting.next_expiration(timer::now());
    while !timer::set_alarm(next) {
        next = waiting.next_expiration(timer::now());
    }
}
