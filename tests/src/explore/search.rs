//! Owns the walk: breadth first, from a link that was never started, until there is nothing new.

use std::hash::BuildHasherDefault;

use indexmap::IndexSet;
use relink_core::{Instant, Link, Reaction, Single};
use rustc_hash::FxHasher;

use super::graph::{Graph, Judged, Kind};
use super::law::Tally;
use super::left::NOW;
use super::moves::{Move, each};
use super::node::{Names, Node, rename, watched};
use super::setting::{Setting, Size};
use super::step::Step;

/// A space that was walked to its end.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its size.
    pub size: Size,
    /// How often each law of states and steps held.
    pub tally: Tally,
    /// How often each law of the whole space held.
    pub whole: [Judged; 2],
}

/// A law that was broken, and the shortest way to where it was.
#[derive(Clone, Debug)]
pub struct Broken {
    /// What should have held.
    pub law: &'static str,
    /// What happened, from a link that was never started.
    pub way: Vec<Move>,
}

type Hasher = BuildHasherDefault<FxHasher>;

/// How much is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// All that is broken: nothing behind a broken law is visited, all the rest is.
    All,
    /// What is broken first.
    First,
}

/// Walks a setting's whole space.
///
/// # Errors
/// The laws that were broken, each with its shortest way.
pub fn explore(setting: &Setting, patience: Patience) -> Result<Found, Vec<Broken>> {
    let mut walk = Walk::new(setting);
    walk.run(patience);
    walk.done()
}

struct Walk<'a> {
    setting: &'a Setting,
    nodes: IndexSet<Node, Hasher>,
    /// From where each node was first reached, and by which of its moves.
    origins: Vec<(u32, u32)>,
    twins: Vec<Link<Single>>,
    graph: Graph,
    tally: Tally,
    transitions: u64,
    broken: Vec<Broken>,
}

impl<'a> Walk<'a> {
    fn new(setting: &'a Setting) -> Self {
        let first = Node::first(setting.config);
        let mut walk = Self {
            setting,
            nodes: IndexSet::default(),
            origins: vec![(0, 0)],
            twins: Vec::new(),
            graph: Graph::default(),
            tally: Tally::EMPTY,
            transitions: 0,
            broken: Vec::new(),
        };
        walk.nodes.insert(first);
        if setting.twin {
            walk.twins.push(rename(&Link::new(setting.config), NOW, [NOW; 2], &Names::of(&first.link)));
        }
        walk
    }

    fn run(&mut self, patience: Patience) {
        let mut at = 0;
        while let Some(node) = self.nodes.get_index(at).copied() {
            if at > self.setting.states_max {
                return self.breaks(CLOSES, at, None);
            }
            if patience == Patience::First && !self.broken.is_empty() {
                return;
            }
            if let Some(law) = self.tally.ask_state(&node) {
                self.breaks(law, at, None);
            } else {
                let mut number = 0;
                each(self.setting, &node, |step| {
                    self.moves(at, &node, number, step);
                    number += 1;
                });
            }
            self.graph.leave();
            at += 1;
        }
    }

    fn moves(&mut self, at: usize, node: &Node, number: u32, what: Move) {
        self.transitions += 1;
        match what {
            Move::Passes(millis) => {
                let mut next = *node;
                next.world.passes(millis, node.is_due(), node.link.config());
                let twin = self.twins.get(at).copied();
                self.reaches((at, number), next, NOW.after(wait(millis)), twin, Kind::Passes);
            }
            Move::Told(event, roll) => {
                let step = Step::take(node, event, roll);
                if let Some(law) = self.tally.ask_step(&step) {
                    return self.breaks(law, at, Some(what));
                }
                let mut twin = self.twins.get(at).copied();
                if let Some(twin) = &mut twin
                    && !in_step(twin, &step)
                {
                    return self.breaks(TWIN, at, Some(what));
                }
                if step.reaction != Reaction::Ignored || step.world != node.world {
                    let next = Node { link: step.after, world: step.world };
                    self.reaches((at, number), next, NOW, twin, Kind::of(&step));
                }
            }
        }
    }

    fn reaches(&mut self, origin: (usize, u32), mut next: Node, now: Instant, twin: Option<Link<Single>>, kind: Kind) {
        let names = Names::of(&next.link);
        let kept = watched(&next.link);
        next.settle(now);
        let (index, new) = self.nodes.insert_full(next);
        self.graph.leads(index, kind);
        if new {
            self.origins.push((origin.0 as u32, origin.1));
            self.twins.extend(twin.map(|twin| rename(&twin, now, kept, &names)));
        }
    }

    fn breaks(&mut self, law: &'static str, at: usize, last: Option<Move>) {
        if self.broken.iter().all(|broken| broken.law != law) {
            let mut way = self.way_to(at);
            way.extend(last);
            self.broken.push(Broken { law, way });
        }
    }

    fn way_to(&self, mut at: usize) -> Vec<Move> {
        let mut way = Vec::new();
        while at != 0 {
            let (from, number) = self.origins[at];
            at = from as usize;
            let mut moves = Vec::new();
            each(self.setting, &self.nodes[at], |step| moves.push(step));
            way.push(moves[number as usize]);
        }
        way.reverse();
        way
    }

    fn done(mut self) -> Result<Found, Vec<Broken>> {
        if self.broken.is_empty() {
            let whole = self.graph.judge(self.nodes.iter());
            for judged in whole {
                if let Some(at) = judged.broken {
                    self.breaks(judged.law, at, None);
                }
            }
            if self.broken.is_empty() {
                let size = Size { states: self.nodes.len(), transitions: self.transitions };
                return Ok(Found { size, tally: self.tally, whole });
            }
        }
        Err(self.broken)
    }
}

const CLOSES: &str = "what can be reached is finite";

const TWIN: &str = "a link without overlap does what Link<Single> does";

/// Tells the twin the same, and compares all that can be seen.
fn in_step(twin: &mut Link<Single>, step: &Step<'_>) -> bool {
    let reaction = twin.step(NOW, step.roll, step.event);
    let link = &step.after;
    reaction == step.reaction
        && twin.deadline() == link.deadline()
        && twin.not_before() == link.not_before()
        && twin.failures() == link.failures()
        && twin.backoff_memory() == link.backoff_memory()
        && twin.attempts() == link.attempts()
        && twin.state() == link.state()
}

fn wait(millis: super::left::Left) -> relink_core::Millis {
    relink_core::Millis::new(millis.unsigned_abs())
}
