//! What endings mean: delays, floors, giving up, and the user's own opinion.

use std::time::Duration;

use relink_tokio::{CloseCode, Config, End, Ending, Event, LinkState, Millis, Verdict};
use tokio::time::Instant;

use crate::fake::*;

#[tokio::test(start_paused = true)]
async fn what_a_close_demands_counts_from_the_close() {
    let net = Net::default();
    let (_client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    seconds(11).await;
    net.peer(1).close(1013);
    let closed = Instant::now();
    tokio::time::sleep(Duration::from_millis(900)).await;
    net.peer(1).push(relink_tokio::Incoming::Lost(crate::fake::closed(1013)));
    let Event::Down { retry_at: Some(at), .. } = next(&mut events).await else { panic!("down") };
    let wait = at - closed;
    assert!(wait >= Duration::from_secs(5) && wait <= Duration::from_millis(5500), "{wait:?}");
}

#[tokio::test(start_paused = true)]
async fn the_answer_to_our_close_is_not_judged() {
    let net = Net::default();
    let verdict = |ending: &Ending| matches!(ending, Ending::Closed(_)).then_some(Verdict::GiveUp);
    let (client, mut events) = net.builder().verdict(verdict).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    client.renew();
    assert_eq!(said(&mut events).await, "down 1 replaced");
    assert_eq!(said(&mut events).await, "up 2");
}

#[tokio::test(start_paused = true)]
async fn a_close_that_crosses_ours_is_judged() {
    let net = Net::default();
    net.manners(Manners { answers_close: false, ..Manners::default() });
    let verdict = |ending: &Ending| (ending.close_code() == Some(CloseCode::new(3003))).then_some(Verdict::GiveUp);
    let (client, mut events) = net.builder().verdict(verdict).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    client.renew();
    settle().await;
    assert_eq!(net.peer(1).close_code(), Some(1000), "ours is on its way");
    net.peer(1).close(3003);
    net.peer(1).lose();
    assert_eq!(rest(&mut events).await, ["down 1 replaced", "gave up closed"]);
    assert_eq!(net.dials(), 1);
}

#[tokio::test(start_paused = true)]
async fn retry_now_shortens_a_wait_but_not_below_retry_after() {
    let net = Net::default();
    net.plan([Plan::Fail(Ending::Eof), Plan::Fail(Ending::other("busy", Verdict::RetryAfter(Millis::from_secs(60))))]);
    let (client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "failed 1 eof");
    client.retry_now();
    let asked = Instant::now();
    assert_eq!(said(&mut events).await, "failed 2 other");
    assert_eq!(asked.elapsed(), Duration::from_millis(100), "the least gap between dials");
    client.retry_now();
    assert_eq!(said(&mut events).await, "up 3");
    assert_eq!(asked.elapsed(), Duration::from_millis(60_100));
}

#[tokio::test(start_paused = true)]
async fn giving_up_is_said_once_and_last() {
    let net = Net::default();
    net.plan([Plan::Fail(Ending::Eof), Plan::Fail(fatal())]);
    let (client, mut events) = net.builder().spawn();
    assert_eq!(rest(&mut events).await, ["failed 1 eof", "failed 2 other", "gave up other"]);
    assert_eq!(client.state(), LinkState::Shutdown { because: End::GivenUp });
    assert_eq!((net.dials(), tasks()), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn giving_up_on_a_working_link_follows_its_down() {
    let net = Net::default();
    let (_client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    net.peer(1).push(relink_tokio::Incoming::Closed(fatal()));
    let Event::Down { retry_at: None, .. } = next(&mut events).await else { panic!("down for good") };
    assert_eq!(rest(&mut events).await, ["gave up other"]);
}

#[tokio::test(start_paused = true)]
async fn too_many_failures_are_given_up_with_the_last_reason() {
    let net = Net::default();
    net.always(Plan::Fail(Ending::Eof));
    let mut config = CONFIG;
    config.backoff.failures_max = 3;
    let (client, mut events) = net.builder().config(config).spawn();
    assert_eq!(rest(&mut events).await, ["failed 1 eof", "failed 2 eof", "failed 3 eof", "gave up eof"]);
    assert_eq!(client.state(), LinkState::Shutdown { because: End::Exhausted });
}

#[tokio::test(start_paused = true)]
async fn the_user_judges_endings_and_draws_delays() {
    let net = Net::default();
    net.plan([Plan::Fail(Ending::Eof), Plan::Hang, Plan::Fail(Ending::Finished), Plan::Fail(fatal())]);
    let builder = net.builder().verdict(|ending| match ending {
        Ending::Finished => Some(Verdict::GiveUp),
        _ => None,
    });
    let (_client, mut events) = builder.delay(|failures, _, _| Some(Duration::from_secs(3 + u64::from(failures)))).spawn();
    let begun = Instant::now();
    assert_eq!(said(&mut events).await, "failed 1 eof");
    assert_eq!(said(&mut events).await, "failed 2 opening_timeout");
    assert_eq!(begun.elapsed(), Duration::from_secs(3 + 10));
    assert_eq!(said(&mut events).await, "failed 3 finished");
    assert_eq!(begun.elapsed(), Duration::from_secs(13 + 4), "the core's own deadlines are judged too");
    assert_eq!(rest(&mut events).await, ["gave up finished"]);
}

#[tokio::test(start_paused = true)]
async fn the_users_verdict_on_a_deadline_ends_the_link() {
    let net = Net::default();
    let config = Config { acceptance_timeout: Millis::from_secs(3), ..CONFIG };
    let give_up = |ending: &Ending| matches!(ending, Ending::Timeout(_)).then_some(Verdict::GiveUp);
    let (_client, mut events) = net.builder().config(config).verdict(give_up).spawn();
    assert_eq!(rest(&mut events).await, ["failed 1 acceptance_timeout", "gave up acceptance_timeout"]);
    assert_eq!(net.peer(1).close_code(), Some(3008));

    let net = Net::default();
    net.manners(Manners { answers_pings: false, ..Manners::default() });
    let (_client, mut events) = net.builder().verdict(give_up).spawn();
    assert_eq!(rest(&mut events).await, ["up 1", "down 1 silence_timeout", "gave up silence_timeout"]);
}

#[tokio::test(start_paused = true)]
async fn a_violation_is_judged_and_its_close_says_what_it_was() {
    let after = |secs| Verdict::RetryAfter(Millis::from_secs(secs));
    for (verdict, wait) in
        [(Verdict::GiveUp, None), (after(60), Some(60)), (Verdict::RetryIn(Millis::from_secs(7)), Some(7)), (Verdict::Retry, Some(0))]
    {
        let net = Net::default();
        let judge = move |ending: &Ending| matches!(ending, Ending::Protocol(_)).then_some(verdict);
        let (_client, mut events) = net.builder().verdict(judge).spawn();
        assert_eq!(said(&mut events).await, "up 1");
        // Stable: what the core makes of it by itself is a short spread.
        seconds(11).await;
        let broken = Ending::Protocol(relink_tokio::ending::Violation::NotUtf8);
        net.peer(1).push(relink_tokio::Incoming::Broken(CloseCode::INVALID_PAYLOAD, broken));
        let Event::Down { retry_at, why: Ending::Protocol(_), .. } = next(&mut events).await else { panic!("a violation") };
        assert_eq!(net.peer(1).close_code(), Some(1007), "{verdict:?}");
        assert_eq!(retry_at.map(|at| at.duration_since(Instant::now()).as_secs()), wait, "{verdict:?}");
        let after = if wait.is_some() { "up 2" } else { "gave up protocol" };
        assert_eq!(said(&mut events).await, after);
    }
}
