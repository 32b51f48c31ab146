//! Owns what all measures share: how many events there are, what they look like, and where the servers are.

use std::time::Duration;

use async_nats::ConnectOptions;
use relink_cluster::nats::{Nats, Options};
use relink_cluster::{Envelope, Group, Settings};

pub(crate) struct Plan {
    pub(crate) servers: String,
    pub(crate) replicas: u8,
    pub(crate) events: usize,
    pub(crate) rounds: usize,
    /// How many a publisher has in hand at once.
    pub(crate) in_hand: usize,
    pub(crate) bytes: usize,
}

pub(crate) const WORKERS: usize = 4;

impl Plan {
    pub(crate) fn from_environment() -> Self {
        let number = |name: &str, otherwise: usize| std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"));
        Self {
            servers: std::env::var("RELINK_NATS").expect("RELINK_NATS: the servers' addresses, as tests/cluster.sh sets it"),
            replicas: u8::try_from(number("RELINK_NATS_REPLICAS", 1)).expect("a few replicas"),
            events: number("RELINK_EVENTS", 20_000),
            rounds: number("RELINK_ROUNDS", 5),
            in_hand: number("RELINK_IN_HAND", 256),
            bytes: number("RELINK_BYTES", 1000),
        }
    }

    /// Nothing of another round stands there.
    pub(crate) fn name() -> Group {
        Group::new(&format!("b{:016x}", fastrand::u64(..))).expect("a name")
    }

    /// A client of its own, which waits for a cluster that has just begun.
    pub(crate) async fn client(&self, name: &Group) -> Nats {
        loop {
            let options = Options {
                servers: self.servers.clone(),
                name: name.clone(),
                replicas: self.replicas,
                client: ConnectOptions::new(),
                settings: Settings::default(),
            };
            match Nats::connect(options).await {
                Ok(engine) => return engine,
                Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        }
    }

    /// As many keys as a workspace has channels.
    pub(crate) fn envelope(&self, number: usize) -> Envelope {
        Envelope {
            id: format!("Ev{number:08}").into(),
            key: format!("C{:04}", number % 1000).into(),
            payload: vec![b'x'; self.bytes].into(),
        }
    }

    pub(crate) async fn clean_up(&self, name: &Group) {
        let client = async_nats::connect(self.servers.split(',').collect::<Vec<_>>()).await.expect("a client");
        let context = async_nats::jetstream::new(client);
        for stream in [format!("KV_{name}-leases"), format!("{name}-queue"), format!("{name}-dead")] {
            context.delete_stream(stream).await.expect("a stream of this round");
        }
    }
}
