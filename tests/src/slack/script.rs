//! Owns which trouble the next call or upgrade meets: scenes that last a number of them, a time, or for ever.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::settings::Pace;
use super::trouble::{CallTrouble, LinkTrouble};

/// A trouble, or none, and how long it stays.
#[derive(Clone, Debug)]
pub struct Scene<T> {
    trouble: Option<T>,
    until: Until,
}

#[derive(Clone, Copy, Debug)]
enum Until {
    Used(usize),
    Elapsed(Duration),
    Replaced,
}

impl<T> Scene<T> {
    /// No trouble for the next `times`.
    #[must_use]
    pub const fn fine(times: usize) -> Self {
        Self { trouble: None, until: Until::Used(times) }
    }
}

/// What can be put into a script.
pub trait Trouble: Sized {
    /// This trouble for the next one.
    fn once(self) -> Scene<Self> {
        self.times(1)
    }

    /// This trouble for the next `times`.
    fn times(self, times: usize) -> Scene<Self> {
        Scene { trouble: Some(self), until: Until::Used(times) }
    }

    /// This trouble for a time of Slack's, counted from the end of the scene before.
    fn lasting(self, time: Duration) -> Scene<Self> {
        Scene { trouble: Some(self), until: Until::Elapsed(time) }
    }

    /// This trouble from here on.
    fn always(self) -> Scene<Self> {
        Scene { trouble: Some(self), until: Until::Replaced }
    }
}

impl Trouble for CallTrouble {}
impl Trouble for LinkTrouble {}

/// Scenes in order. After the last one all is well.
#[derive(Debug)]
pub(crate) struct Script<T> {
    scenes: VecDeque<Scene<T>>,
    /// When the first scene that is left began.
    began: Instant,
    used: usize,
}

impl<T: Clone> Script<T> {
    pub(crate) fn new(scenes: impl IntoIterator<Item = Scene<T>>, now: Instant) -> Self {
        Self { scenes: scenes.into_iter().collect(), began: now, used: 0 }
    }

    /// The trouble for the one that comes now.
    pub(crate) fn next(&mut self, now: Instant, pace: Pace) -> Option<T> {
        while let Some(scene) = self.scenes.front() {
            let over = match scene.until {
                Until::Used(times) => (self.used >= times).then_some(now),
                Until::Elapsed(time) => self.began.checked_add(pace.of(time)).filter(|end| *end <= now),
                Until::Replaced => None,
            };
            let Some(end) = over else { break };
            self.scenes.pop_front();
            (self.began, self.used) = (end, 0);
        }
        let scene = self.scenes.front()?;
        self.used += 1;
        scene.trouble.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenes_follow_each_other_by_number_and_by_time() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let scenes = [
            LinkTrouble::Status(409).times(2),
            Scene::fine(1),
            LinkTrouble::Hang.lasting(10 * second),
            LinkTrouble::NoPong.lasting(10 * second),
            LinkTrouble::NoHello.once(),
        ];
        let mut script = Script::new(scenes, start);
        let mut at = |seconds: u32| script.next(start + seconds * second / 10, Pace::times_faster(10));
        assert_eq!([at(0), at(0), at(0)], [Some(LinkTrouble::Status(409)), Some(LinkTrouble::Status(409)), None]);
        assert_eq!([at(0), at(9)], [Some(LinkTrouble::Hang), Some(LinkTrouble::Hang)], "ten seconds, ten times faster");
        assert_eq!(at(10), Some(LinkTrouble::NoPong));
        assert_eq!([at(20), at(20), at(99)], [Some(LinkTrouble::NoHello), None, None]);
    }

    #[test]
    fn a_scene_for_ever_stays() {
        let now = Instant::now();
        let mut script = Script::new([CallTrouble::Hang.always(), CallTrouble::DeadUrl.once()], now);
        assert!((0..100).all(|_| script.next(now, Pace::REAL) == Some(CallTrouble::Hang)));
        assert_eq!(Script::<CallTrouble>::new([], now).next(now, Pace::REAL), None);
    }
}
