//! Owns attempts that do not come up: refused, hanging, dropped, answered with something else.

use relink_core::{Config, Millis, Verdict};
use relink_embedded::Ending;

use crate::net::Fate;
use crate::peer::{answer, request, write};
use crate::pipe::Manner;
use crate::rig::{CONFIG, Rig};

#[test]
fn a_start_before_the_server_is_up() {
    let rig = Rig::new(Manner::WIDE);
    rig.net.fate.set(Fate::Refuse);
    rig.start(CONFIG);
    rig.serve_well();
    rig.send("early");
    rig.run(6_500);
    assert_eq!(rig.net.dial_times(), [0, 1_000, 3_000]);
    rig.net.fate.set(Fate::Accept);
    assert_eq!(rig.run(1_000), ["7000 up #4"]);
    assert_eq!(rig.texts(), ["early"]);
}

#[test]
fn a_dial_or_an_answer_that_never_comes_is_given_up_after_the_opening_timeout() {
    let rig = Rig::new(Manner::WIDE);
    rig.net.next.borrow_mut().push_back(Fate::Hang);
    rig.start(CONFIG);
    rig.serve(async |_, mut end| {
        request(&mut end).await;
        std::future::pending().await
    });
    assert_eq!(rig.run(22_000), ["10000 failed #1: Link(Opening), again at 11000", "21000 failed #2: Link(Opening), again at 23000"]);
    assert_eq!((rig.net.held_max.get(), rig.net.held.get()), (1, 0), "what was given up is dropped");
}

#[test]
fn accepted_and_dropped_over_and_over() {
    let rig = Rig::new(Manner::WIDE);
    rig.start(CONFIG);
    rig.serve(async |_, mut end| drop(request(&mut end).await));
    rig.run(10_000);
    assert_eq!(rig.net.dial_times(), [0, 1_000, 3_000, 7_000]);
    assert_eq!(rig.client.counters().dials, 4);
}

/// When the attempt after this answer is made; none, if the link gives up.
fn next_dial(answer: &'static str) -> Option<u64> {
    let rig = Rig::new(Manner::random(3));
    rig.start(CONFIG);
    rig.serve(async move |_, mut end| {
        request(&mut end).await;
        write(&mut end, answer.as_bytes()).await;
    });
    rig.run(500_000);
    rig.net.dial_times().get(1).copied()
}

#[test]
fn refusals() {
    assert_eq!(next_dial("HTTP/1.1 409 Conflict\r\n\r\n"), Some(1_000));
    assert_eq!(next_dial("HTTP/1.1 503 Service Unavailable\r\n\r\nbusy"), Some(1_000));
    assert_eq!(next_dial("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 120\r\n\r\n"), Some(121_000), "the delay comes on top");
    assert_eq!(next_dial("HTTP/1.1 400 Bad Request\r\n\r\n"), Some(8_000), "the longest delay");
    assert_eq!(next_dial("HTTP/1.1 401 Unauthorized\r\n\r\n"), None);
    assert_eq!(next_dial("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"), Some(1_000));
    assert_eq!(next_dial("220 mail.example ESMTP\r\n"), Some(1_000));
    assert_eq!(next_dial("HTTP/1.1 101 Switching Protocols\r\nUpgrade"), Some(1_000), "cut off");
}

#[test]
fn a_refusal_for_good_ends_the_link() {
    let rig = Rig::new(Manner::WIDE);
    rig.start(CONFIG);
    rig.serve(async |_, mut end| {
        request(&mut end).await;
        write(&mut end, b"HTTP/1.1 403 Forbidden\r\n\r\n").await;
    });
    let refused = "Refused { status: 403, retry_after: None }";
    assert_eq!(rig.run(1_000), [format!("0 failed #1: {refused}, never again"), format!("0 gave up: {refused}")]);
    assert_eq!(rig.ended.get(), Some(relink_core::End::GivenUp));
}

fn why_not(why: &Ending) -> Option<Verdict> {
    (*why == Ending::Link(relink_core::Cause::Opening)).then_some(Verdict::GiveUp)
}

#[test]
fn the_users_opinion_counts_before_all_others() {
    let rig = Rig::new(Manner::WIDE);
    rig.notes.opinion.set(Some(|why| {
        let soon = Verdict::RetryIn(Millis::new(300));
        if matches!(why, Ending::Refused { status: 403, .. }) { Some(soon) } else { why_not(why) }
    }));
    rig.start(CONFIG);
    rig.serve(async |number, mut end| {
        request(&mut end).await;
        if number == 0 {
            write(&mut end, b"HTTP/1.1 403 Forbidden\r\n\r\n").await;
        }
        std::future::pending().await
    });
    let said = rig.run(20_000);
    assert_eq!(said[1..], ["10300 failed #2: Link(Opening), never again", "10300 gave up: Link(Opening)"]);
    assert_eq!(rig.net.dial_times(), [0, 300]);
}

#[test]
fn the_opening_timeout_is_one_for_dial_and_answer_and_no_answer_is_too_late_before_it() {
    let rig = Rig::new(Manner::BYTES);
    rig.start(Config { opening_timeout: Millis::from_secs(5), ..CONFIG });
    let clock = rig.clock();
    rig.serve(move |_, mut end| {
        let clock = clock.clone();
        async move {
            let request = request(&mut end).await;
            clock.sleep(4_999).await;
            write(&mut end, answer(&request).as_bytes()).await;
            std::future::pending().await
        }
    });
    assert_eq!(rig.run(6_000), ["4999 up #1"]);
}
