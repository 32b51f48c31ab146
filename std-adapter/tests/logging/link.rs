//! A link says why, and no secret.

#[path = "../driver/fake/mod.rs"]
#[allow(dead_code, unused_imports)]
mod fake;

use std::sync::Arc;

use relink_tokio::ending::{PeerClose, Quote, Refusal};
use relink_tokio::{Ending, Incoming, Verdict};

use crate::ear::Ear;
use fake::*;

#[tokio::test(start_paused = true)]
async fn the_log_says_why_and_no_secret() {
    let (ear, _listening) = Ear::listening();
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
    let heard = ear.heard();
    for words in
        ["HTTP 302 Moved to \"https://***@h/login?next=***", "X-Auth-Key", "wss://h/?ticket=***", "Cookie:***", "a=b&client_secret=***"]
    {
        assert!(heard.contains(words), "{words:?}\n{}", heard);
    }
    assert!(!heard.contains("s3cret"), "{}", heard);
}
