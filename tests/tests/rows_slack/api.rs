//! The call for a URL: one connection for all of them, TLS with certificates that are looked at, and what asks for short lives.

use std::sync::{Arc, Mutex};

use relink_tests::fault::{Certificate, Leave};
use relink_tests::slack::{FakeSlack, Pace, Settings, TlsFront};
use relink_tokio::observe::{Observer, Step};
use relink_tokio::slack::SocketModeBuilder;
use relink_tokio::ws::{Message, rustls, tls};

use crate::rig::{Rig, settings};

#[tokio::test]
async fn all_calls_share_one_connection_to_the_api() {
    let rig = Rig::start().await;
    for number in 1..=4 {
        rig.ready(1).await;
        rig.up(0).await;
        rig.slack.lose(number, Leave::Reset);
        rig.until(|book| book.ready().contains(&(number + 1))).await;
    }
    let book = rig.end().await;
    assert_eq!((book.calls.len(), book.dials.len()), (5, 5));
    assert_eq!(book.counts.sockets - book.dials.len(), 1, "each WebSocket has its own TCP connection, the calls have one");
}

/// The reasons of what failed, in words.
#[derive(Clone, Default)]
struct Reasons(Arc<Mutex<Vec<String>>>);

impl Observer<Message> for Reasons {
    fn step(&mut self, step: &Step<'_>) {
        self.0.lock().unwrap().extend(step.why.map(ToString::to_string));
    }
}

/// An app that calls over TLS, and trusts this front's authority if it is told to.
async fn over_tls(certificate: Certificate, trusted: bool) -> (Rig, TlsFront, Reasons) {
    let slack = FakeSlack::start(settings()).await.unwrap();
    let front = TlsFront::start(&slack, certificate).await.unwrap();
    let mut roots = rustls::RootCertStore::empty();
    if trusted {
        roots.add(front.root_certificate().clone()).unwrap();
    }
    let config = tls::builder().unwrap().with_root_certificates(roots).with_no_client_auth();
    let (reasons, endpoint) = (Reasons::default(), front.api_url() + "apps.connections.open");
    let told = reasons.clone();
    let change = |builder: SocketModeBuilder| builder.endpoint(endpoint).tls(Arc::new(config)).observers(move |_| told.clone());
    (Rig::with(slack, change).await, front, reasons)
}

#[tokio::test]
async fn the_call_goes_over_tls() {
    let (rig, _front, _) = over_tls(Certificate::Good, true).await;
    rig.ready(1).await;
    let book = rig.end().await;
    assert_eq!((book.calls.len(), book.calls[0].token.as_deref()), (1, Some("xapp-1-test")));
}

#[tokio::test]
async fn a_bad_certificate_is_told_in_words_and_no_token_is_shown() {
    let table = [
        (Certificate::Expired, true, "its certificate has EXPIRED; the operator must renew it"),
        (Certificate::WrongName, true, "its certificate is for ANOTHER NAME; check the host"),
        (Certificate::Good, false, "its certificate's issuer is NOT TRUSTED"),
    ];
    for (certificate, trusted, words) in table {
        let (rig, _front, reasons) = over_tls(certificate, trusted).await;
        rig.eventually(|app| app.stats().links[0].failed > 0).await;
        let told = reasons.0.lock().unwrap().join("\n");
        assert!(told.contains("the call for a URL failed: ") && told.contains(words), "{certificate:?}: {told}");
        assert!(rig.end().await.calls.is_empty(), "{certificate:?}: the token was shown");
    }
}

#[tokio::test]
async fn debug_reconnects_asks_for_connections_that_are_renewed_every_six_minutes() {
    // Six minutes, of which the last ten seconds are the warning's, in 1.2 s.
    let settings = Settings { pace: Pace::times_faster(300), ..settings() };
    let rig = Rig::with(FakeSlack::start(settings).await.unwrap(), |builder| builder.debug_reconnects(true)).await;
    let book = rig.until(|book| book.connections.len() == 3 && book.connections[2].hello.is_some()).await;
    assert!(book.dials.iter().all(|dial| dial.debug && dial.ticket.is_some()), "{book}");
    let lives = book.connections.windows(2).map(|pair| (pair[1].opened - pair[0].opened).as_secs_f64() * 300.0);
    assert!(lives.clone().all(|life| (300.0..=480.0).contains(&life)), "{:?}", lives.collect::<Vec<_>>());
    let (renewals, downs) = (rig.app.stats().links[0].renewals, rig.app.stats().links[0].downs);
    assert!(renewals >= 1 && downs == 0, "{renewals} renewals, {downs} downs");
    rig.end().await;

    let rig = Rig::start().await;
    assert!(rig.ready(1).await.dials.iter().all(|dial| !dial.debug), "not unless it is wished");
    rig.end().await;
}
