//! Owns a world of workers on one engine.

use std::future::Future;
use std::time::Duration;

use relink_cluster::worker::{Builder, Job, Outcome, Worker};
use relink_cluster::{Consumer, Engine, Envelope, Group, Holder, InProcess, Publisher, Settings, Token};
use relink_tokio::Clock;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::account::Account;
use crate::way::Way;

pub(crate) struct World {
    pub(crate) engine: InProcess,
    pub(crate) account: Account,
    publisher: Publisher<InProcess>,
    clock: Clock,
}

/// One process, as far as it matters.
pub(crate) struct Process {
    pub(crate) worker: Worker,
    pub(crate) way: Way,
    driver: JoinHandle<()>,
}

/// As they are where nothing is said, but for few lanes and partitions.
pub(crate) fn settings() -> Settings {
    Settings { lanes: 16, partitions: 4, ..Settings::default() }
}

impl World {
    pub(crate) async fn new(settings: Settings) -> Self {
        let engine = InProcess::new(settings);
        let publisher = Publisher::take_over(engine.clone(), Group::new("eu").unwrap(), Token::new(1)).await.unwrap();
        Self { engine, account: Account::default(), publisher, clock: Clock::tokio() }
    }

    /// Into the queue.
    pub(crate) async fn publish(&self, key: &str, id: &str) {
        self.account.published(key, id);
        let envelope = Envelope { id: id.into(), key: key.into(), payload: "{}".into() };
        self.publisher.publish(&envelope).await.unwrap();
    }

    /// So many, of that many keys.
    pub(crate) async fn fill(&self, count: usize, keys: usize) {
        for number in 0..count {
            self.publish(&format!("k{}", number % keys), &format!("e{number:04}")).await;
        }
    }

    pub(crate) fn start<F, Working>(&self, name: &'static str, set: impl FnOnce(Builder<Way>) -> Builder<Way>, work: F) -> Process
    where
        F: Fn(Job) -> Working + Send + Sync + 'static,
        Working: Future<Output = Outcome> + Send,
    {
        let way = Way::to(&self.engine);
        let (account, work) = (self.account.clone(), std::sync::Arc::new(work));
        let handler = move |job: Job| {
            let (account, work) = (account.clone(), work.clone());
            async move {
                let working = account.begins(&job, name);
                let outcome = work(job).await;
                if outcome == Outcome::Done {
                    working.end();
                }
                outcome
            }
        };
        let builder = Worker::builder(way.clone(), Holder::new(name).unwrap()).clock(self.clock);
        let (worker, driver) = set(builder).build(handler);
        Process { worker, way, driver: tokio::spawn(driver) }
    }

    /// Waits until so many are done.
    pub(crate) async fn done(&self, count: usize, within: Duration) -> Duration {
        let began = Instant::now();
        while self.account.done() < count {
            assert!(began.elapsed() < within, "{} of {count} done, after {:?}", self.account.done(), began.elapsed());
            sleep(Duration::from_millis(20)).await;
        }
        began.elapsed()
    }

    /// What was delivered and not answered.
    pub(crate) async fn unanswered(&self) -> u64 {
        let mut count = 0;
        for partition in 0..self.engine.settings().partitions {
            count += self.engine.consume(partition).await.unwrap().unanswered().await.unwrap().count;
        }
        count
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.account.judge();
        }
    }
}

impl Process {
    /// As by SIGKILL: nobody hears of it.
    pub(crate) fn kill(self) {
        self.way.cut();
        self.driver.abort();
    }
}

pub(crate) fn as_it_is(builder: Builder<Way>) -> Builder<Way> {
    builder
}

/// A job that takes so long.
pub(crate) fn takes(time: Duration) -> impl Fn(Job) -> std::pin::Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync + 'static {
    move |_| {
        Box::pin(async move {
            sleep(time).await;
            Outcome::Done
        })
    }
}
