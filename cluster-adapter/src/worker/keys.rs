//! Owns the order of jobs: a queue for each key, of which one job at a time is begun.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use tokio::time::Instant;

use super::Followers;

/// Jobs by key. The jobs of one key are begun one after the other, the oldest first; keys take turns.
#[derive(Debug)]
pub(super) struct Keys<T> {
    followers: Followers,
    keys: HashMap<Arc<str>, Key<T>>,
    /// Keys of which a job can be begun, in the order in which they became so.
    ready: VecDeque<Arc<str>>,
    /// What waits for its time, with the key it belongs to. Where followers wait the key waits, and the job stands in its queue.
    later: BTreeMap<(Instant, u64), (Arc<str>, Option<T>)>,
}

#[derive(Debug)]
struct Key<T> {
    /// By their places in the queue: what comes late finds its place.
    jobs: BTreeMap<u64, T>,
    turn: Turn,
}

/// Whether a job of the key can be begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// Yes, and the key stands among those that are ready if it has one.
    Free,
    /// No: one is begun.
    Busy,
    /// No: one waits for its time.
    Held,
}

/// A job that is begun.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Begun<T> {
    pub(super) key: Arc<str>,
    pub(super) sequence: u64,
    pub(super) job: T,
}

impl<T> Keys<T> {
    pub(super) fn new(followers: Followers) -> Self {
        Self { followers, keys: HashMap::new(), ready: VecDeque::new(), later: BTreeMap::new() }
    }

    /// A new job, at its place in the queue. It must not be here already.
    pub(super) fn push(&mut self, key: &str, sequence: u64, job: T) {
        let name = match self.keys.get_key_value(key) {
            Some((name, _)) => name.clone(),
            None => Arc::from(key),
        };
        self.put(name, sequence, job);
    }

    /// The next job; what becomes of it is told by [`Keys::done`] or [`Keys::again`].
    pub(super) fn begin(&mut self) -> Option<Begun<T>> {
        while let Some(name) = self.ready.pop_front() {
            let Some(key) = self.keys.get_mut(&name) else { continue };
            let Some((sequence, job)) = key.jobs.pop_first() else { continue };
            key.turn = Turn::Busy;
            return Some(Begun { key: name, sequence, job });
        }
        None
    }

    /// The key's job that was begun is over: the next one may begin.
    pub(super) fn done(&mut self, name: &Arc<str>) {
        self.set_free(name);
    }

    /// The key's job that was begun is to be begun again, at that time.
    pub(super) fn again(&mut self, begun: Begun<T>, at: Instant) {
        let Begun { key: name, sequence, job } = begun;
        match (self.followers, self.keys.get_mut(&name)) {
            (Followers::Wait, Some(key)) => {
                key.jobs.insert(sequence, job);
                key.turn = Turn::Held;
                self.later.insert((at, sequence), (name, None));
            }
            (Followers::Pass, _) | (Followers::Wait, None) => {
                self.later.insert((at, sequence), (name.clone(), Some(job)));
                self.set_free(&name);
            }
        }
    }

    /// Time has passed: what has waited until now can be begun.
    pub(super) fn wake(&mut self, now: Instant) {
        while let Some(entry) = self.later.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((_, sequence), (name, job)) = entry.remove_entry();
            match job {
                Some(job) => self.put(name, sequence, job),
                None => self.set_free(&name),
            }
        }
    }

    /// When [`Keys::wake`] has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.later.first_key_value().map(|((at, _), _)| *at)
    }

    /// Whether a job can be begun.
    pub(super) fn is_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Takes out all that is not begun, the oldest first.
    pub(super) fn take_all(&mut self) -> BTreeMap<u64, T> {
        let later = std::mem::take(&mut self.later);
        let mut all: BTreeMap<u64, T> = later.into_iter().filter_map(|((_, sequence), (_, job))| Some((sequence, job?))).collect();
        for key in self.keys.values_mut() {
            all.append(&mut key.jobs);
        }
        self.keys.retain(|_, key| key.turn == Turn::Busy);
        self.ready.clear();
        all
    }

    fn put(&mut self, name: Arc<str>, sequence: u64, job: T) {
        let key = self.keys.entry(name.clone()).or_insert_with(|| Key { jobs: BTreeMap::new(), turn: Turn::Free });
        let was_empty = key.jobs.is_empty();
        key.jobs.insert(sequence, job);
        if was_empty && key.turn == Turn::Free {
            self.ready.push_back(name);
        }
    }

    fn set_free(&mut self, name: &Arc<str>) {
        let Some(key) = self.keys.get_mut(name) else { return };
        if key.jobs.is_empty() {
            self.keys.remove(name);
            return;
        }
        key.turn = Turn::Free;
        self.ready.push_back(name.clone());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{Begun, Keys};
    use crate::worker::Followers;

    fn filled(followers: Followers, jobs: &[(&str, u64)]) -> Keys<()> {
        let mut keys = Keys::new(followers);
        for (key, sequence) in jobs {
            keys.push(key, *sequence, ());
        }
        keys
    }

    fn begun(keys: &mut Keys<()>) -> Vec<u64> {
        std::iter::from_fn(|| keys.begin()).map(|begun| begun.sequence).collect()
    }

    #[test]
    fn one_job_a_key_and_the_oldest_first() {
        let mut keys = filled(Followers::Wait, &[("a", 3), ("a", 1), ("b", 2)]);
        let first = keys.begin().unwrap();
        assert_eq!((&*first.key, first.sequence), ("a", 1), "what came late has found its place");
        assert_eq!(begun(&mut keys), [2]);
        keys.done(&first.key);
        assert_eq!(begun(&mut keys), [3]);
    }

    #[test]
    fn followers_wait_or_pass() {
        let (now, second) = (Instant::now(), Duration::from_secs(1));
        for (followers, at_once, then) in [(Followers::Wait, vec![], vec![1]), (Followers::Pass, vec![2], vec![1])] {
            let mut keys = filled(followers, &[("a", 1), ("a", 2), ("a", 3)]);
            let failed = keys.begin().unwrap();
            let name = failed.key.clone();
            keys.again(failed, now + second);
            let passed = begun(&mut keys);
            assert_eq!(passed, at_once);
            assert_eq!(keys.deadline(), Some(now + second));
            keys.wake(now + second);
            if !passed.is_empty() {
                assert!(begun(&mut keys).is_empty(), "one at a time, whoever passed");
                keys.done(&name);
            }
            assert_eq!(begun(&mut keys), then);
        }
    }

    #[test]
    fn what_is_not_begun_is_taken_out_in_order() {
        for followers in [Followers::Wait, Followers::Pass] {
            let mut keys = filled(followers, &[("b", 5), ("a", 4), ("a", 2), ("c", 1), ("c", 3)]);
            let (waits, runs) = (keys.begin().unwrap(), keys.begin().unwrap());
            assert_eq!((waits.sequence, runs.sequence), (5, 2));
            keys.again(waits, Instant::now());
            assert_eq!(keys.take_all().into_keys().collect::<Vec<_>>(), [1, 3, 4, 5]);
            assert_eq!((keys.is_ready(), keys.deadline()), (false, None));
            keys.done(&runs.key);
            assert!(begun(&mut keys).is_empty());
        }
    }

    /// What must hold of any history: a key is never begun twice at a time, and what was begun came in order.
    struct Account {
        followers: Followers,
        running: HashMap<std::sync::Arc<str>, Begun<u32>>,
        begun_last: HashMap<std::sync::Arc<str>, u64>,
        done: BTreeMap<u64, u32>,
    }

    impl Account {
        fn begins(&mut self, begun: Begun<u32>) {
            let last = self.begun_last.entry(begun.key.clone()).or_default();
            // A first try is behind all first tries; where followers wait, every try is.
            assert!(begun.sequence > *last || begun.job > 0, "{begun:?} behind {last}");
            assert!(self.followers == Followers::Pass || begun.sequence >= *last, "{begun:?} behind {last}");
            *last = begun.sequence.max(*last);
            let other = self.running.insert(begun.key.clone(), begun);
            assert!(other.is_none(), "{other:?} was being worked on");
        }
    }

    fn one_history(followers: Followers, rng: &mut fastrand::Rng) {
        let (began, mut now) = (Instant::now(), Instant::now());
        let mut keys = Keys::new(followers);
        let mut account = Account { followers, running: HashMap::new(), begun_last: HashMap::new(), done: BTreeMap::new() };
        let (mut pushed, total) = (0, 60);
        while account.done.len() < total {
            assert!(now - began < Duration::from_secs(600), "it comes to no end");
            match rng.u8(..5) {
                0 if pushed < total as u64 => {
                    pushed += 1;
                    keys.push(&format!("k{}", rng.u8(..4)), pushed, 0);
                }
                1 | 2 => keys.begin().into_iter().for_each(|begun| account.begins(begun)),
                3 => {
                    let Some(name) = rng.choice(account.running.keys()).cloned() else { continue };
                    let mut begun = account.running.remove(&name).unwrap();
                    if rng.u8(..3) == 0 {
                        begun.job += 1;
                        keys.again(begun, now + Duration::from_millis(rng.u64(..100)));
                    } else {
                        assert_eq!(account.done.insert(begun.sequence, begun.job), None);
                        keys.done(&name);
                    }
                }
                _ => {
                    now += Duration::from_millis(rng.u64(..50));
                    keys.wake(now);
                }
            }
        }
        assert!(keys.keys.is_empty() && keys.ready.is_empty() && keys.later.is_empty(), "nothing is left behind: {keys:?}");
    }

    #[test]
    fn in_any_history_a_key_keeps_its_order_and_nothing_is_lost() {
        let seed = fastrand::u64(..);
        println!("seed {seed}");
        let mut rng = fastrand::Rng::with_seed(seed);
        for _ in 0..500 {
            one_history(Followers::Wait, &mut rng);
            one_history(Followers::Pass, &mut rng);
        }
    }
}
