//! Owns which behaviour the next connection meets: scenes that last a number of connections, a time, or for ever.

use std::time::Duration;

use tokio::time::Instant;

use super::behaviour::Behaviour;

/// A behaviour and how long it stays the server's.
#[derive(Clone, Debug)]
pub struct Scene {
    behaviour: Behaviour,
    until: Until,
}

#[derive(Clone, Copy, Debug)]
enum Until {
    Connections(usize),
    Elapsed(Duration),
    Replaced,
}

impl Behaviour {
    /// This behaviour for the next connection.
    #[must_use]
    pub fn once(self) -> Scene {
        self.times(1)
    }

    /// This behaviour for the next `connections`.
    #[must_use]
    pub fn times(self, connections: usize) -> Scene {
        Scene { behaviour: self, until: Until::Connections(connections) }
    }

    /// This behaviour for every connection that is accepted in this time, counted from the end of the scene before.
    #[must_use]
    pub fn lasting(self, duration: Duration) -> Scene {
        Scene { behaviour: self, until: Until::Elapsed(duration) }
    }

    /// This behaviour from here on.
    #[must_use]
    pub fn always(self) -> Scene {
        Scene { behaviour: self, until: Until::Replaced }
    }
}

/// Scenes in order. The last one stays when its end is reached.
#[derive(Debug)]
pub(crate) struct Script {
    scenes: Vec<Scene>,
    current: usize,
    began: Instant,
    played: usize,
}

impl Script {
    pub(crate) fn new(scenes: impl IntoIterator<Item = Scene>, now: Instant) -> Self {
        Self { scenes: scenes.into_iter().collect(), current: 0, began: now, played: 0 }
    }

    /// The behaviour of a connection accepted now. A script without scenes echoes.
    pub(crate) fn next(&mut self, now: Instant) -> Behaviour {
        while self.current + 1 < self.scenes.len() {
            let Some(end) = self.scenes.get(self.current).and_then(|scene| scene.ended(self.began, self.played, now)) else { break };
            (self.current, self.began, self.played) = (self.current + 1, end, 0);
        }
        self.played += 1;
        self.scenes.get(self.current).map_or(Behaviour::Echo, |scene| scene.behaviour.clone())
    }
}

impl Scene {
    /// When the scene ended, if it has.
    fn ended(&self, began: Instant, played: usize, now: Instant) -> Option<Instant> {
        match self.until {
            Until::Connections(connections) => (played >= connections).then_some(now),
            Until::Elapsed(duration) => began.checked_add(duration).filter(|end| *end <= now),
            Until::Replaced => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Leave;

    fn name(behaviour: &Behaviour) -> String {
        format!("{behaviour:?}")
    }

    #[test]
    fn scenes_follow_each_other_by_count_and_by_time() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let fin = || Behaviour::AcceptThenDrop(Leave::Fin);
        let mut script = Script::new([Behaviour::Mute.times(2), fin().lasting(second), Behaviour::WrongAccept.once()], start);

        assert_eq!(name(&script.next(start)), "Mute");
        assert_eq!(name(&script.next(start)), "Mute");
        // The second scene begins with the connection that ends the first one.
        let later = start + 5 * second;
        assert_eq!(name(&script.next(later)), name(&fin()));
        assert_eq!(name(&script.next(later + second / 2)), name(&fin()));
        assert_eq!(name(&script.next(later + second)), "WrongAccept");
        assert_eq!(name(&script.next(later + 9 * second)), "WrongAccept", "the last scene stays");
    }

    #[test]
    fn times_that_passed_without_a_connection_count() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut script =
            Script::new([Behaviour::Mute.lasting(second), Behaviour::WrongAccept.lasting(second), Behaviour::Echo.always()], start);
        assert_eq!(name(&script.next(start + second * 3 / 2)), "WrongAccept");
        assert_eq!(name(&script.next(start + 2 * second)), "Echo");
    }

    #[test]
    fn no_scenes_and_no_connections_are_harmless() {
        let now = Instant::now();
        assert_eq!(name(&Script::new([], now).next(now)), "Echo");
        assert_eq!(name(&Script::new([Behaviour::Mute.times(0), Behaviour::WrongAccept.always()], now).next(now)), "WrongAccept");
    }
}
