//! Owns the watch's tests: the command as it is typed, against servers that behave and servers that do not.

mod child;
mod looks;

use std::io;
use std::process::Stdio;
use std::time::Duration;

use relink_tests::fault::{Behaviour, FaultServer, Leave, Refusal, What};
use relink_tests::scenario::{Coverage, judge};

use child::{Child, refused_with};

type Tested = Result<(), Box<dyn std::error::Error>>;

const PATIENCE: Duration = Duration::from_secs(10);

/// The codes of the Close frames that clients sent.
fn closes(log: &relink_tests::fault::Log) -> Vec<u16> {
    let code = |what: &What| if let What::Closed(code) = what { *code } else { None };
    log.entries().iter().filter_map(|entry| code(&entry.what)).collect()
}

async fn until_closed(server: &FaultServer) -> Result<Vec<u16>, relink_tests::fault::Unseen> {
    server.until(PATIENCE, |log| log.entries().iter().any(|entry| matches!(entry.what, What::Closed(_)))).await.map(|log| closes(&log))
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_go_out_and_come_back_and_an_interrupt_closes_properly() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    let mut child = Child::start(&[&server.url()], Stdio::piped())?;
    child.until("ready").await?;
    child.type_line("to and \u{1b}[31mfro")?;
    assert!(child.until("-> ").await?.ends_with(r"-> to and \u{1b}[31mfro"));
    assert!(child.until("<- ").await?.ends_with(r"<- to and \u{1b}[31mfro"));
    child.interrupt()?;
    let ended = child.end().await?;
    assert_eq!((ended.code, ended.complaints.as_str()), (Some(0), ""), "{}", ended.text());
    assert_eq!(closes(&server.stop().await), [1000]);
    let states = ended.states();
    assert_eq!(states, ["connecting", "ready", "closing:stopped", "shutdown:stopped"], "{}", ended.text());
    let closing = ended.lines.iter().skip_while(|line| !line.contains("closing:stopped")).nth(1);
    assert!(closing.is_some_and(|line| line.contains("-- waiting for the peer's Close; once more ends it at once")), "{}", ended.text());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_say_why_and_when_the_next_dial_is_due() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    let says_bye = Behaviour::Leaves { after: Duration::from_millis(50), how: Leave::Close(1011) };
    server.script([Behaviour::Refuse(Refusal::new(503)).once(), says_bye.once(), Behaviour::Echo.always()]);
    let mut child = Child::start(&[&server.url(), "--policy", "fixed=120ms"], Stdio::null())?;
    let refused = child.until("503").await?;
    assert!(refused.contains(" backoff           #1    the peer answered the upgrade with HTTP 503"), "{refused}");
    assert!(refused.ends_with("; next dial in 0.12 s"), "{refused}");
    let closed = child.until("1011").await?;
    assert!(closed.contains(" closing           #2    the peer closed the connection with 1011 (an error on its side)"), "{closed}");
    child.until("connecting        #3").await?;
    child.until("ready").await?;
    child.interrupt()?;
    let ended = child.end().await?;
    let expected = [
        "connecting",
        "backoff",
        "connecting",
        "ready",
        "closing",
        "backoff",
        "connecting",
        "ready",
        "closing:stopped",
        "shutdown:stopped",
    ];
    assert_eq!(ended.states(), expected, "{}", ended.text());
    assert_eq!(ended.code, Some(0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn json_is_one_object_a_line() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    server.script([Behaviour::Refuse(Refusal::new(500)).once(), Behaviour::Echo.always()]);
    let mut child = Child::start(&[&server.url(), "--json", "--policy", "fixed=150ms"], Stdio::piped())?;
    child.until(r#""state":"ready""#).await?;
    child.type_line(r#"{"a":1}"#)?;
    child.until(r#""received""#).await?;
    child.interrupt()?;
    let ended = child.end().await?;
    let mut told = Vec::new();
    for line in &ended.lines {
        let object: serde_json::Value = serde_json::from_str(line)?;
        assert!(object["ms"].is_u64(), "{line}");
        told.push((object["event"].as_str().unwrap_or_default().to_owned(), object));
    }
    let state =
        |state: &str| told.iter().find(|(_, object)| object["state"] == state).map(|(_, object)| object.clone()).unwrap_or_default();
    let backoff = state("backoff");
    assert_eq!((&backoff["event"], &backoff["attempt"], &backoff["failures"]), (&"state".into(), &1.into(), &1.into()), "{backoff}");
    assert_eq!(backoff["dial_in_ms"], 150, "{backoff}");
    assert!(backoff["why"].as_str().is_some_and(|why| why.contains("HTTP 500")), "{backoff}");
    assert_eq!(state("ready")["attempt"], 2);
    let (_, received) = told.iter().find(|(event, _)| event == "received").ok_or("nothing was received")?;
    assert_eq!((&received["text"], &received["bytes"]), (&r#"{"a":1}"#.into(), &7.into()));
    assert!(told.iter().any(|(event, object)| event == "sent" && object["text"] == r#"{"a":1}"#), "{}", ended.text());
    assert_eq!(ended.code, Some(0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flight_record_replays_and_a_message_log_hides() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    server.script([Behaviour::AcceptThenDrop(Leave::Reset).times(2), Behaviour::Echo.always()]);
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (record, log) = (folder.join("watch.scenario"), folder.join(format!("watch-{}.log", std::process::id())));
    let url = format!("{}?ticket=s3cr3t", server.url());
    let (record_path, log_path) = (record.display().to_string(), log.display().to_string());
    let options =
        ["--record", &record_path, "--log", &log_path, "--hide", "pet", "--header", "Authorization: s3cr3t", "--policy", "fixed=40ms"];
    let mut child = Child::start(&[&[&*url][..], &options].concat(), Stdio::piped())?;
    child.until("ready             #3").await?;
    child.type_line(r#"{"pet":"s3cr3t","n":1}"#)?;
    child.until("<- ").await?;
    child.interrupt()?;
    let ended = child.end().await?;
    assert!(ended.text().contains("steps are recorded in"), "{}", ended.text());
    assert_eq!(ended.lines.last().cloned(), Some(format!("replay: cargo run --bin scenario -- {record_path}")));
    let judgement = judge(&record, false, &Coverage::default());
    assert_eq!((judgement.scenarios, judgement.failure), (1, None));
    let logged = std::fs::read_to_string(&log)?;
    std::fs::remove_file(&log)?;
    assert!(!logged.contains("s3cr3t"), "{logged}");
    for part in [
        "?ticket=*** [authorization: ***]",
        r#"#3 -> text 28 {"pet":"***","n":1}"#,
        r#"#3 <- text 28 {"pet":"***","n":1}"#,
        "#3 -> close - 1000",
    ] {
        assert!(logged.contains(part), "{part}\n{logged}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_and_subprotocols_are_asked_for() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    let options = ["--header", "X-One: 1", "--header", "x-two:2 : 3", "--subprotocol", "chat", "--subprotocol", "talk"];
    let mut child = Child::start(&[&[&*server.url()][..], &options].concat(), Stdio::null())?;
    child.until("ready").await?;
    child.interrupt()?;
    assert_eq!(child.end().await?.code, Some(0));
    let log = server.stop().await;
    let requested = log.entries().iter().find_map(|entry| if let What::Requested(request) = &entry.what { Some(request) } else { None });
    let request = requested.ok_or("no request")?;
    assert_eq!((request.header("x-one"), request.header("x-two")), (Some("1"), Some("2 : 3")));
    assert_eq!(request.header("sec-websocket-protocol"), Some("chat, talk"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_ends_it_properly() -> Tested {
    let server = FaultServer::start(Behaviour::Numbers { every: Duration::from_millis(5) }).await?;
    let mut child = Child::start(&[&server.url()], Stdio::null())?;
    child.until("<- ").await?;
    child.stop_reading();
    assert_eq!(until_closed(&server).await?, [1000]);
    let ended = child.end().await?;
    assert_eq!((ended.code, ended.complaints.as_str()), (Some(0), ""));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_piped_input_that_ends_ends_nothing_and_a_refusal_for_good_is_a_failure() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    let mut child = Child::start(&[&server.url()], Stdio::piped())?;
    child.type_line("early")?;
    child.stop_typing();
    child.until("<- early").await?;
    server.set(Behaviour::Refuse(Refusal::new(401)));
    server.tell([relink_tests::fault::Act::Leave(Leave::Reset)]);
    let ended = child.end().await?;
    assert_eq!(ended.code, Some(1), "{}", ended.text());
    assert_eq!(ended.states().last().map(String::as_str), Some("shutdown:given-up"), "{}", ended.text());
    assert!(
        ended.lines.last().is_some_and(|line| line.contains("HTTP 401") && line.contains("check the token or password")),
        "{}",
        ended.text()
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_interrupt_does_not_wait_for_the_peer() -> Tested {
    let server = FaultServer::start(Behaviour::CloseUnanswered).await?;
    let mut child = Child::start(&[&server.url()], Stdio::null())?;
    child.until("ready").await?;
    child.interrupt()?;
    child.until("closing:stopped").await?;
    child.interrupt()?;
    let ended = child.end().await?;
    assert_eq!(ended.code, Some(130), "{}", ended.text());
    // Without it, the Close that is not answered is waited for, and then the connection dropped.
    let mut child = Child::start(&[&server.url()], Stdio::null())?;
    child.until("ready").await?;
    child.interrupt()?;
    let ended = child.end().await?;
    assert_eq!(ended.code, Some(0), "{}", ended.text());
    Ok(())
}

#[test]
fn what_means_nothing_is_answered_with_a_sentence() -> io::Result<()> {
    for (arguments, sentence) in [
        (&["http://h/"][..], "relink: the URL begins with http://: for a WebSocket it is ws://, or wss:// over TLS\n"),
        (&["wss://me:s3cr3t@h/"], "it holds a user name, which is not sent; give an Authorization header instead"),
        (&["ws://h/", "--header", "Authorization s3cr3t"], "--header number 1 has no colon: a header is given as 'Name: value'"),
        (
            &["ws://h/", "--header", "A: s3cr3t", "--header", "Upgrade: x"],
            "--header number 2: cannot send the header \"Upgrade\": it is set by the handshake itself",
        ),
        (&["ws://h/", "--subprotocol", "a b"], "the subprotocol \"a b\" is given twice or is not a valid name"),
        (&["ws://h/", "--policy", "often"], "it is interactive, fleet, grpc, rfc6455, or one delay such as fixed=3s"),
        (&["ws://h/", "--policy", "fixed=3"], "a duration such as 250ms, 3s, 1.5m or 2h is expected"),
        (&["ws://h/", "--record", "/does/not/exist"], "the flight record \"/does/not/exist\" cannot be created: "),
        (&["ws://h/", "--log", "/does/not/exist"], "the message log \"/does/not/exist\" cannot be opened: "),
        (&["ws://h/", "--only", "reason"], "cannot be used with"),
        (&["--json"], "<URL>"),
    ] {
        refused_with(arguments, sentence)?;
    }
    Ok(())
}
