//! Owns one round through this crate.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use relink_cluster::worker::{Job, Outcome, Worker};
use relink_cluster::{Engine, Group, Holder, PublishError, Publisher, Token};
use tokio::time::{Instant, sleep};

use crate::plan::{Plan, WORKERS};

pub(crate) async fn round(plan: &Plan) -> Duration {
    let name = Plan::name();
    let done = Arc::new(AtomicUsize::new(0));
    let mut workers = Vec::new();
    for number in 0..WORKERS {
        let (engine, done) = (plan.client(&name).await, done.clone());
        let work = move |_: Job| {
            done.fetch_add(1, Ordering::Relaxed);
            std::future::ready(Outcome::Done)
        };
        workers.push(Worker::builder(engine, Holder::new(&format!("worker-{number}")).expect("a name")).spawn(work));
    }
    let engine = plan.client(&name).await;
    let publisher = Publisher::take_over(engine.clone(), Group::new("eu").expect("a name"), Token::new(1)).await.expect("the queue");
    let share = u64::from(engine.settings().partitions) / WORKERS as u64;
    while workers.iter().any(|worker| worker.stats().partitions != share) {
        sleep(Duration::from_millis(50)).await;
    }
    let began = Instant::now();
    let published = stream::iter(0..plan.events).map(|number| publish(&publisher, plan, number)).buffer_unordered(plan.in_hand);
    published.for_each(|()| std::future::ready(())).await;
    if std::env::var_os("RELINK_PARTS").is_some() {
        println!("  published after {:?}", began.elapsed());
    }
    while workers.iter().map(|worker| worker.stats().done).sum::<u64>() < plan.events as u64
        || workers.iter().any(|worker| worker.stats().in_hand > 0)
    {
        sleep(Duration::from_millis(2)).await;
    }
    let took = began.elapsed();
    assert_eq!(done.load(Ordering::Relaxed), plan.events, "each once");
    for worker in &workers {
        worker.drain().await;
    }
    plan.clean_up(&name).await;
    took
}

async fn publish<E: Engine>(publisher: &Publisher<E>, plan: &Plan, number: usize) {
    let envelope = plan.envelope(number);
    while let Err(error) = publisher.publish(&envelope).await {
        assert!(matches!(&error, PublishError::Fault(fault) if fault.is_passing()), "{error}");
        println!("  once more: {error}");
    }
}
