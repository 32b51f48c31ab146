//! Owns what most plays begin with: servers, a fake Slack under load, nodes, and one of them that leads.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::load::Load;
use crate::nodes::{Cast, Journal, Node};
use crate::servers::Servers;
use crate::stage::{Outcome, PATIENCE, Stage, until};

/// How a lease is held in a play.
#[derive(Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) lease: Duration,
    pub(crate) margin: Duration,
    args: [&'static str; 8],
    scale: &'static str,
}

/// A third of the defaults: where NATS itself is healthy.
pub(crate) const THIRD: Terms = Terms {
    lease: Duration::from_secs(5),
    margin: Duration::from_secs(1),
    args: ["--lease", "5s", "--renew", "667ms", "--margin", "1s", "--drain", "667ms"],
    scale: "a third of the defaults: lease 5 s, renew 667 ms, margin 1 s, drain 667 ms",
};
/// The defaults: where NATS elects its leaders.
pub(crate) const WHOLE: Terms = Terms {
    lease: Duration::from_secs(15),
    margin: Duration::from_secs(3),
    args: ["--lease", "15s", "--renew", "2s", "--margin", "3s", "--drain", "2s"],
    scale: "the defaults: lease 15 s, renew 2 s, margin 3 s, drain 2 s",
};

/// How long after a lease's end a new leader is to be ready: it looks, takes the queue over, and dials.
pub(crate) const TAKEOVER: Duration = Duration::from_secs(2);
/// Of how many events a second most plays are.
pub(crate) const RATE: u32 = 100;

/// How many events may be worked on again, where one that worked on them was killed, stopped or not heard: those that it had in hand.
pub(crate) const AGAIN: usize = 32;

/// Everything that plays.
pub(crate) struct Show<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) servers: Servers,
    pub(crate) load: Load,
    pub(crate) journal: Journal,
    pub(crate) nodes: Vec<Node>,
    pub(crate) terms: Terms,
    args: Vec<String>,
    started: usize,
}

impl<'a> Show<'a> {
    /// So many servers; no node yet. All nodes get these arguments.
    pub(crate) async fn open(stage: &'a Stage, servers: usize, terms: Terms, args: &[&str]) -> Outcome<Self> {
        stage.say(&format!("{servers} server(s); {}", terms.scale));
        let servers = Servers::start(stage, servers).await?;
        let args = terms.args.iter().chain(&["--questions", "ask"]).chain(args).map(|arg| (*arg).to_owned()).collect();
        Ok(Self { stage, servers, load: Load::start().await?, journal: Journal::default(), nodes: Vec::new(), terms, args, started: 0 })
    }

    /// The same with so many nodes, of which one is ready.
    pub(crate) async fn with_nodes(stage: &'a Stage, servers: usize, terms: Terms, args: &[&str], nodes: usize) -> Outcome<Self> {
        let mut show = Self::open(stage, servers, terms, args).await?;
        for _ in 0..nodes {
            show.node(&[]).await?;
        }
        show.ready().await?;
        Ok(show)
    }

    /// Starts one more node.
    pub(crate) async fn node(&mut self, args: &[&str]) -> Outcome<usize> {
        let cast = Cast {
            stage: self.stage,
            servers: self.servers.ports(),
            slack: self.load.slack.address().port(),
            journal: self.journal.clone(),
            args: self.args.clone(),
        };
        let number = self.started;
        self.started += 1;
        self.nodes.push(cast.node(number, args).await?);
        Ok(number)
    }

    /// Waits until a connection is ready.
    pub(crate) async fn ready(&self) -> Outcome<()> {
        until("a receiver is ready", PATIENCE, || (!self.load.ready().is_empty()).then_some(())).await
    }

    /// Waits until another connection becomes ready than before, and gives the time that took.
    pub(crate) async fn ready_again(&self, since: Instant, patience: Duration) -> Outcome<Duration> {
        until("a new receiver is ready", patience, || self.load.ready_after(since).map(|at| at - since)).await
    }

    /// Which node leads, by what the nodes have said: its place among those that play.
    pub(crate) fn leader(&self) -> Outcome<usize> {
        let said = self.journal.find(|line| matches!(line.what.as_str(), "took-over" | "over"));
        let leads = |node: &Node| said.iter().rev().find(|line| line.node == node.number).is_some_and(|line| line.what == "took-over");
        Ok(self.nodes.iter().position(leads).ok_or("no node leads")?)
    }

    /// Tells how often the workers that are still there have recognised what they had done before, by its id.
    pub(crate) async fn tell_repeats(&self) -> Outcome<()> {
        let mut repeats = 0.0;
        for node in &self.nodes {
            repeats += node.count("relink_worker_repeats_total").await?;
        }
        self.stage.say(&format!("deliveries that were recognised, and not worked on again: {repeats}"));
        Ok(())
    }

    pub(crate) async fn pass(&self, seconds: u64) {
        sleep(Duration::from_secs(seconds)).await;
    }
}
