//! Owns the command line of a node: its role, its engine, its times.

use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use relink_cluster::Group;
use relink_cluster::receiver::Questions;
use relink_core::Millis;
use relink_core::elector::Terms;
use relink_notation::Text;

/// One replica of a cluster: receives from Slack if it is elected, works on what comes in, or both.
///
/// Without any argument, and without SLACK_APP_TOKEN, it shows itself with a fake Slack. SIGTERM and Ctrl-C end it with all that is in hand.
#[derive(Clone, Debug, Parser)]
#[command(name = "relink-cluster-node", version)]
pub(crate) struct Args {
    /// What this replica does
    #[arg(long, value_enum, default_value_t = Role::Both)]
    pub(crate) role: Role,
    /// Where leases and the queue live: in-process, or the addresses of NATS servers with commas between (nats://host:4222)
    #[arg(long, default_value = "in-process", value_name = "ENGINE")]
    pub(crate) engine: Place,
    /// What the streams on the NATS servers begin with: those who share a queue give the same
    #[arg(long, default_value = "relink", value_name = "NAME", value_parser = group)]
    pub(crate) name: Group,
    /// On how many NATS servers everything is stored
    #[arg(long, default_value_t = 3, value_name = "SERVERS", value_parser = clap::value_parser!(u8).range(1..=5))]
    pub(crate) stored_on: u8,
    /// Who competes for a receiver's place: a region, a shard
    #[arg(long, default_value = "main", value_name = "NAME", value_parser = group)]
    pub(crate) group: Group,
    /// How many receivers the group has at a time, one connection each; all groups of one app together: 9, so that one can be renewed
    #[arg(long, default_value_t = 1, value_name = "PLACES", value_parser = clap::value_parser!(u8).range(1..=10))]
    pub(crate) receivers: u8,
    /// The app-level token (xapp-…): from the environment, so that no list of processes shows it
    #[arg(long, env = "SLACK_APP_TOKEN", hide_env_values = true, value_name = "XAPP", hide = true)]
    pub(crate) slack_token: Option<String>,
    /// What Slack signs its requests with (role http): from the environment
    #[arg(long, env = "SLACK_SIGNING_SECRET", hide_env_values = true, value_name = "SECRET", hide = true)]
    pub(crate) signing_secret: Option<String>,
    /// Where URLs are asked for, in place of Slack's own apps.connections.open
    #[arg(long, value_name = "URL")]
    pub(crate) slack_endpoint: Option<String>,
    /// Where /live, /ready and /metrics are served
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub(crate) health: SocketAddr,
    /// Where Slack's events are taken (role http)
    #[arg(long, default_value = "127.0.0.1:3000", value_name = "ADDRESS")]
    pub(crate) http: SocketAddr,
    #[command(flatten, next_help_heading = "Times, the same for all who share a lease or a queue")]
    pub(crate) times: Times,
    #[command(flatten, next_help_heading = "Work")]
    pub(crate) work: Work,
    /// Says what this command line comes to, as a line of JSON, and ends
    #[arg(long)]
    pub(crate) check: bool,
    /// Shows it with a fake Slack in this process
    #[arg(long)]
    pub(crate) demo: bool,
}

/// How long everything may take.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Times {
    /// How long a lease lasts that is not renewed
    #[arg(long, default_value = "15s", value_name = "TIME", value_parser = time)]
    pub(crate) lease: Duration,
    /// From one renewal to the next
    #[arg(long, default_value = "2s", value_name = "TIME", value_parser = time)]
    pub(crate) renew: Duration,
    /// The end of the lease in which nobody leads
    #[arg(long, default_value = "3s", value_name = "TIME", value_parser = time)]
    pub(crate) margin: Duration,
    /// What a receiver has for what is in hand when it steps down
    #[arg(long, default_value = "2s", value_name = "TIME", value_parser = time)]
    pub(crate) drain: Duration,
    /// How long a delivery may stay without a sign of progress before another worker gets it
    #[arg(long, default_value = "30s", value_name = "TIME", value_parser = time)]
    pub(crate) ack_wait: Duration,
    /// What a worker has to finish what is in hand when it is told to end
    #[arg(long, default_value = "20s", value_name = "TIME", value_parser = time)]
    pub(crate) finish: Duration,
}

/// What a worker does.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Work {
    /// On how many events a worker works at once
    #[arg(long, default_value_t = 32, value_name = "EVENTS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) concurrency: u16,
    /// After how many tries an event is a dead letter
    #[arg(long, default_value_t = 5, value_name = "TRIES", value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) tries: u16,
    /// What becomes of interactions and commands, to which a person waits for an answer
    #[arg(long, value_enum, default_value_t = Waiting::Store)]
    pub(crate) questions: Waiting,
    /// How long this example takes for an event
    #[arg(long, default_value = "0s", value_name = "TIME", value_parser = time)]
    pub(crate) work: Duration,
    /// This example fails at every event that holds this text
    #[arg(long, value_name = "TEXT")]
    pub(crate) poison: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// Receives over Socket Mode while it holds a lease.
    Receiver,
    /// Works on what was received.
    Worker,
    /// Both.
    Both,
    /// Receives over HTTP (Slack's Events API); needs no lease.
    Http,
}

/// What becomes of what somebody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Waiting {
    /// It is stored like everything else; the worker answers another way (response_url).
    Store,
    /// A worker is asked at once, and its answer goes with the acknowledgement.
    Ask,
}

/// Where leases and the queue live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    InProcess,
    Nats(String),
}

impl Role {
    pub(crate) const fn receives(self) -> bool {
        matches!(self, Self::Receiver | Self::Both)
    }

    pub(crate) const fn works(self) -> bool {
        matches!(self, Self::Worker | Self::Both)
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Receiver => "receiver",
            Self::Worker => "worker",
            Self::Both => "both",
            Self::Http => "http",
        }
    }
}

impl From<Waiting> for Questions {
    fn from(waiting: Waiting) -> Self {
        match waiting {
            Waiting::Store => Self::Store,
            Waiting::Ask => Self::Ask,
        }
    }
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_nats = |address: &str| ["nats://", "tls://"].iter().any(|scheme| address.trim().starts_with(scheme));
        if text == "in-process" {
            Ok(Self::InProcess)
        } else if text.split(',').all(is_nats) {
            Ok(Self::Nats(text.to_owned()))
        } else {
            Err("in-process, or addresses such as nats://host:4222 with commas between".to_owned())
        }
    }
}

impl Times {
    /// How the lease is held.
    pub(crate) fn terms(&self) -> Terms {
        let Self { lease, renew, margin, drain, .. } = *self;
        Terms {
            lease: millis(lease),
            renew_every: millis(renew),
            margin: millis(margin),
            drain: millis(drain),
            request_timeout: millis(renew),
            retry_every: millis(renew / 2),
            ..Terms::DEFAULT
        }
        .clamped()
    }
}

fn millis(time: Duration) -> Millis {
    Millis::new(u32::try_from(time.as_millis()).unwrap_or(u32::MAX))
}

fn time(text: &str) -> Result<Duration, String> {
    let Text(millis) = text.parse::<Text<Millis>>().map_err(|error| error.to_string())?;
    Ok(Duration::from_millis(u64::from(millis.get())))
}

fn group(text: &str) -> Result<Group, String> {
    Group::new(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};
    use relink_core::elector::Terms;

    use super::{Args, Place};

    #[test]
    fn the_command_line_is_sound_and_its_times_are_the_electors() {
        Args::command().debug_assert();
        let args = Args::parse_from(["relink-cluster-node"]);
        assert_eq!(args.times.terms(), Terms::DEFAULT);
        assert_eq!(args.engine, Place::InProcess);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for words in [["--receivers", "0"], ["--receivers", "11"], ["--engine", "redis://x"], ["--lease", "soon"], ["--group", "a b"]] {
            assert!(Args::try_parse_from([&["node"], &words[..]].concat()).is_err(), "{words:?}");
        }
    }
}
