//! Answers other than 101: status, Retry-After, Location, and a body that takes its time.

use relink_core::{Millis, Verdict};
use relink_tokio::Ending;
use relink_tokio::classify::verdict;
use relink_tokio::ending::Refusal;
use relink_tokio::ws::{Limits, Request, Ws};
use tokio::io::AsyncWriteExt;

use crate::peer::{failure, hold, open_with, peer, peer_saying, piped, read_request};

fn refusal(ending: &Ending) -> &Refusal {
    match ending {
        Ending::Refused(refusal) => refusal,
        other => panic!("not a refusal: {other:?}"),
    }
}

async fn answer_to(response: &str) -> Ending {
    failure(&peer_saying(response).await).await
}

#[tokio::test]
async fn a_body_in_a_second_packet_is_read_and_quoted() {
    let url = peer(|mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 23\r\n\r\n").await.unwrap();
        // No virtual time here: the packet has to be on its way alone.
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        stream.write_all(b"the database").await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        stream.write_all(b" is restarting and this is too much").await.unwrap();
        hold(&mut stream).await;
    })
    .await;
    let ending = failure(&url).await;
    assert_eq!(&refusal(&ending).body.bytes[..], b"the database is restart");
    assert_eq!(ending.status(), Some(503));
    assert_eq!(verdict(&ending), Verdict::Retry);
    assert_eq!(
        ending.to_string(),
        "the peer answered the upgrade with HTTP 503 Service Unavailable: the service is in trouble; it says \"the database is restart\""
    );
}

#[tokio::test(start_paused = true)]
async fn a_refusal_cut_anywhere_reads_the_same() {
    let chunked = "HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\nRetry-After: 7\r\n\r\n4\r\nback\r\n6;x=y\r\n later\r\n0\r\n\r\n";
    let sized = "HTTP/1.1 503 Busy\nContent-Length: 10\r\nRetry-After: 7\n\nback later";
    for response in [chunked, sized] {
        for cut in 0..=response.len() {
            let (ws, mut pipe) = piped(4096);
            tokio::spawn(async move {
                read_request(&mut pipe).await;
                pipe.write_all(&response.as_bytes()[..cut]).await.unwrap();
                // The other task of this thread reads what there is.
                tokio::task::yield_now().await;
                tokio::task::yield_now().await;
                pipe.write_all(&response.as_bytes()[cut..]).await.unwrap();
                hold(&mut pipe).await;
            });
            let began = tokio::time::Instant::now();
            let ending = open_with(ws).await.expect_err("a refusal");
            assert!(began.elapsed().is_zero(), "its end is known, nothing is waited for");
            let refusal = refusal(&ending);
            assert_eq!((refusal.status, &*refusal.phrase, &refusal.body.bytes[..]), (503, "Busy", &b"back later"[..]), "cut at {cut}");
            assert_eq!(refusal.retry_after, Some(Millis::from_secs(7)), "cut at {cut}");
        }
    }
}

#[tokio::test]
async fn a_body_without_a_length_ends_with_the_connection() {
    let url = peer(|mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.0 502 Bad Gateway\r\n\r\nno back").await.unwrap();
        stream.write_all(b"end").await.unwrap();
    })
    .await;
    assert_eq!(&refusal(&failure(&url).await).body.bytes[..], b"no backend");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_waited_for_a_second_and_kept_in_part() {
    let (ws, mut pipe) = piped(4096);
    tokio::spawn(async move {
        read_request(&mut pipe).await;
        pipe.write_all(b"HTTP/1.1 500 Oops\r\nContent-Length: 1000\r\n\r\nstack trace").await.unwrap();
        hold(&mut pipe).await;
    });
    let began = tokio::time::Instant::now();
    let ending = open_with(ws).await.expect_err("a refusal");
    assert_eq!(&refusal(&ending).body.bytes[..], b"stack trace");
    assert_eq!(began.elapsed().as_secs(), 1);
}

#[tokio::test]
async fn a_body_is_kept_up_to_its_limit() {
    let body = "x".repeat(100_000);
    for response in [
        format!("HTTP/1.1 500 Oops\r\nContent-Length: 100000\r\n\r\n{body}"),
        format!("HTTP/1.1 500 Oops\r\n\r\n{body}"),
        format!("HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n{body}\r\n0\r\n\r\n"),
    ] {
        let url = peer(|mut stream| async move {
            read_request(&mut stream).await;
            // The reader goes away in the middle.
            let _ = stream.write_all(response.as_bytes()).await;
        })
        .await;
        let ws = Ws::to(Request::new(&url).unwrap()).limits(Limits { refusal_bytes_max: 1000, ..Limits::DEFAULT });
        let ending = open_with(ws).await.expect_err("a refusal");
        assert_eq!(refusal(&ending).body.bytes.len(), 1000);
        assert!(ending.to_string().len() < 400, "the quote is short: {ending}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_text_is_quoted_safely() {
    let url = peer_saying(b"HTTP/1.1 500 Oops\r\nContent-Length: 6\r\n\r\n\x1b[2J\xff\n".to_vec()).await;
    let text = failure(&url).await.to_string();
    assert!(text.ends_with("it says \"\\u{1b}[2J\u{fffd}\""), "{text}");
}

#[tokio::test]
async fn retry_after_in_seconds_and_as_a_date() {
    let seconds = answer_to("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(verdict(&seconds), Verdict::RetryAfter(Millis::from_secs(30)));
    assert!(seconds.to_string().ends_with("too many requests; it asks to wait 30s"), "{seconds}");

    let date = "HTTP/1.1 429 Slow Down\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:51:07 GMT\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(verdict(&answer_to(date).await), Verdict::RetryAfter(Millis::from_secs(90)));

    let future = httpdate::fmt_http_date(std::time::SystemTime::now() + std::time::Duration::from_secs(100));
    let ending = answer_to(&format!("HTTP/1.1 503 Busy\r\nretry-after: {future}\r\nContent-Length: 0\r\n\r\n")).await;
    let Verdict::RetryAfter(wait) = verdict(&ending) else { panic!("{ending:?}") };
    assert!((95_000..=100_000).contains(&wait.get()), "{wait:?}");

    let nonsense = answer_to("HTTP/1.1 429 Slow Down\r\nRetry-After: later\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(verdict(&nonsense), Verdict::Retry);
}

#[tokio::test]
async fn a_redirect_says_where_to_and_hides_its_secrets() {
    let ending = answer_to("HTTP/1.1 301 Moved\r\nLocation: https://example.com/login?ticket=secret\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(refusal(&ending).location.as_deref(), Some("https://example.com/login?ticket=secret"));
    assert_eq!(
        ending.to_string(),
        "the peer answered the upgrade with HTTP 301 Moved to \"https://example.com/login?ticket=***\": redirects are not \
         followed; give the address it leads to"
    );
    assert_eq!(verdict(&ending), Verdict::Retry);
}

#[tokio::test]
async fn a_web_page_is_said_to_be_one() {
    let ending = answer_to("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 14\r\n\r\n<h1>Hotel</h1>").await;
    let text = ending.to_string();
    assert!(text.contains("HTTP 200 OK: this is a web page, not a WebSocket") && text.ends_with("it says \"<h1>Hotel</h1>\""), "{text}");
    assert_eq!(verdict(&ending), Verdict::Retry);
}

#[tokio::test]
async fn wrong_credentials_give_up() {
    let ending = answer_to("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(ending.to_string(), "the peer answered the upgrade with HTTP 401 Unauthorized: check the token or password");
    assert_eq!(verdict(&ending), Verdict::GiveUp);
}

#[tokio::test]
async fn an_answer_given_before_the_request_was_read_counts() {
    let url = peer(|mut stream| async move {
        stream.write_all(b"HTTP/1.1 503 Full\r\nContent-Length: 4\r\n\r\nfull").await.unwrap();
        stream.shutdown().await.unwrap();
        hold(&mut stream).await;
    })
    .await;
    assert_eq!(&refusal(&failure(&url).await).body.bytes[..], b"full");
}
