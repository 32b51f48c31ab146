//! Owns the tests of how the watch looks: its lines on a narrow page, and what it says while the link is down.

use std::process::Stdio;
use std::time::Duration;

use relink_tests::fault::{Act, Behaviour, FaultServer, Leave, Refusal};

use crate::Tested;
use crate::child::{Child, Ended};

/// No longer line on a page of 80 columns.
fn fits(ended: &Ended) {
    assert!(ended.lines.iter().all(|line| line.chars().count() <= 80), "{}", ended.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_goes_on_below_itself_and_is_told_at_length_once() -> Tested {
    let server = FaultServer::start(Behaviour::Refuse(Refusal::new(503))).await?;
    let mut child = Child::start_on("80", &[&server.url(), "--policy", "fixed=120ms"])?;
    child.until("backoff           #1    the peer answered the upgrade with").await?;
    let below = child.until("Service Unavailable").await?;
    let indent = below.chars().take_while(|c| *c == ' ').count();
    assert_eq!(indent, "    0.00 s  backoff           #1    ".len(), "{below}");
    let again = child.until("backoff           #2").await?;
    assert!(again.ends_with("#2    as before; next dial in 0.12 s"), "{again}");
    child.interrupt()?;
    fits(&child.end().await?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_is_told_at_length_again_after_messages() -> Tested {
    let greeting = Behaviour::Numbers { every: Duration::from_millis(5) };
    let server = FaultServer::start(greeting).await?;
    let mut child = Child::start(&[&server.url(), "--policy", "fixed=20ms"], Stdio::null())?;
    for _ in 0..2 {
        child.until("<- ").await?;
        server.tell([Act::Leave(Leave::Close(1011))]);
        child.until("1011 (an error on its side)").await?;
    }
    child.interrupt()?;
    child.end().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_would_fill_the_page_is_shortened() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    let long = "x".repeat(100_000);
    let mut child = Child::start_on("80", &[&server.url()])?;
    child.until("ready").await?;
    server.tell([Act::Text(long.clone())]);
    child.until("(100,000 bytes)").await?;
    child.interrupt()?;
    let ended = child.end().await?;
    fits(&ended);
    assert!(ended.lines.len() < 12, "{}", ended.text());
    // Files and other programs are given all of it.
    let mut child = Child::start(&[&server.url()], Stdio::null())?;
    child.until("ready").await?;
    server.tell([Act::Text(long.clone())]);
    assert!(child.until("<- ").await?.ends_with(&long));
    child.interrupt()?;
    child.end().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_while_the_link_waits_to_dial_closes_nothing_and_says_nothing_of_it() -> Tested {
    let server = FaultServer::start(Behaviour::Refuse(Refusal::new(503))).await?;
    for json in [None, Some("--json")] {
        let url = server.url();
        let options = [&*url, "--policy", "fixed=30s"].into_iter().chain(json).collect::<Vec<_>>();
        let mut child = Child::start(&options, Stdio::null())?;
        child.until("backoff").await?;
        child.interrupt()?;
        let ended = child.end().await?;
        assert_eq!(ended.code, Some(0), "{}", ended.text());
        assert!(ended.lines.last().is_some_and(|line| line.contains("shutdown:stopped")), "{}", ended.text());
        assert!(!ended.text().contains("once more"), "{}", ended.text());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn in_json_too_the_second_interrupt_is_offered_while_it_closes() -> Tested {
    let server = FaultServer::start(Behaviour::CloseUnanswered).await?;
    let mut child = Child::start(&[&server.url(), "--json"], Stdio::null())?;
    child.until(r#""state":"ready""#).await?;
    child.interrupt()?;
    child.until("closing:stopped").await?;
    let note = child.until("").await?;
    assert!(note.contains(r#""event":"note""#) && note.contains("once more ends it at once"), "{note}");
    child.interrupt()?;
    assert_eq!(child.end().await?.code, Some(130));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_are_typed_while_the_link_is_down_are_told_to_wait() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    server.script([Behaviour::Refuse(Refusal::new(503)).once(), Behaviour::Echo.always()]);
    let mut child = Child::start(&[&server.url(), "--policy", "fixed=1500ms"], Stdio::piped())?;
    child.until("backoff").await?;
    child.type_line("one")?;
    child.until("-- queued (1 waiting)").await?;
    child.type_line("two")?;
    child.until("-- queued (2 waiting)").await?;
    child.until("-> one").await?;
    child.until("-> two").await?;
    child.until("<- two").await?;
    child.type_line("three")?;
    child.until("<- three").await?;
    child.interrupt()?;
    let ended = child.end().await?;
    assert_eq!(ended.text().matches("queued").count(), 2, "{}", ended.text());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_still_wait_at_the_end_are_told_to_be_lost() -> Tested {
    let server = FaultServer::start(Behaviour::Refuse(Refusal::new(503))).await?;
    let mut child = Child::start(&[&server.url(), "--policy", "fixed=30s"], Stdio::piped())?;
    child.until("backoff").await?;
    child.type_line("one")?;
    child.type_line("two")?;
    child.until("-- queued (2 waiting)").await?;
    child.interrupt()?;
    child.until("shutdown:stopped").await?;
    child.until("-- not sent: one").await?;
    child.until("-- not sent: two").await?;
    assert_eq!(child.end().await?.code, Some(0));
    Ok(())
}
