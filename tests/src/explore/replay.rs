//! Owns the way back: the moves of an exploration, played to a link on a running clock with attempts of its own.

use relink_core::{Attempt, Event, Instant, Link, Millis, Reaction};
use relink_notation::{Header, Left, Outcome, Said, Text};

use super::left::NOW;
use super::moves::Move;
use super::node::{BESIDE, CURRENT, GONE, Names, Node, rename, watched};
use super::search::Broken;
use super::setting::Setting;
use super::step::Step;

/// One walk, seen twice: as the exploration sees it, and as a shell would.
#[derive(Clone, Copy, Debug)]
pub struct Replay {
    /// The exploration's node.
    pub node: Node,
    /// The link on a running clock.
    pub link: Link,
    /// Its hour.
    pub now: Instant,
}

/// What a move came to on the running clock.
#[derive(Clone, Copy, Debug)]
pub struct Played {
    /// What was told, by the attempt's real name.
    pub event: Event,
    /// With which roll.
    pub roll: u32,
    /// What it came to.
    pub reaction: Reaction,
}

impl Replay {
    /// A link that was never started, at the beginning of its clock.
    #[must_use]
    pub fn new(setting: &Setting) -> Self {
        Self { node: Node::first(setting.config), link: Link::new(setting.config), now: Instant::ZERO }
    }

    /// Plays a move to both. Nothing is told if time passes.
    pub fn play(&mut self, what: Move) -> Option<Played> {
        match what {
            Move::Passes(millis) => {
                let wait = Millis::new(millis.unsigned_abs());
                let (owed, config) = (self.node.is_due(), *self.node.link.config());
                self.node.world.passes(millis, owed, &config);
                self.node.settle(NOW.after(wait));
                self.now = self.now.after(wait);
                None
            }
            Move::Told(event, roll) => {
                let real = self.real(event);
                let reaction = self.link.step(self.now, roll, real);
                let step = Step::take(&self.node, event, roll);
                self.node = Node { link: step.after, world: step.world };
                self.node.settle(NOW);
                Some(Played { event: real, roll, reaction })
            }
        }
    }

    /// Whether the link on the running clock, its clock set back and its attempts renamed, is the exploration's.
    #[must_use]
    pub fn agrees(&self) -> bool {
        let forgotten = rename(&self.link, self.now, watched(&self.link), &Names::of(&self.link));
        Node { link: forgotten, world: self.node.world } == self.node
    }

    fn real(&self, event: Event) -> Event {
        match event {
            Event::Of(attempt, report) => Event::Of(self.real_name(attempt), report),
            Event::Drain(instant, code) => Event::Drain(self.now.after(ahead(instant)), code),
            Event::Start | Event::Stop(_) | Event::Timeout => event,
        }
    }

    fn real_name(&self, attempt: Attempt) -> Attempt {
        let (current, beside) = self.link.state().attempts();
        let gone = |skip: usize| {
            let latest = self.link.attempts();
            let held = |number: &u32| [current, beside].iter().flatten().all(|held| held.number() != *number);
            let number = (1..=latest).rev().filter(held).nth(skip).unwrap_or(u32::MAX);
            Attempt::from_number(number)
        };
        match attempt {
            CURRENT => current.unwrap_or(gone(0)),
            BESIDE => beside.unwrap_or(gone(0)),
            GONE => gone(0),
            _ => gone(1),
        }
    }
}

fn ahead(instant: Instant) -> Millis {
    Millis::new(u32::try_from(instant.since(NOW)).unwrap_or(u32::MAX))
}

/// A broken law's way as a scenario: what was told, and what the link made of it.
#[must_use]
pub fn scenario(setting: &Setting, broken: &Broken) -> String {
    let mut replay = Replay::new(setting);
    let mut text = format!("# {}: broken by the last line.\n{}\n", broken.law, Text(Header { single: false, config: setting.config }));
    for what in &broken.way {
        let late = replay.link.deadline().is_some_and(|deadline| deadline < replay.now);
        if let Some(played) = replay.play(*what) {
            let left = Left { alternative: false, at: replay.now, late, said: Said::Whole(played.event), roll: played.roll };
            let right = Outcome::of(&replay.link, played.reaction);
            text += &format!("{} -> {}\n", Text(left), Text(right));
        }
    }
    if matches!(broken.way.last(), Some(Move::Passes(_))) {
        text += &format!("# At {} it is broken: no more is told.\n", Text(replay.now));
    }
    text
}
