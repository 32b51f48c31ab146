//! The counters that go to the `metrics` facade.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use relink_tokio::Ending;

use crate::fake::*;

/// A recorder that can be asked.
#[derive(Default)]
struct Counts(Mutex<HashMap<String, Arc<AtomicU64>>>);

impl Recorder for Counts {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let labels = key.labels().filter(|label| !label.value().is_empty()).map(|label| format!(" {}={}", label.key(), label.value()));
        let name = key.name().to_owned() + &labels.collect::<String>();
        Counter::from_arc(self.0.lock().unwrap().entry(name).or_default().clone())
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

impl Counts {
    fn of(&self, name: &str) -> u64 {
        self.0.lock().unwrap().get(name).map_or(0, |count| count.load(Ordering::Relaxed))
    }
}

#[tokio::test(start_paused = true)]
async fn what_happens_is_counted_by_reason_and_code() {
    let counts = Counts::default();
    let _here = metrics::set_default_local_recorder(&counts);
    let net = Net::default();
    net.plan([Plan::Fail(Ending::Eof), Plan::Hang]);
    let (client, mut events) = net.builder().spawn();
    while said(&mut events).await != "up 3" {}
    client.retry_now();
    client.send("12345").await.unwrap();
    net.peer(3).say("123");
    assert_eq!(said(&mut events).await, "message 3 123");
    net.peer(3).close(1011);
    net.peer(3).lose();
    assert_eq!(said(&mut events).await, "down 3 closed");
    let expected = [
        ("relink_dials_total", 3),
        ("relink_failed_total reason=eof", 1),
        ("relink_failed_total reason=opening_timeout", 1),
        ("relink_ups_total", 1),
        ("relink_downs_total reason=closed code=1011", 1),
        ("relink_ignored_total", 1),
        ("relink_messages_total direction=in", 1),
        ("relink_bytes_total direction=in", 3),
        ("relink_messages_total direction=out", 1),
        ("relink_bytes_total direction=out", 5),
    ];
    for (name, count) in expected {
        assert_eq!(counts.of(name), count, "{name}");
    }
}
