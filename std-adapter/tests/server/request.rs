//! Requests: those of RFC 6455 §4.2.1 are let in, all others get an answer that says what is wrong, in time.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep, timeout};

use crate::bench::*;

const GOOD: &str = "GET /path HTTP/1.1\r\nHost: server\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\
                    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

#[tokio::test(start_paused = true)]
async fn the_request_of_the_rfc_gets_the_answer_of_the_rfc() {
    let (builder, _) = builder();
    let server = builder.serve(echo);
    let mut stream = stream(&server);
    // In two pieces, cut within the empty line.
    let (one, two) = GOOD.as_bytes().split_at(GOOD.len() - 1);
    stream.write_all(one).await.unwrap();
    sleep(Duration::from_secs(1)).await;
    stream.write_all(two).await.unwrap();
    let mut answer = vec![0; 512];
    let count = stream.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..count]).to_lowercase();
    assert!(answer.starts_with("http/1.1 101 switching protocols\r\n"), "{answer}");
    // RFC 6455 §1.3 gives key and answer.
    assert!(answer.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n"), "{answer}");
    assert!(answer.contains("upgrade: websocket\r\n") && answer.contains("connection: upgrade\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_handshake_is_answered_with_what_it_lacks() {
    let (builder, records) = builder();
    let server = builder.serve(|_| async { panic!("nobody is let in") });
    let long = format!("X-Long: {}\r\n", "x".repeat(20_000));
    let many = (0..200).map(|number| format!("X-{number}: y\r\n")).collect::<String>();
    let without = |line: &str| GOOD.replace(line, "");
    let cases: &[(String, &str, &str)] = &[
        (GOOD.replace("GET", "POST"), "405", "GET"),
        (without("Upgrade: websocket\r\n"), "426", "Upgrade: websocket"),
        (GOOD.replace("keep-alive, Upgrade", "close"), "426", "Upgrade"),
        (GOOD.replace("HTTP/1.1", "HTTP/1.0"), "400", "HTTP/1.1"),
        (without("Host: server\r\n"), "400", "Host"),
        (GOOD.replace("Host: server", "Host: server\r\nHost: server"), "400", "Host"),
        (GOOD.replace("Host: server", "Host: server\r\nHost: other"), "400", "Host"),
        (GOOD.replace("Host: server", "Host: ser ver"), "400", "Host"),
        (GOOD.replace("Host: server", "Host: one, two"), "400", "Host"),
        (GOOD.replace("Host: server", "Host: me@server"), "400", "Host"),
        (GOOD.replace("Version: 13", "Version: 8"), "426", "13"),
        (GOOD.replace("Version: 13", "Version: 13\r\nSec-WebSocket-Version: 13"), "400", "once"),
        (without("Sec-WebSocket-Version: 13\r\n"), "426", "13"),
        (without("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"), "400", "Sec-WebSocket-Key"),
        (GOOD.replace("Key: dGhl", "Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: dGhl"), "400", "once"),
        (GOOD.replace("bm9uY2U=", "").replace("dGhl", "d"), "400", "16 bytes"),
        (GOOD.replace("Upgrade: websocket", &format!("Upgrade: websocket\r\n{}", long.trim_end())), "431", "16384 bytes"),
        (GOOD.replace("Upgrade: websocket", &format!("Upgrade: websocket\r\n{}", many.trim_end())), "431", "128"),
        (GOOD.replace("Host: server", "Ho st: server"), "400", "malformed"),
        (GOOD.replace("/path", "/pa\u{7f}th"), "400", "malformed"),
        ("\u{16}\u{3}\u{1}".to_owned(), "400", "not HTTP"),
        ("hello\r\n\r\n".to_owned(), "400", "not HTTP"),
    ];
    for (request, status, word) in cases {
        let answer = answer_to(&server, request.as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request:?} got {answer:?}");
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        assert!(body.contains(word), "{request:?} got {body:?}");
    }
    let stats = server.stats();
    assert_eq!((stats.rejected, stats.sessions), (cases.len() as u64, 0), "{stats:?}");
    until(|| server.stats().connections == 0, a_moment).await;
    assert!(records.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_request_that_takes_too_long_is_told_so_at_its_deadline() {
    let (builder, _) = builder();
    let server = builder.serve(echo);
    for pause in [Some(1), None] {
        let start = Instant::now();
        let (mut reader, mut writer) = tokio::io::split(stream(&server));
        // A byte a second, or none at all.
        let dribble = async {
            for byte in GOOD.as_bytes() {
                match pause {
                    Some(secs) => sleep(Duration::from_secs(secs)).await,
                    None => std::future::pending().await,
                }
                if writer.write_all(&[*byte]).await.is_err() {
                    break;
                }
            }
            std::future::pending::<()>().await;
        };
        let mut answer = String::new();
        tokio::select! {
            () = dribble => {}
            read = reader.read_to_string(&mut answer) => { read.unwrap(); }
        }
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer:?}");
        assert_eq!(start.elapsed().as_secs(), 10);
    }
    until(|| server.stats().connections == 0, a_moment).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_or_never_reads_holds_nothing() {
    let (builder, records) = builder();
    let server = builder.serve(echo);
    drop(stream(&server));
    let mut cut = stream(&server);
    cut.write_all(&GOOD.as_bytes()[..30]).await.unwrap();
    drop(cut);
    // Refused, does not read the answer, and goes on writing.
    let rude = stream(&server);
    let (_reader, mut writer) = tokio::io::split(rude);
    writer.write_all(b"POST / HTTP/1.1\r\n\r\n").await.unwrap();
    let gone = async { while writer.write_all(&[0; 1000]).await.is_ok() {} };
    timeout(Duration::from_secs(5), gone).await.expect("the server closes, whatever comes");
    until(|| server.stats().connections == 0, a_moment).await;
    assert!(records.lock().unwrap().is_empty(), "none of them was a session");
}
