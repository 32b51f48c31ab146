//! The way to a disk that may be slow: a bounded queue, and a thread that empties it. Whoever fills it never waits.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use tokio::sync::oneshot;

/// The filling end. Dropping it lets the thread finish what is queued and end.
pub(crate) struct Spool<T>(Arc<Shared<T>>);

/// Why something was not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unspooled {
    /// The disk is so far behind that the queue is full.
    Behind,
    /// Writing has failed; nothing is written any more.
    Failed,
}

/// What came of the writing, once the thread has ended.
pub(crate) type Outcome = oneshot::Receiver<io::Result<()>>;

struct Shared<T> {
    queue: Mutex<Queue<T>>,
    filled: Condvar,
    bytes_max: usize,
}

struct Queue<T> {
    items: Vec<T>,
    bytes: usize,
    ended: bool,
    failed: bool,
}

impl<T: Send + 'static> Spool<T> {
    /// A queue of at most so many bytes, beside those that are being written; `write` is given all that has gathered, in order.
    pub(crate) fn start(
        name: &str,
        bytes_max: usize,
        write: impl FnMut(Vec<T>) -> io::Result<()> + Send + 'static,
    ) -> io::Result<(Self, Outcome)> {
        let queue = Queue { items: Vec::new(), bytes: 0, ended: false, failed: false };
        let shared = Arc::new(Shared { queue: Mutex::new(queue), filled: Condvar::new(), bytes_max });
        let (tell, outcome) = oneshot::channel();
        let emptied = shared.clone();
        thread::Builder::new().name(name.into()).spawn(move || {
            // Nobody may want to know.
            let _ = tell.send(emptied.empty(write));
        })?;
        Ok((Self(shared), outcome))
    }

    /// Queues an item that weighs so much.
    pub(crate) fn push(&self, item: T, bytes: usize) -> Result<(), Unspooled> {
        let mut queue = self.0.lock();
        if queue.failed {
            return Err(Unspooled::Failed);
        }
        let filled = queue.bytes.saturating_add(bytes);
        if filled > self.0.bytes_max {
            return Err(Unspooled::Behind);
        }
        queue.bytes = filled;
        queue.items.push(item);
        drop(queue);
        self.0.filled.notify_one();
        Ok(())
    }

    /// Queues the last item, room or not.
    pub(crate) fn end_with(self, item: T) {
        self.0.lock().items.push(item);
    }
}

impl<T> Drop for Spool<T> {
    fn drop(&mut self) {
        self.0.lock().ended = true;
        self.0.filled.notify_one();
    }
}

impl<T> Shared<T> {
    fn empty(&self, mut write: impl FnMut(Vec<T>) -> io::Result<()>) -> io::Result<()> {
        while let Some(items) = self.next() {
            if let Err(error) = write(items) {
                let mut queue = self.lock();
                queue.failed = true;
                queue.items = Vec::new();
                return Err(error);
            }
        }
        Ok(())
    }

    /// Waits for items; `None` is the end.
    fn next(&self) -> Option<Vec<T>> {
        let queue = self.filled.wait_while(self.lock(), |queue| queue.items.is_empty() && !queue.ended);
        let mut queue = queue.unwrap_or_else(PoisonError::into_inner);
        queue.bytes = 0;
        let items = std::mem::take(&mut queue.items);
        if items.is_empty() { None } else { Some(items) }
    }

    fn lock(&self) -> MutexGuard<'_, Queue<T>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_slow_disk_is_never_waited_for_and_nothing_queued_is_lost() {
        let (go, wait) = mpsc::channel::<()>();
        let (tell, written) = mpsc::channel();
        let write = move |items: Vec<u32>| {
            // Stuck until the test lets go; once it is gone, free.
            let _ = wait.recv();
            items.into_iter().try_for_each(|item| tell.send(item)).map_err(io::Error::other)
        };
        let (spool, outcome) = Spool::start("test", 10, write).unwrap();
        let accepted = (0..).take_while(|&item| spool.push(item, 4) == Ok(())).count();
        assert!((2..=4).contains(&accepted), "{accepted}: two fit, and two more if the thread has taken the first ones");
        assert_eq!(spool.push(99, 4), Err(Unspooled::Behind));
        spool.end_with(100);
        drop(go);
        assert!(outcome.await.unwrap().is_ok());
        let written: Vec<u32> = written.iter().collect();
        assert_eq!(written, (0..accepted as u32).chain([100]).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_failure_is_told_once_and_stops_the_writing() {
        let (spool, outcome) = Spool::start("test", 10, |_: Vec<()>| Err(io::ErrorKind::StorageFull.into())).unwrap();
        spool.push((), 1).unwrap();
        assert_eq!(outcome.await.unwrap().unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(spool.push((), 1), Err(Unspooled::Failed));
    }
}
