//! Owns the laws of the whole space: what can be reached from everywhere, and what cannot go round in no time.

use relink_core::{Action, State};

use super::node::Node;
use super::rings::rings;
use super::step::{Step, planned};

/// The ways from node to node, written in the order in which nodes are visited.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    ends: Vec<usize>,
    ways: Vec<Way>,
}

/// A way to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way {
    to: u32,
    kind: Kind,
}

/// How a way is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Time passes.
    Passes,
    /// The world tells something.
    World,
    /// The world tells something, and an Open is asked for.
    WorldOpens,
    /// The user tells something.
    User,
    /// The user tells something, and an Open is asked for.
    UserOpens,
}

impl Kind {
    /// The way that a step goes.
    #[must_use]
    pub fn of(step: &Step<'_>) -> Self {
        match (step.is_users(), matches!(step.action(), Some(Action::Open(_)))) {
            (false, false) => Self::World,
            (false, true) => Self::WorldOpens,
            (true, false) => Self::User,
            (true, true) => Self::UserOpens,
        }
    }

    fn opens(self) -> bool {
        matches!(self, Self::WorldOpens | Self::UserOpens)
    }

    fn is_users(self) -> bool {
        matches!(self, Self::User | Self::UserOpens)
    }
}

/// What a law of the whole space found.
#[derive(Clone, Copy, Debug)]
pub struct Judged {
    /// What it says.
    pub law: &'static str,
    /// How often it held.
    pub held: u64,
    /// Where it was broken.
    pub broken: Option<usize>,
}

impl Graph {
    /// A way from the node that is being visited.
    pub fn leads(&mut self, to: usize, kind: Kind) {
        let to = u32::try_from(to).expect("a space of more than 2³² states does not fit into memory");
        self.ways.push(Way { to, kind });
    }

    /// The node being visited has no more ways.
    pub fn leave(&mut self) {
        let begin = self.ends.last().copied().unwrap_or(0);
        self.ways[begin..].sort_unstable();
        let mut last = begin;
        for at in begin..self.ways.len() {
            if at == begin || self.ways[at] != self.ways[last - 1] {
                self.ways[last] = self.ways[at];
                last += 1;
            }
        }
        self.ways.truncate(last);
        self.ends.push(last);
    }

    /// Asks the laws of the whole space.
    #[must_use]
    pub fn judge<'n>(&self, nodes: impl Iterator<Item = &'n Node>) -> [Judged; 2] {
        [self.ready_is_reached(nodes), self.no_hot_ring()]
    }

    fn ways_from(&self, node: usize) -> &[Way] {
        let begin = if node == 0 { 0 } else { self.ends[node - 1] };
        &self.ways[begin..self.ends[node]]
    }

    /// Without the user's help, and whatever has gone wrong before.
    fn ready_is_reached<'n>(&self, nodes: impl Iterator<Item = &'n Node>) -> Judged {
        let states: Vec<(bool, bool)> = nodes.map(|node| (is_ready(node), is_live(node))).collect();
        let back = self.turned();
        let mut reaches: Vec<bool> = states.iter().map(|(ready, _)| *ready).collect();
        let mut open: Vec<usize> = (0..reaches.len()).filter(|node| reaches[*node]).collect();
        while let Some(node) = open.pop() {
            for from in back.ways_from(node) {
                let from = from.to as usize;
                if !std::mem::replace(&mut reaches[from], true) {
                    open.push(from);
                }
            }
        }
        let live = || states.iter().enumerate().filter(|(_, (_, live))| *live).map(|(node, _)| node);
        let broken = live().find(|node| !reaches[*node]);
        Judged { law: "Ready can be reached from every live state, without the user", held: live().count() as u64, broken }
    }

    /// The same ways, gone backwards; those of the user left out.
    fn turned(&self) -> Self {
        let mut ends = vec![0_usize; self.ends.len() + 1];
        let kept = || {
            (0..self.ends.len())
                .flat_map(|from| self.ways_from(from).iter().map(move |way| (from, way)))
                .filter(|(_, way)| !way.kind.is_users())
        };
        for (_, way) in kept() {
            ends[way.to as usize + 1] += 1;
        }
        for at in 1..ends.len() {
            ends[at] += ends[at - 1];
        }
        let mut ways = vec![Way { to: 0, kind: Kind::World }; ends[ends.len() - 1]];
        for (from, way) in kept() {
            let place = &mut ends[way.to as usize];
            ways[*place] = Way { to: from as u32, kind: way.kind };
            *place += 1;
        }
        ends.pop();
        Self { ends, ways }
    }

    fn no_hot_ring(&self) -> Judged {
        let count = self.ends.len();
        let rings = rings(count, |node| self.ways_from(node).iter().filter(|way| way.kind != Kind::Passes).map(|way| way.to as usize));
        let opens = || {
            (0..count).flat_map(|from| self.ways_from(from).iter().filter(|way| way.kind.opens()).map(move |way| (from, way.to as usize)))
        };
        let broken = opens().find(|(from, to)| rings[*from] == rings[*to]).map(|(from, _)| from);
        Judged { law: "no ring of events in no time contains an Open", held: opens().count() as u64, broken }
    }
}

fn is_ready(node: &Node) -> bool {
    matches!(node.link.state(), State::Ready(_))
}

/// The link is on its way to Ready, or there.
fn is_live(node: &Node) -> bool {
    match node.link.state() {
        State::Connecting { .. } | State::Open { .. } | State::Backoff { .. } | State::Ready(_) => true,
        State::Draining(_) | State::Closing(_) => planned(&node.link).is_some(),
        State::Idle | State::Shutdown { .. } => false,
    }
}
