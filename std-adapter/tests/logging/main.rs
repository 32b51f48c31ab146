//! What is written to the log of the program: what happened, and none of its secrets.
//!
//! A process of its own: tracing remembers for the whole process which lines nobody listens to, so tests beside this one that
//! do not listen could make it deaf.

#[path = "../driver/fake/mod.rs"]
#[allow(dead_code, unused_imports)]
mod fake;

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use relink_tokio::ending::{PeerClose, Quote, Refusal};
use relink_tokio::{Ending, Incoming, Verdict};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use fake::*;

/// Hears everything.
#[derive(Clone, Default)]
struct Ear(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard(String);

impl Visit for Heard {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl Subscriber for Ear {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut *self.0.lock().unwrap());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut *self.0.lock().unwrap());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut heard = self.0.lock().unwrap();
        write!(heard.0, "\n{}", event.metadata().level()).unwrap();
        event.record(&mut *heard);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test(start_paused = true)]
async fn the_log_says_why_and_no_secret() {
    let ear = Ear::default();
    let _listening = tracing::subscriber::set_default(ear.clone());
    let location = Some("https://me:s3cret@h/login?next=s3cret#access_token=s3cret".into());
    let body = Quote::from(r#"{"error":"busy","name":"X-Auth-Key","value":"s3cret"}"#);
    let mut refusal = Refusal::new(302);
    (refusal.phrase, refusal.location, refusal.body) = ("Moved".into(), location, body);
    let net = Net::default();
    net.plan([
        Plan::Fail(Ending::Refused(Arc::new(refusal))),
        Plan::Fail(Ending::other("no answer of wss://h/?ticket=s3cret", Verdict::Retry)),
        Plan::Open,
        Plan::Fail(Ending::other("a=b&client_secret=s3cret", Verdict::GiveUp)),
    ]);
    let (client, mut events) = net.builder().spawn();
    client.ready().await;
    net.peer(3).push(Incoming::Closed(Ending::Closed(PeerClose { code: None, reason: "Cookie: s3cret".into() })));
    net.peer(3).push(Incoming::Lost(Ending::Finished));
    let told = rest(&mut events).await;
    assert_eq!(told, ["failed 1 refused", "failed 2 other", "up 3", "down 3 closed", "failed 4 other", "gave up other"]);
    let heard = ear.0.lock().unwrap();
    for words in
        ["HTTP 302 Moved to \"https://***@h/login?next=***", "X-Auth-Key", "wss://h/?ticket=***", "Cookie:***", "a=b&client_secret=***"]
    {
        assert!(heard.0.contains(words), "{words:?}\n{}", heard.0);
    }
    assert!(!heard.0.contains("s3cret"), "{}", heard.0);
}
