//! Who is let in: the gate, origins, limits, identities, subprotocols.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use relink_tokio::server::http::{HeaderName, HeaderValue};
use relink_tokio::server::{Admission, Cause, Limits, Rejection, Session, Upgrade};
use relink_tokio::ws::Protocol;
use relink_tokio::{CloseCode, Millis};
use tokio::time::sleep;

use crate::bench::*;

#[tokio::test(start_paused = true)]
async fn the_gate_refuses_before_anything_of_a_session_exists() {
    let called = Arc::new(AtomicU32::new(0));
    let (builder, records) = builder();
    let server = builder
        .gate(|upgrade| async move {
            assert_eq!((upgrade.path(), upgrade.query("token")), ("/path", Some("x")));
            match upgrade.bearer() {
                Some("right") => Ok(Admission::new().identity("bot").with(7_u32)),
                Some(_) => Err(Rejection::forbidden("this token is not valid")),
                None => Err(Rejection::unauthorized("a token is needed")),
            }
        })
        .serve({
            let called = called.clone();
            move |session: Session| {
                called.fetch_add(1, Ordering::Relaxed);
                assert_eq!((session.about().identity(), session.about().get::<u32>()), (Some("bot"), Some(&7)));
                echo(session)
            }
        });
    let (status, headers, body) = refusal(try_dial(&server, &[]).await);
    assert_eq!((status, &*body), (401, "a token is needed\n"));
    assert!(headers.contains("www-authenticate"), "{headers}");
    let (status, _, body) = refusal(try_dial(&server, &[("authorization", "Bearer wrong")]).await);
    assert_eq!((status, &*body), (403, "this token is not valid\n"));
    until(|| server.stats().connections == 0, a_moment).await;
    assert_eq!((called.load(Ordering::Relaxed), server.stats().sessions, records.lock().unwrap().len()), (0, 0, 0));
    let mut socket = try_dial(&server, &[("authorization", "bearer right")]).await.unwrap();
    echoes(&mut socket, "hello").await;
    assert!(server.find("bot").is_some());
}

#[tokio::test(start_paused = true)]
async fn a_gate_that_hangs_is_cut_off_and_one_that_panics_harms_nobody_else() {
    let (builder, _) = builder();
    let server = builder
        .gate(|upgrade| async move {
            match upgrade.header("x-self-id") {
                Some("hang") => std::future::pending().await,
                Some("panic") => panic!("a mistake in the gate"),
                _ => Ok(Admission::new()),
            }
        })
        .serve(echo);
    let mut fine = dial(&server).await;
    assert_eq!(refusal(try_dial(&server, &[("x-self-id", "hang")]).await).0, 408);
    try_dial(&server, &[("x-self-id", "panic")]).await.unwrap_err();
    echoes(&mut fine, "still here").await;
    until(|| server.stats().connections == 1, a_moment).await;
}

#[tokio::test(start_paused = true)]
async fn pages_of_other_origins_are_refused() {
    let (builder, _) = builder();
    let server = builder.origins(["https://app.example.com"]).serve(echo);
    assert_eq!(refusal(try_dial(&server, &[("origin", "https://evil.example.com")]).await).0, 403);
    try_dial(&server, &[("origin", "https://app.example.com")]).await.unwrap();
    try_dial(&server, &[]).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn beyond_a_limit_a_request_gets_a_503_with_a_time_to_come_back() {
    let (builder, _) = builder();
    let limits = Limits { connections_max: 2, retry_after: Millis::new(6500), ..Limits::DEFAULT };
    let server = builder.limits(limits).serve(echo);
    let (mut one, two) = (dial(&server).await, dial(&server).await);
    let (status, headers, body) = refusal(try_dial(&server, &[]).await);
    assert_eq!(status, 503);
    assert!(headers.contains(r#""retry-after": "7""#), "{headers}");
    assert!(body.contains("as many connections"), "{body}");
    echoes(&mut one, "undisturbed").await;
    drop(two);
    until(|| server.stats().connections == 1, a_moment).await;
    dial(&server).await;
}

#[tokio::test(start_paused = true)]
async fn one_address_cannot_take_all_places() {
    let (builder, _) = builder();
    let server = builder.limits(Limits { per_address_max: 1, ..Limits::DEFAULT }).serve(echo);
    let from = |address: &str| {
        let (ours, theirs) = tokio::io::duplex(64 << 10);
        server.accept(theirs, Some(address.parse().unwrap()));
        tokio_tungstenite::client_async("ws://server/", ours)
    };
    let _one = from("10.0.0.1:1000").await.unwrap();
    assert!(from("10.0.0.1:2000").await.is_err());
    assert!(from("[::ffff:10.0.0.1]:3000").await.is_err(), "the same address, as IPv6 writes it");
    let _other = from("10.0.0.2:1000").await.unwrap();
    let _v6 = from("[2001:db8:1:2::1]:1000").await.unwrap();
    assert!(from("[2001:db8:1:2::ffff]:1000").await.is_err(), "the same network of one customer");
    let _v6_other = from("[2001:db8:1:3::1]:1000").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_cannot_even_be_refused_is_dropped() {
    let (builder, _) = builder();
    let server = builder.limits(Limits { connections_max: 1, refusals_max: 3, ..Limits::DEFAULT }).serve(echo);
    let _there = dial(&server).await;
    let waiting: Vec<_> = (0..10).map(|_| stream(&server)).collect();
    a_moment().await;
    assert_eq!(server.stats().turned_away, 7);
    drop(waiting);
    a_moment().await;
    assert_eq!(refusal(try_dial(&server, &[]).await).0, 503);
}

#[tokio::test(start_paused = true)]
async fn the_newest_of_an_identity_serves_and_the_end_of_the_old_one_changes_nothing() {
    let (builder, records) = builder();
    let named = builder.gate(|upgrade| async move { Ok(Admission::new().identity(upgrade.header("x-self-id").unwrap_or_default())) });
    let server = named.serve(echo);
    // Half-open: it never answers again, not even the Close.
    let old = dial_as(&server, "bot").await;
    until(|| server.stats().sessions == 1, a_moment).await;
    let old_key = server.find("bot").unwrap();
    let mut new = dial_as(&server, "bot").await;
    let new_key = server.find("bot").unwrap();
    assert_ne!(old_key, new_key);
    echoes(&mut new, "at once").await;
    assert_eq!(server.stats().replaced_now, 1, "the old one is being closed");
    sleep(Duration::from_secs(2)).await;
    assert_eq!(server.stats().replaced_now, 0);
    {
        let records = records.lock().unwrap();
        let record = &records[0];
        assert_eq!((record.key, record.cause, record.code, record.forced), (old_key, Cause::Replaced, Some(CloseCode::POLICY), true));
    }
    assert_eq!(server.find("bot"), Some(new_key));
    echoes(&mut new, "still").await;
    server.send_to("bot", "to the new one").unwrap();
    assert_eq!(says(&mut new).await, "to the new one");
    drop(old);
    assert!(server.send(old_key, "nobody").is_err());
}

#[derive(Clone)]
struct Spoken;

impl Protocol for Spoken {
    fn subprotocols(&self) -> &[&'static str] {
        &["chat.v2", "chat.v1"]
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_subprotocol_offered_that_is_spoken_is_chosen() {
    let (builder, _) = builder();
    let server = builder.protocol(Spoken).serve(|mut session| async move {
        let name = session.about().subprotocol().unwrap_or("none").to_owned();
        session.send(name).await.ok();
        session.next().await;
    });
    for (offered, chosen) in [(Some("x, chat.v1, chat.v2"), "chat.v1"), (Some("x"), "none"), (None, "none")] {
        let (ours, theirs) = tokio::io::duplex(64 << 10);
        server.accept(theirs, None);
        let offer = offered.map_or(String::new(), |names| format!("Sec-WebSocket-Protocol: {names}\r\n"));
        let request = format!(
            "GET / HTTP/1.1\r\nHost: s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{offer}\r\n"
        );
        let answer = raw(ours, &request).await;
        assert_eq!(answer.contains("sec-websocket-protocol"), chosen != "none", "{answer}");
        assert!(answer.ends_with(chosen), "{answer}");
    }
}

/// What is answered to a request, with the first frame's text behind it.
async fn raw(mut stream: tokio::io::DuplexStream, request: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    stream.write_all(request.as_bytes()).await.unwrap();
    a_moment().await;
    let mut answer = vec![0; 1024];
    let count = stream.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..count]).into_owned()
}

#[tokio::test(start_paused = true)]
async fn a_changed_token_ends_its_sessions_and_no_others() {
    let (builder, records) = builder();
    let by_token = builder.gate(|upgrade| async move { Ok(Admission::new().with(upgrade.bearer().unwrap_or_default().to_owned())) });
    let server = by_token.serve(echo);
    let mut old = try_dial(&server, &[("authorization", "Bearer old")]).await.unwrap();
    let mut new = try_dial(&server, &[("authorization", "Bearer new")]).await.unwrap();
    echoes(&mut old, "a").await;
    echoes(&mut new, "b").await;
    let ended = server.end_where(CloseCode::POLICY, |about| about.get::<String>().is_some_and(|token| token == "old"));
    assert_eq!((ended, close_code(&mut old).await), (1, 1008));
    echoes(&mut new, "unchanged").await;
    until(|| records.lock().unwrap().len() == 1, a_moment).await;
    assert_eq!(records.lock().unwrap()[0].cause, Cause::Ended);
    assert!(old.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn debug_shows_no_secret_of_who_is_let_in_or_not() {
    let (builder, _) = builder();
    let seen = Arc::new(std::sync::Mutex::new(String::new()));
    let ear = seen.clone();
    let gate = move |upgrade: Arc<relink_tokio::server::Upgrade>| {
        let cookie = ("set-cookie".parse().unwrap(), "s3cret".parse().unwrap());
        let admission = Admission::new().identity("bot").subprotocol("bearer.s3cret").header(cookie.0, cookie.1).unwrap();
        let rejection = Rejection::forbidden("no: a=b&token=s3cret");
        let rejection = rejection.header("x-key".parse().unwrap(), "s3cret".parse().unwrap()).unwrap();
        *ear.lock().unwrap() = format!("{upgrade:?} {admission:?} {rejection:?} {rejection}");
        std::future::ready(Err(rejection))
    };
    let server = builder.gate(gate).serve(|_| async {});
    let mut stream = stream(&server);
    let request = "GET /p;sid=s3cret?token=s3cret HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                   Authorization: s3cret\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
    sleep(Duration::from_secs(1)).await;
    let seen = seen.lock().unwrap().clone();
    assert!(seen.contains("/p;sid=***") && seen.contains("bot") && seen.contains("set-cookie") && seen.contains("a=b&token=***"), "{seen}");
    assert!(!seen.contains("s3cret"), "{seen}");
}

#[tokio::test(start_paused = true)]
async fn a_gate_adds_headers_and_none_that_frame_the_answer_or_belong_to_the_handshake() {
    let ours = [
        "connection",
        "Upgrade",
        "content-length",
        "Transfer-Encoding",
        "sec-websocket-accept",
        "Sec-WebSocket-Protocol",
        "sec-websocket-extensions",
        "sec-websocket-version",
        "sec-websocket-key",
        "sec-websocket-anything",
    ];
    for name in ours {
        let (name, value): (HeaderName, HeaderValue) = (name.parse().unwrap(), "x".parse().unwrap());
        assert_eq!(Admission::new().header(name.clone(), value.clone()).unwrap_err().name(), name);
        let error = Rejection::forbidden("no").header(name.clone(), value).unwrap_err();
        assert!(error.to_string().contains(&format!("{:?}", name.as_str())), "{error}");
    }
    let (builder, _) = builder();
    let gate = |upgrade: Arc<Upgrade>| async move {
        let (name, value): (HeaderName, HeaderValue) = (upgrade.header("x-name").unwrap().parse().unwrap(), "x".parse().unwrap());
        match upgrade.header("x-let") {
            Some("in") => Ok(Admission::new().header(name.clone(), value.clone())?.header(name, value)?),
            _ => Err(Rejection::forbidden("no").header(name, value)?),
        }
    };
    let server = builder.gate(gate).serve(echo);
    let (status, headers, body) = refusal(try_dial(&server, &[("x-name", "content-type")]).await);
    assert_eq!((status, &*body, headers.matches("content-type").count()), (403, "no\n", 1), "{headers}");
    for to in ["in", "out"] {
        let (status, headers, body) = refusal(try_dial(&server, &[("x-name", "content-length"), ("x-let", to)]).await);
        assert_eq!((status, body.contains("content-length")), (500, false), "its mistake is no affair of the client's: {headers} {body}");
    }
    try_dial(&server, &[("x-name", "set-cookie"), ("x-let", "in")]).await.unwrap();
}
