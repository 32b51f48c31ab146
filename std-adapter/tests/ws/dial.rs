//! What goes wrong before a byte is exchanged: the provider, the URL, the name, the dial.

use std::time::Duration;

use relink_core::{Attempt, Millis, Verdict};
use relink_tokio::classify::verdict;
use relink_tokio::ending::RequestFault;
use relink_tokio::ws::{ProvideError, Request, Ws};
use relink_tokio::{Ending, Transport};
use tokio::net::TcpListener;

use crate::peer::{accept, failure, hold, open, open_with, peer};

#[tokio::test]
async fn a_port_that_nobody_listens_on() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let ending = failure(&format!("ws://{address}/")).await;
    assert!(matches!(&ending, Ending::Dial { error, tried: 1, .. } if error.kind() == std::io::ErrorKind::ConnectionRefused), "{ending:?}");
    let text = ending.to_string();
    assert!(text.starts_with(&format!("could not connect to {address}: ")) && text.contains("nothing listens there"), "{text}");
    assert_eq!(verdict(&ending), Verdict::Retry);
}

#[tokio::test]
async fn a_name_that_does_not_exist() {
    let ending = failure("ws://no-such-host.invalid/").await;
    assert!(matches!(&ending, Ending::Dns { host, .. } if &**host == "no-such-host.invalid"), "{ending:?}");
    assert!(ending.to_string().starts_with("the host name \"no-such-host.invalid\" could not be resolved: "), "{ending}");
    assert_eq!(verdict(&ending), Verdict::Retry);
}

#[tokio::test]
async fn a_name_with_two_families_reaches_the_one_that_listens() {
    let url = peer(|mut stream| async move {
        accept(&mut stream).await;
        hold(&mut stream).await;
    })
    .await;
    open(&url.replace("127.0.0.1", "localhost")).await.unwrap();
}

#[tokio::test]
async fn the_provider_is_asked_for_every_attempt_and_told_which() {
    let url = peer(|mut stream| async move {
        assert!(accept(&mut stream).await.contains("x-attempt: 5"));
        hold(&mut stream).await;
    })
    .await;
    let mut ws = Ws::new(move |attempt| {
        let url = url.clone();
        async move { Ok(Request::new(&url)?.header("x-attempt", &attempt.number().to_string())?) }
    });
    ws.open(Attempt::from_number(5)).await.unwrap();
}

#[tokio::test]
async fn a_failing_provider_keeps_its_error_and_its_verdict() {
    let by_policy = open_with(Ws::new(|_| async { Err(std::io::Error::other("token service is down"))? })).await.expect_err("fails");
    assert_eq!(by_policy.to_string(), "the request of this attempt could not be made: token service is down");
    assert_eq!(verdict(&by_policy), Verdict::Retry);
    assert!(matches!(&by_policy, Ending::Provider(error, _) if error.is::<std::io::Error>()), "{by_policy:?}");

    let wait = Verdict::Postpone(Millis::from_secs(60));
    let by_itself = open_with(Ws::new(move |_| async move { Err(ProvideError::new("one a minute", wait)) })).await.expect_err("fails");
    assert_eq!((by_itself.label(), verdict(&by_itself)), ("provider", wait));

    let bad_url = open_with(Ws::new(|_| async { Ok(Request::new("http://h/")?) })).await.expect_err("fails");
    assert!(matches!(&bad_url, Ending::Request(RequestFault::Scheme(scheme)) if &**scheme == "http"), "{bad_url:?}");
    assert_eq!(verdict(&bad_url), Verdict::RetryIn(Millis::MAX));
    assert!(bad_url.to_string().contains("for a WebSocket it is ws://, or wss:// over TLS"), "{bad_url}");
}

#[tokio::test]
async fn a_failing_connector_is_a_failed_dial() {
    let ws = Ws::to(Request::new("ws://behind.proxy:81/").unwrap()).connector(|target| async move {
        Err::<tokio::net::TcpStream, _>(std::io::Error::other(format!("the proxy does not know {target}")))
    });
    let ending = open_with(ws).await.expect_err("fails");
    assert!(ending.to_string().starts_with("could not connect to behind.proxy:81: the proxy does not know behind.proxy:81"), "{ending}");
}

#[tokio::test]
async fn dropping_an_attempt_ends_it() {
    let (sender, ended) = tokio::sync::oneshot::channel();
    let url = peer(|mut stream| async move {
        hold(&mut stream).await;
        sender.send(()).unwrap();
    })
    .await;
    let mut ws = Ws::to(Request::new(&url).unwrap());
    assert!(tokio::time::timeout(Duration::from_millis(100), ws.open(Attempt::from_number(1))).await.is_err());
    ended.await.unwrap();
}
