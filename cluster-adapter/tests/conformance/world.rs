//! Where the suite runs: a fresh engine for each test, and as many clients of it as are asked for.

use std::future::Future;
use std::time::Duration;

use relink_cluster::{Consumer, Delivery, Engine, Envelope, Group, InProcess, Settings};
use tokio::time::{sleep, timeout};

pub(crate) trait World: Sized {
    type Engine: Engine;

    fn new(settings: Settings) -> Self;

    /// Another client of the same engine.
    fn client(&self) -> impl Future<Output = Self::Engine>;

    /// Breaks a client's connection, where it has one; it finds the way back by itself.
    fn reconnect(engine: &Self::Engine) -> impl Future<Output = ()>;
}

pub(crate) struct InThisProcess(InProcess);

impl World for InThisProcess {
    type Engine = InProcess;

    fn new(settings: Settings) -> Self {
        Self(InProcess::new(settings))
    }

    async fn client(&self) -> InProcess {
        self.0.clone()
    }

    async fn reconnect(_: &InProcess) {}
}

/// Short times, and few lanes where they do not matter.
pub(crate) fn settings() -> Settings {
    Settings {
        lease: Duration::from_secs(2),
        lanes: 8,
        partitions: 2,
        max_age: Duration::from_secs(600),
        max_bytes: 16 << 20,
        duplicate_window: Duration::from_secs(120),
        ack_wait: Duration::from_secs(1),
        max_deliver: 3,
        request_timeout: Duration::from_secs(5),
        ..Settings::default()
    }
}

/// The same with one partition, which everything comes out of.
pub(crate) fn one_partition() -> Settings {
    Settings { partitions: 1, ..settings() }
}

pub(crate) fn group() -> Group {
    Group::new("eu-1").expect("a name")
}

pub(crate) fn envelope(id: &str, key: &str) -> Envelope {
    Envelope { id: id.into(), key: key.into(), payload: format!("payload of {id}").into() }
}

/// The next delivery, if there is one in this time. A consumer that was just created may have no leader yet.
pub(crate) async fn next_within<C: Consumer>(consumer: &mut C, time: Duration) -> Option<C::Delivery> {
    let next = async {
        loop {
            match consumer.next().await {
                Err(fault) if fault.is_passing() => sleep(Duration::from_millis(20)).await,
                next => return next.expect("a delivery"),
            }
        }
    };
    timeout(time, next).await.ok()
}

/// Everything a consumer has, acknowledged: until nothing came for half a second.
pub(crate) async fn drain<C: Consumer>(consumer: &mut C) -> Vec<C::Delivery> {
    let mut all = Vec::new();
    while let Some(delivery) = next_within(consumer, Duration::from_millis(500)).await {
        delivery.ack().await.expect("an acknowledgement");
        all.push(delivery);
    }
    all
}

#[cfg(feature = "nats")]
pub(crate) mod nats {
    use std::time::Duration;

    use async_nats::ConnectOptions;
    use relink_cluster::nats::{Nats, Options};
    use relink_cluster::{Fault, Group, Settings};

    use tokio::time::{Instant, sleep};

    use super::World;

    pub(crate) struct OnServers {
        name: Group,
        settings: Settings,
    }

    impl OnServers {
        pub(crate) async fn connect(&self, settings: Settings) -> Result<Nats, Fault> {
            let servers = std::env::var("RELINK_NATS").expect("RELINK_NATS: the servers' addresses, as tests/cluster.sh sets it");
            let replicas = std::env::var("RELINK_NATS_REPLICAS").map_or(1, |replicas| replicas.parse().expect("a number of replicas"));
            Nats::connect(Options { servers, name: self.name.clone(), replicas, client: ConnectOptions::new(), settings }).await
        }
    }

    impl World for OnServers {
        type Engine = Nats;

        fn new(settings: Settings) -> Self {
            let name = Group::new(&format!("t{:016x}", fastrand::u64(..))).expect("a name");
            Self { name, settings }
        }

        async fn client(&self) -> Nats {
            let patience = std::env::var("RELINK_NATS_PATIENCE_S").map_or(10, |seconds| seconds.parse().expect("seconds"));
            let until = Instant::now() + Duration::from_secs(patience);
            loop {
                match self.connect(self.settings.clone()).await {
                    Ok(engine) => return engine,
                    // A cluster that has just begun elects its leader.
                    Err(fault @ (Fault::TimedOut { .. } | Fault::NoLeader | Fault::Server(_))) => {
                        assert!(Instant::now() < until, "{fault}")
                    }
                    Err(fault) => panic!("{fault}"),
                }
                sleep(Duration::from_millis(200)).await;
            }
        }

        async fn reconnect(engine: &Nats) {
            let connects = || engine.client().statistics().connects.load(std::sync::atomic::Ordering::Relaxed);
            let before = connects();
            engine.client().force_reconnect().await.expect("a client");
            while connects() == before {
                sleep(Duration::from_millis(1)).await;
            }
        }
    }

    #[tokio::test]
    #[ignore = "needs NATS servers: tests/cluster.sh"]
    async fn other_settings_are_refused_and_change_nothing() {
        let world = OnServers::new(super::settings());
        let engine = world.client().await;
        let other = Settings { lease: super::settings().lease * 2, ..super::settings() };
        let refused = world.connect(other).await.expect_err("another lease");
        assert!(matches!(&refused, Fault::OtherSettings(name) if name.contains("leases")), "{refused}");
        relink_cluster::Engine::consume(&engine, 0).await.expect("a consumer");
        let other = Settings { max_deliver: 9, ..super::settings() };
        let engine = world.connect(other).await.expect("the streams are the same");
        let refused = relink_cluster::Engine::consume(&engine, 0).await.expect_err("another limit");
        assert!(matches!(&refused, Fault::OtherSettings(name) if name.contains("p0")), "{refused}");
    }
}
