//! Owns the worker's role, and what is done with an event: replace [`handle`] by what your app does.

use relink_cluster::{Consumer, Delivery, Engine};
use serde_json::json;

use crate::args::Args;
use crate::journal::Journal;

pub(crate) async fn run<E: Engine>(engine: E, partition: u16, args: Args, journal: Journal) {
    let Ok(mut consumer) = engine.consume(partition).await else { return };
    loop {
        match consumer.next().await {
            Ok(delivery) => {
                let envelope = delivery.envelope();
                tokio::time::sleep(args.work.work).await;
                journal.say(
                    "worked",
                    json!({"id": &*envelope.id, "key": &*envelope.key, "sequence": delivery.sequence(), "delivered": delivery.delivered(), "token": delivery.token().get()}),
                );
                let _ = delivery.ack().await;
            }
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(200)).await,
        }
    }
}
