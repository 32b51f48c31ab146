//! Owns one round by hand: async-nats and nothing else, on the same stream and consumers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::header::{NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, NATS_EXPECTED_STREAM, NATS_MESSAGE_ID};
use async_nats::jetstream::{self, Context, consumer::PullConsumer, message::PublishMessage};
use futures_util::{StreamExt, TryStreamExt, stream};
use relink_cluster::{Engine, Group, Settings};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::plan::{Plan, WORKERS};

/// Acknowledgements under way for one partition: as many as a worker may have in hand.
const ACKS: usize = 256;

/// The lanes, each with its newest sequence.
type Lanes = Arc<Vec<Mutex<u64>>>;

pub(crate) async fn round(plan: &Plan, is_fenced: bool) -> Duration {
    let name = Plan::name();
    let engine = plan.client(&name).await;
    let settings = engine.settings().clone();
    for partition in 0..settings.partitions {
        engine.consume(partition).await.expect("its consumer is there");
    }
    let acked = Arc::new(AtomicUsize::new(0));
    let mut readers = JoinSet::new();
    for worker in 0..WORKERS {
        let context = context(plan).await;
        for partition in (0..usize::from(settings.partitions)).filter(|partition| partition % WORKERS == worker) {
            readers.spawn(read(context.clone(), name.clone(), partition, acked.clone()));
        }
    }
    let context = context(plan).await;
    let lanes: Lanes = Arc::new((0..settings.lanes).map(|_| Mutex::new(0)).collect());
    sleep(Duration::from_millis(500)).await;
    let began = Instant::now();
    let publish = |number| publish(plan, &context, &name, &settings, &lanes, number, is_fenced);
    stream::iter(0..plan.events).map(publish).buffer_unordered(plan.in_hand).for_each(|()| std::future::ready(())).await;
    if std::env::var_os("RELINK_PARTS").is_some() {
        println!("  published after {:?}", began.elapsed());
    }
    while acked.load(Ordering::Relaxed) < plan.events {
        sleep(Duration::from_millis(2)).await;
    }
    let took = began.elapsed();
    readers.shutdown().await;
    plan.clean_up(&name).await;
    took
}

async fn context(plan: &Plan) -> Context {
    jetstream::new(async_nats::connect(plan.servers.split(',').collect::<Vec<_>>()).await.expect("a client"))
}

async fn publish(plan: &Plan, context: &Context, name: &Group, settings: &Settings, lanes: &Lanes, number: usize, is_fenced: bool) {
    let envelope = plan.envelope(number);
    let lane = settings.lane_of(&envelope.key);
    let subject = format!("{name}.ev.eu.{lane}");
    let headers = |expected: Option<u64>| {
        let mut headers = HeaderMap::new();
        headers.insert(NATS_EXPECTED_STREAM, format!("{name}-queue"));
        headers.insert(NATS_MESSAGE_ID, &*envelope.id);
        headers.insert("Relink-Token", "1");
        headers.insert("Relink-Key", &*envelope.key);
        if let Some(expected) = expected {
            headers.insert(NATS_EXPECTED_LAST_SUBJECT_SEQUENCE, expected.to_string());
        }
        headers
    };
    let send = async |headers| {
        let message = PublishMessage::build().headers(headers).payload(envelope.payload.clone());
        context.send_publish(subject.clone(), message).await.expect("sent").await
    };
    if !is_fenced {
        send(headers(None)).await.expect("stored");
        return;
    }
    let mut last = lanes[usize::from(lane)].lock().await;
    loop {
        match send(headers(Some(*last))).await {
            Ok(stored) => return *last = stored.sequence,
            // A leader that was just elected: whoever does it by hand has to look, too.
            Err(error) => {
                println!("  once more: {error}");
                let stream = context.get_stream_no_info(format!("{name}-queue")).await.expect("the stream");
                *last = stream.get_last_raw_message_by_subject(&subject).await.map_or(0, |message| message.sequence);
            }
        }
    }
}

/// Reads one partition, and acknowledges by request.
async fn read(context: Context, name: Group, partition: usize, acked: Arc<AtomicUsize>) {
    let consumer: PullConsumer =
        context.get_consumer_from_stream(format!("p{partition}"), format!("{name}-queue")).await.expect("the consumer");
    let messages = consumer.messages().await.expect("a stream of messages");
    let acks = messages.map_ok(|message| async move { message.double_ack().await.map_err(|error| error.to_string()) });
    let acks = acks.map(|ack| async { ack.expect("a message").await.expect("acknowledged") });
    acks.buffer_unordered(ACKS).for_each(|()| std::future::ready(_ = acked.fetch_add(1, Ordering::Relaxed))).await;
}
