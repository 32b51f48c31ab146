//! Owns the life of a node: its parts, when it is ready, and its end.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use relink_cluster::election::Elections;
use relink_cluster::health::Health;
use relink_cluster::{Condition, Engine, Holder, Observed};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::args::{Args, Role};
use crate::http::{self, Taking};
use crate::journal::Journal;
use crate::work::Working;
use crate::{receive, work};

pub(crate) type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A replica that runs.
pub(crate) struct Node {
    health: Health,
    elections: Option<Elections>,
    working: Option<Working>,
    taking: Option<Taking>,
    journal: Journal,
    ends_within: Duration,
    _tasks: JoinSet<()>,
}

/// Shows that there is no engine yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waiting(Arc<AtomicBool>);

/// How often it is looked whether all parts are ready for the first time.
const GLANCE: Duration = Duration::from_millis(50);

impl Node {
    /// Starts everything that belongs to its role.
    pub(crate) async fn start<E: Engine>(engine: E, args: &Args, health: Health, journal: Journal) -> Outcome<Self> {
        // A pod's name, for people; chance is added.
        let name = std::env::var("HOSTNAME").unwrap_or_default();
        let holder = Holder::new(&name).or_else(|_| Holder::new("node")).map_err(|error| error.to_string())?;
        journal.say("started", json!({"holder": holder.as_str(), "role": args.role.as_str()}));
        let mut elections = None;
        if args.role.receives() {
            let (all, receivers) = receive::start(&engine, holder.clone(), args, &journal)?;
            receivers.into_iter().for_each(|receiver| health.add("receiver", receiver));
            elections = Some(all);
        }
        let working = args.role.works().then(|| work::start(&engine, holder, args, &journal));
        if let Some(Working { worker, .. }) = &working {
            health.add("worker", worker.clone());
        }
        let mut taking = None;
        if args.role == Role::Http {
            let taken = http::start(&engine, args, &journal).await?;
            health.add("http", taken.slack.clone());
            taking = Some(taken);
        }
        let mut tasks = JoinSet::new();
        tasks.spawn(say_when_ready(health.clone(), journal.clone()));
        Ok(Self { health, elections, working, taking, journal, ends_within: args.ends_within(), _tasks: tasks })
    }

    /// Ends it with all that is in hand; not later than `--check` says.
    pub(crate) async fn end(self) -> Outcome<()> {
        let Self { health, elections, working, taking, journal, ends_within, _tasks } = self;
        health.drain();
        journal.say("ending", json!({}));
        let receivers = async {
            if let Some(elections) = elections {
                elections.stop().await;
            }
        };
        let work = async {
            if let Some(working) = working {
                working.end().await;
            }
        };
        let requests = async {
            if let Some(taking) = taking {
                taking.end().await;
            }
        };
        let in_time = timeout(ends_within, async { tokio::join!(receivers, work, requests) }).await;
        in_time.map_err(|_| format!("not all parts have ended within {ends_within:?}; what they had in hand comes again"))?;
        journal.say("ended", json!({}));
        Ok(())
    }
}

impl Waiting {
    pub(crate) fn new(health: &Health) -> Self {
        let waiting = Self::default();
        health.add("engine", waiting.clone());
        waiting
    }

    /// It is there.
    pub(crate) fn over(&self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Observed for Waiting {
    fn condition(&self) -> Condition {
        if self.0.load(Ordering::Acquire) { Condition::Ready } else { Condition::Unready("waits for the engine's servers".into()) }
    }
}

/// Where its health is asked for: from the very start, when nothing is ready yet.
pub(crate) async fn serve_health(args: &Args, journal: &Journal) -> Outcome<Health> {
    let listener = TcpListener::bind(args.health).await.map_err(|error| format!("--health {}: {error}", args.health))?;
    journal.say("serves-health", json!({"address": listener.local_addr()?.to_string()}));
    let health = Health::default();
    tokio::spawn(health.clone().serve(listener));
    Ok(health)
}

async fn say_when_ready(health: Health, journal: Journal) {
    while !health.is_ready() {
        sleep(GLANCE).await;
    }
    journal.say("ready", json!({}));
}
