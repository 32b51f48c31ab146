//! Owns the replicas under test: an election, a receiver with Slack as its source, a queue that all share.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use relink_cluster::receiver::{Builder, Notice, Options, Receiver, SlackSource};
use relink_cluster::{Consumer, Delivery, Election, Engine, Group, Holder, InProcess, Settings as Queue};
use relink_tests::slack::{Book, FakeSlack, Settings};
use relink_tokio::Clock;
use relink_tokio::slack::UrlBudget;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// Of virtual time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Rig {
    pub(crate) slack: FakeSlack,
    pub(crate) engine: InProcess,
}

type Building = Builder<InProcess, SlackSource>;

/// One process.
pub(crate) struct Replica {
    pub(crate) receiver: Receiver,
    election: JoinHandle<()>,
    receiving: JoinHandle<()>,
}

impl Rig {
    pub(crate) async fn new(settings: Settings) -> Self {
        let queue = Queue { partitions: 1, max_ack_pending: 10_000, ..Queue::default() };
        Self { slack: FakeSlack::start(settings).await.unwrap(), engine: InProcess::new(queue) }
    }

    /// With no limit to the calls.
    pub(crate) async fn start() -> Self {
        Self::new(Settings { rate: None, ..Settings::default() }).await
    }

    pub(crate) fn source(&self) -> SlackSource {
        let endpoint = self.slack.api_url() + "apps.connections.open";
        let seed = AtomicU64::new(1);
        let builds = move |builder: relink_tokio::slack::SocketModeBuilder| {
            builder.endpoint(endpoint.clone()).clock(Clock::tokio()).seed(seed.fetch_add(1, Ordering::Relaxed))
        };
        SlackSource::new("xapp-1-cluster").configure(builds)
    }

    pub(crate) fn replica(&self, group: &str, source: SlackSource, options: Options) -> Replica {
        self.build(group, source, |builder| builder.options(options))
    }

    /// A replica that somebody looks at.
    pub(crate) fn observed(&self, observer: impl Fn(Notice<'_>) + Send + Sync + 'static) -> Replica {
        self.build("eu-1", self.source().budget(plenty()), |builder| builder.observer(observer))
    }

    fn build(&self, group: &str, source: SlackSource, change: impl FnOnce(Building) -> Building) -> Replica {
        let (group, holder) = (Group::new(group).unwrap(), Holder::new("pod").unwrap());
        let (election, electing) = Election::builder(self.engine.clone(), group, holder).clock(Clock::tokio()).build();
        let (receiver, driver) = change(Receiver::builder(self.engine.clone(), election, source)).build();
        Replica { receiver, election: tokio::spawn(electing), receiving: tokio::spawn(driver) }
    }

    /// A replica that may call as often as it likes, and is connected.
    pub(crate) async fn leader(&self, options: Options) -> Replica {
        let replica = self.replica("eu-1", self.source().budget(plenty()), options);
        self.ready(1).await;
        replica
    }

    /// Waits until this is true of Slack's book.
    pub(crate) async fn until(&self, wanted: impl Fn(&Book) -> bool) -> Book {
        self.slack.until(PATIENCE, wanted).await.unwrap_or_else(|unseen| panic!("{unseen}"))
    }

    pub(crate) async fn ready(&self, connections: usize) -> Book {
        self.until(|book| book.ready().len() == connections).await
    }

    /// The ids and payloads in the queue, in their order.
    pub(crate) async fn stored(&self) -> Vec<(String, String)> {
        let mut consumer = self.engine.consume(0).await.unwrap();
        let mut all = Vec::new();
        while let Ok(Ok(delivery)) = timeout(Duration::from_millis(10), consumer.next()).await {
            delivery.ack().await.unwrap();
            let envelope = delivery.envelope();
            all.push((envelope.id.to_string(), String::from_utf8(envelope.payload.to_vec()).unwrap()));
        }
        all
    }
}

impl Replica {
    /// As SIGKILL: everything of it is gone, the lease stays until it ends.
    pub(crate) async fn kill(self) {
        self.receiving.abort();
        self.election.abort();
        let _ = (self.receiving.await, self.election.await);
    }

    /// Waits until this is true of it.
    pub(crate) async fn until(&self, wanted: impl Fn(&Receiver) -> bool) {
        let seen = async {
            while !wanted(&self.receiver) {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(PATIENCE, seen).await.unwrap_or_else(|_| panic!("not seen: {:#?}", self.receiver.stats()));
    }
}

pub(crate) fn plenty() -> UrlBudget {
    UrlBudget::new(Duration::from_millis(1), 1000)
}

/// The most connections that were open at once at any time: those that were opened before it and ended after.
pub(crate) fn most_at_once(book: &Book) -> usize {
    let open_at = |at| {
        let since = |connection: &&relink_tests::slack::Connection| connection.opened <= at;
        let still = |connection: &&relink_tests::slack::Connection| connection.unregistered.is_none_or(|end| end > at);
        book.connections.iter().filter(since).filter(still).count()
    };
    book.connections.iter().map(|connection| open_at(connection.opened)).max().unwrap_or(0)
}
