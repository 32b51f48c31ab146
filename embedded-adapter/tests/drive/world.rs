//! Owns time and tasks: polls whatever is woken, and when nothing is, jumps to the next who sleeps. Nothing here really waits.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use assert_no_alloc::permit_alloc;
use relink_core::Instant;
use relink_embedded::Clock;

/// Polls without the clock moving after which somebody must be waking himself over and over.
const POLLS_MAX: u32 = 200_000;

#[derive(Default)]
pub(crate) struct World {
    now: Cell<u64>,
    sleepers: RefCell<Vec<(u64, u64, Waker)>>,
    sleeps: Cell<u64>,
    tasks: RefCell<Vec<Task>>,
    /// Polls of all tasks so far.
    pub(crate) polls: Cell<u64>,
}

struct Task {
    future: Pin<Box<dyn Future<Output = ()>>>,
    flag: Arc<Flag>,
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl World {
    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + 'static) {
        self.tasks.borrow_mut().push(Task { future: Box::pin(future), flag: Arc::new(Flag(AtomicBool::new(true))) });
    }

    pub(crate) fn now(&self) -> u64 {
        self.now.get()
    }

    /// Runs until this time, or until there is nobody who would wake before.
    pub(crate) fn run_until(&self, until: u64) {
        loop {
            self.settle();
            let next = self.sleepers.borrow().iter().map(|(at, ..)| *at).min().unwrap_or(u64::MAX);
            if next > until {
                self.now.set(self.now.get().max(until));
                return;
            }
            self.jump_to(next);
        }
    }

    /// As a suspended machine does: the clock jumps, and nobody ran meanwhile.
    pub(crate) fn jump_to(&self, at: u64) {
        self.now.set(self.now.get().max(at));
        let now = self.now.get();
        let due = self.sleepers.borrow_mut().extract_if(.., |(at, ..)| *at <= now).collect::<Vec<_>>();
        due.into_iter().for_each(|(.., waker)| waker.wake());
    }

    /// Polls until nobody is woken.
    pub(crate) fn settle(&self) {
        let mut polls = 0;
        while self.poll_woken() {
            polls += 1;
            assert!(polls < POLLS_MAX, "somebody wakes himself over and over at {} ms", self.now());
        }
    }

    fn poll_woken(&self) -> bool {
        let mut tasks = std::mem::take(&mut *self.tasks.borrow_mut());
        let mut any = false;
        tasks.retain_mut(|task| {
            if !task.flag.0.swap(false, Ordering::Relaxed) {
                return true;
            }
            any = true;
            self.polls.set(self.polls.get() + 1);
            let waker = Waker::from(Arc::clone(&task.flag));
            task.future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending()
        });
        let mut spawned = self.tasks.borrow_mut();
        tasks.append(&mut spawned);
        *spawned = tasks;
        any
    }
}

/// The world's clock.
#[derive(Clone)]
pub(crate) struct Ticker(pub(crate) Rc<World>);

impl Ticker {
    pub(crate) async fn sleep(&self, millis: u64) {
        self.until(Instant::from_millis(self.0.now() + millis)).await;
    }
}

impl Clock for Ticker {
    fn now(&self) -> Instant {
        Instant::from_millis(self.0.now())
    }

    async fn until(&self, at: Instant) {
        let name = self.0.sleeps.get();
        self.0.sleeps.set(name + 1);
        Sleep { world: &self.0, at: at.as_millis(), name }.await;
    }
}

struct Sleep<'w> {
    world: &'w World,
    at: u64,
    name: u64,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.world.now() >= self.at {
            return Poll::Ready(());
        }
        permit_alloc(|| {
            let mut sleepers = self.world.sleepers.borrow_mut();
            sleepers.retain(|(_, name, _)| *name != self.name);
            if self.at != u64::MAX {
                sleepers.push((self.at, self.name, cx.waker().clone()));
            }
        });
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        self.world.sleepers.borrow_mut().retain(|(_, name, _)| *name != self.name);
    }
}
