//! Two futures in one task, each polled only when something has woken it: a link's driver, and what its user does.
//!
//! What one of them does for the other (a message handed over, a message to be sent) then costs neither a turn of the
//! scheduler nor a poll of anything that has nothing to do.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

const DRIVER: u8 = 1;
const USER: u8 = 2;
/// The task is being polled: who is woken now gets its turn without the scheduler.
const POLLED: u8 = 4;

/// Rounds in one poll before the task lets others run.
const ROUNDS_MAX: u32 = 16;

/// What the user's future answers, once the driver has ended too; nothing, if it goes on for longer than `overtime` after that.
pub(crate) async fn together<D: Future + Unpin, U: Future>(mut driver: D, user: U, overtime: Option<Duration>) -> Option<U::Output> {
    let mut user = pin!(Some(user));
    let bell = Arc::new(Bell { rung: AtomicU8::new(DRIVER | USER), task: Mutex::new(Waker::noop().clone()) });
    let [driver_waker, user_waker] = [DRIVER, USER].map(|bit| Waker::from(Arc::new(Rope { bell: bell.clone(), bit })));
    let (mut task, mut driver_runs, mut output) = (Waker::noop().clone(), true, None);
    let mut patience = None;
    poll_fn(|cx| {
        if !task.will_wake(cx.waker()) {
            task = cx.waker().clone();
            bell.set_task(&task);
        }
        bell.rung.fetch_or(POLLED, Ordering::AcqRel);
        for _ in 0..ROUNDS_MAX {
            let rung = bell.rung.swap(POLLED, Ordering::AcqRel);
            if rung & DRIVER != 0 && driver_runs {
                driver_runs = Pin::new(&mut driver).poll(&mut Context::from_waker(&driver_waker)).is_pending();
            }
            if rung & USER != 0
                && let Some(running) = user.as_mut().as_pin_mut()
                && let Poll::Ready(answer) = running.poll(&mut Context::from_waker(&user_waker))
            {
                // What it holds of the link goes with it.
                user.set(None);
                output = Some(answer);
            }
            if !driver_runs && (output.is_some() || is_over(&mut patience, overtime, cx)) {
                return Poll::Ready(());
            }
            if bell.rung.compare_exchange(POLLED, 0, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                return Poll::Pending;
            }
        }
        bell.rung.fetch_and(!POLLED, Ordering::AcqRel);
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
    output
}

/// Whether the user has had its time.
fn is_over(patience: &mut Option<Pin<Box<Sleep>>>, overtime: Option<Duration>, cx: &mut Context<'_>) -> bool {
    overtime.is_some_and(|overtime| patience.get_or_insert_with(|| Box::pin(sleep(overtime))).as_mut().poll(cx).is_ready())
}

/// Who has been woken, and the task to wake for it.
struct Bell {
    rung: AtomicU8,
    task: Mutex<Waker>,
}

impl Bell {
    fn set_task(&self, task: &Waker) {
        self.task.lock().unwrap_or_else(PoisonError::into_inner).clone_from(task);
    }

    fn ring(&self, bit: u8) {
        let before = self.rung.fetch_or(bit, Ordering::AcqRel);
        if before & (bit | POLLED) == 0 {
            let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).clone();
            task.wake();
        }
    }
}

/// The waker of one of the two.
struct Rope {
    bell: Arc<Bell>,
    bit: u8,
}

impl Wake for Rope {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.bell.ring(self.bit);
    }
}
