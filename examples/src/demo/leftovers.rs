//! Owns the proof that nothing is left behind: no task, no socket.

use std::io;
use std::time::Duration;

use relink_tests::sockets;
use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

use super::outcome::Bound;
use crate::wording::counted;

/// A task that was told to end needs a moment for it.
const PATIENCE: Duration = Duration::from_secs(1);
const AGAIN: Duration = Duration::from_millis(5);

/// What the process holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Leftovers {
    tasks: usize,
    /// Sockets of whatever kind; `None` where the system does not say.
    sockets: Option<usize>,
}

impl Leftovers {
    /// What the process holds now.
    ///
    /// # Errors
    /// If the system does not say how many sockets there are, though it should.
    pub(crate) fn count() -> io::Result<Self> {
        let sockets = if cfg!(target_os = "linux") { Some(sockets::descriptors()?) } else { None };
        Ok(Self { tasks: Handle::current().metrics().num_alive_tasks(), sockets })
    }

    /// Whether, after a moment, the process holds no more than `before`.
    ///
    /// # Errors
    /// As [`Leftovers::count`].
    pub(crate) async fn settled(before: &Self) -> io::Result<Bound> {
        let begun = Instant::now();
        loop {
            let now = Self::count()?;
            if now == *before || begun.elapsed() > PATIENCE {
                return Ok(now.judged(before));
            }
            sleep(AGAIN).await;
        }
    }

    fn judged(self, before: &Self) -> Bound {
        let tasks = self.tasks.saturating_sub(before.tasks);
        let sockets = match (self.sockets, before.sockets) {
            (Some(now), Some(before)) => counted(now.saturating_sub(before), "socket"),
            (Some(_) | None, _) => "sockets not counted on this system".to_owned(),
        };
        Bound::new(format!("left behind: {}, {sockets}", counted(tasks, "task")), self == *before)
    }
}
