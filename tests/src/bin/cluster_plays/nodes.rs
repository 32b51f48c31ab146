//! Owns the nodes: processes of the example's binary, each with ways of its own to NATS and to Slack, and what they say.

use std::fmt;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::Command;

use crate::process::Process;
use crate::proxy::{Mode, Proxy};
use crate::stage::{Outcome, Stage, until};

/// What all nodes of a play have said, in the order in which it was heard.
#[derive(Clone, Default)]
pub(crate) struct Journal(Arc<Mutex<Vec<Line>>>);

/// One thing that a node has said.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Which node.
    pub(crate) node: usize,
    /// When it happened, by the machine's clock in milliseconds.
    pub(crate) at: u64,
    pub(crate) what: String,
    pub(crate) more: Value,
}

/// A replica.
pub(crate) struct Node {
    pub(crate) number: usize,
    pub(crate) process: Process,
    journal: Journal,
    nats: Vec<Proxy>,
    slack: Proxy,
}

/// What all nodes of a play have in common.
pub(crate) struct Cast<'a> {
    pub(crate) stage: &'a Stage,
    /// The ports of the NATS servers.
    pub(crate) servers: Vec<u16>,
    pub(crate) slack: u16,
    pub(crate) journal: Journal,
    pub(crate) args: Vec<String>,
}

impl Cast<'_> {
    /// Starts a node with these arguments more.
    pub(crate) async fn node(&self, number: usize, args: &[&str]) -> Outcome<Node> {
        let mut nats = Vec::new();
        for port in &self.servers {
            nats.push(Proxy::start(*port).await?);
        }
        let slack = Proxy::start(self.slack).await?;
        let engine: Vec<_> = nats.iter().map(|proxy| format!("nats://{}", proxy.address())).collect();
        let log = std::fs::File::create(self.stage.scratch.join(format!("node-{number}.log")))?;
        let mut command = Command::new(&self.stage.node);
        command
            .args(["--engine", &engine.join(","), "--stored-on", &self.servers.len().to_string(), "--health", "127.0.0.1:0"])
            .args(["--slack-endpoint", &format!("http://{}/api/apps.connections.open", slack.address())])
            .args(&self.args)
            .args(args)
            .env("SLACK_APP_TOKEN", "xapp-play")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log);
        let mut process = Process::start(format!("node {number}"), &mut command)?;
        let output = process.child().stdout.take().ok_or("the node has no output")?;
        let journal = self.journal.clone();
        tokio::spawn(async move {
            let mut lines = BufReader::new(output).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(line) = Line::parse(number, &line) {
                    journal.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
                }
            }
        });
        Ok(Node { number, process, journal: self.journal.clone(), nats, slack })
    }
}

impl Node {
    /// What becomes of what it says to NATS, and hears from it.
    pub(crate) fn nats(&self, mode: Mode) {
        self.nats.iter().for_each(|proxy| proxy.set(mode));
    }

    /// Likewise with Slack.
    pub(crate) fn slack(&self, mode: Mode) {
        self.slack.set(mode);
    }

    /// Waits until it says this (after that moment), and gives when.
    pub(crate) async fn says(&self, what: &str, after: u64, patience: Duration) -> Outcome<Line> {
        let waited = format!("node {} says {what:?}", self.number);
        until(&waited, patience, || {
            self.journal.find(|line| line.node == self.number && line.at >= after && line.what == what).into_iter().next()
        })
        .await
    }
}

impl Node {
    /// What it counts under this name, by its own /metrics; all of them together where there are several.
    pub(crate) async fn count(&self, name: &str) -> Outcome<f64> {
        let address = self.says("serves-health", 0, Duration::from_secs(10)).await?.text("address").to_owned();
        let mut asked = TcpStream::connect(&address).await?;
        asked.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").await?;
        let mut answer = String::new();
        asked.read_to_string(&mut answer).await?;
        let numbers = answer.lines().filter(|line| line.starts_with(name)).filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
        Ok(numbers.sum())
    }
}

impl Journal {
    /// The lines that are so.
    pub(crate) fn find(&self, is_so: impl Fn(&Line) -> bool) -> Vec<Line> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().filter(|line| is_so(line)).cloned().collect()
    }

    /// Those of one kind.
    pub(crate) fn all(&self, what: &str) -> Vec<Line> {
        self.find(|line| line.what == what)
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node {}: {}", self.node, self.more)
    }
}

impl fmt::Display for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl Line {
    fn parse(node: usize, text: &str) -> Option<Self> {
        let more: Value = serde_json::from_str(text).ok()?;
        Some(Self { node, at: more["at"].as_u64()?, what: more["what"].as_str()?.to_owned(), more })
    }

    pub(crate) fn text(&self, member: &str) -> &str {
        self.more[member].as_str().unwrap_or_default()
    }

    pub(crate) fn number(&self, member: &str) -> u64 {
        self.more[member].as_u64().unwrap_or_default()
    }
}
