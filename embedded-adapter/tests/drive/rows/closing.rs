//! Owns the ends: the peer's Close, our own, stop and drain wherever the link is.

use relink_core::{CloseCode, Config, End, Millis, State};

use crate::net::Fate;
use crate::peer::{Peer, answer, request, write};
use crate::pipe::Manner;
use crate::rig::{CONFIG, OVERLAP, Rig};

/// When the attempt after this Close of the peer's is made, the link having been stable; none, if it gives up.
fn next_dial(code: u16) -> Option<u64> {
    let rig = Rig::new(Manner::random(u64::from(code)));
    rig.start(Config { ping_after: Millis::ZERO, ..CONFIG });
    let clock = rig.clock();
    rig.serve(move |number, end| {
        let clock = clock.clone();
        async move {
            let mut peer = Peer::upgrade(end).await;
            if number == 0 {
                clock.sleep(60_000).await;
                peer.close(code).await;
            }
            peer.finish().await;
        }
    });
    rig.run(200_000);
    rig.net.dial_times().get(1).map(|at| at - 60_000)
}

#[test]
fn what_a_close_code_means() {
    for code in [1000, 1002, 1003, 1007, 1008, 1009, 1011, 1014, 3008, 4000] {
        assert_eq!(next_dial(code), Some(0), "{code}");
    }
    assert!(next_dial(1001).is_some_and(|wait| wait <= 5_000));
    assert!(next_dial(1012).is_some_and(|wait| wait <= 10_000));
    assert_eq!(next_dial(1013), Some(5_000), "an overloaded server is left alone");
    for code in [3000, 3003] {
        assert_eq!(next_dial(code), None, "{code}");
    }
}

#[test]
fn a_close_of_the_peers_is_answered_and_its_end_awaited() {
    let rig = Rig::new(Manner::BYTES);
    rig.start(CONFIG);
    let (clock, got) = (rig.clock(), std::rc::Rc::clone(&rig.got));
    rig.serve(move |number, end| {
        let (clock, got) = (clock.clone(), std::rc::Rc::clone(&got));
        async move {
            let mut peer = Peer::upgrade(end).await;
            if number > 0 {
                return peer.finish().await;
            }
            clock.sleep(500).await;
            peer.raw(b"\x88\x02\x0f\xa1");
            let answer = peer.next().await;
            got.borrow_mut().push((0, format!("{answer:?}")));
            // It never ends the connection.
            std::future::pending::<()>().await;
        }
    });
    let said = rig.run(3_000);
    assert!(rig.texts()[0].contains("4001"), "{:?}", rig.texts());
    let closed = "Closed { code: Some(CloseCode(4001)) }";
    assert_eq!(said, ["0 up #1", "500 closing Some(4001)", &format!("1500 down #1: {closed}, again at 1500"), "1500 up #2"]);
}

#[test]
fn a_close_that_is_never_answered_is_awaited_for_the_closing_timeout() {
    let rig = Rig::new(Manner::WIDE);
    rig.start(CONFIG);
    rig.serve(async |_, mut end| {
        let request = request(&mut end).await;
        write(&mut end, answer(&request).as_bytes()).await;
        std::future::pending().await
    });
    rig.run(500);
    rig.stop();
    assert_eq!(rig.run(2_000), ["1500 down #1: Link(Stopped), never again"]);
    assert_eq!((rig.ended.get(), rig.net.held.get()), (Some(End::Stopped), 0));
}

/// Stops a link after so long, and says how long that took. `peer`: what the server does after the upgrade.
fn stopped(fate: Fate, config: Config, after: u64, hangs: bool) -> u64 {
    let rig = Rig::new(Manner::random(after));
    rig.net.fate.set(fate);
    rig.start(config);
    rig.serve(move |_, end| async move {
        let mut peer = Peer::upgrade(end).await;
        if hangs {
            std::future::pending::<()>().await;
        }
        peer.finish().await;
    });
    rig.run(after);
    rig.stop();
    for millis in 0..5_000 {
        rig.run(u64::from(millis > 0));
        if let Some(end) = rig.ended.get() {
            assert_eq!((end, rig.net.held.get()), (End::Stopped, 0));
            return millis;
        }
    }
    panic!("it did not end");
}

#[test]
fn a_stop_ends_every_state_within_the_closing_timeout() {
    let accepting = Config { acceptance_timeout: Millis::from_secs(5), ..CONFIG };
    let lasting = Config { lifetime_max: Millis::from_secs(11), lifetime_spread_percent: 0, ..OVERLAP };
    assert_eq!(stopped(Fate::Hang, CONFIG, 500, false), 0, "Connecting");
    assert_eq!(stopped(Fate::Refuse, CONFIG, 500, false), 0, "Backoff");
    assert_eq!(stopped(Fate::Accept, accepting, 500, false), 0, "Open");
    assert_eq!(stopped(Fate::Accept, accepting, 500, true), 1_000, "Open, no answer");
    assert_eq!(stopped(Fate::Accept, CONFIG, 500, false), 0, "Ready");
    assert_eq!(stopped(Fate::Accept, CONFIG, 500, true), 1_000, "Ready, no answer");
    assert_eq!(stopped(Fate::Accept, lasting, 12_000, false), 0, "Ready, with two connections");
    assert_eq!(stopped(Fate::Accept, lasting, 12_000, true), 1_000, "Ready, with two connections, no answer");
}

#[test]
fn a_stop_before_the_first_poll_or_while_it_drains() {
    let rig = Rig::new(Manner::WIDE);
    rig.serve_well();
    rig.start(CONFIG);
    rig.run(100);
    rig.notes.busy.set(true);
    rig.client.drain(Millis::from_secs(60), CloseCode::GOING_AWAY);
    rig.run(1_000);
    assert!(matches!(rig.client.state(), State::Draining(_)));
    rig.stop();
    assert_eq!(rig.run(0), ["1100 closing Some(1000)", "1100 down #1: Link(Stopped), never again"]);
}

#[test]
fn a_drain_waits_for_the_outbox_and_the_user_but_not_for_ever() {
    let rig = Rig::new(Manner { capacity: 16, ..Manner::BYTES });
    rig.start(CONFIG);
    rig.serve_well();
    rig.run(100);
    rig.notes.busy.set(true);
    (0..8).for_each(|number| rig.send(&format!("message {number}")));
    rig.client.drain(Millis::from_secs(60), CloseCode::GOING_AWAY);
    assert!(rig.run(10_000).is_empty());
    assert_eq!(rig.texts().len(), 8, "what waits goes out");
    rig.notes.busy.set(false);
    rig.client.wake();
    assert_eq!(rig.run(0), ["10100 closing Some(1001)", "10100 down #1: Link(Stopped), never again"]);

    let rig = Rig::new(Manner::WIDE);
    rig.start(CONFIG);
    rig.serve_well();
    rig.run(100);
    rig.notes.busy.set(true);
    rig.client.drain(Millis::from_secs(60), CloseCode::GOING_AWAY);
    assert_eq!(rig.run(100_000), ["60100 closing Some(1001)", "60100 down #1: Link(Stopped), never again"]);
}

#[test]
fn a_drain_with_two_connections_ends_both() {
    let rig = Rig::new(Manner::random(9));
    rig.start(OVERLAP);
    rig.serve_well();
    rig.run(20_000);
    rig.client.renew();
    rig.run(100);
    assert_eq!(rig.net.held.get(), 2);
    rig.notes.busy.set(true);
    rig.send("with the new one");
    rig.client.drain(Millis::from_secs(60), CloseCode::GOING_AWAY);
    assert!(rig.run(10_000).is_empty());
    assert_eq!(rig.net.held.get(), 2, "both are in use");
    rig.notes.busy.set(false);
    rig.client.wake();
    let closing = "30100 closing Some(1001)";
    assert_eq!(rig.run(0), [closing, closing, "30100 down #2: Link(Stopped), never again"]);
    assert_eq!((rig.net.held.get(), rig.got.borrow()[0].0), (0, 1));
}

#[test]
fn what_was_sent_before_a_stop_goes_before_its_close() {
    let rig = Rig::new(Manner::BYTES);
    rig.start(CONFIG);
    rig.serve_well();
    rig.run(100);
    (0..3).for_each(|number| rig.send(&format!("message {number}")));
    rig.stop();
    rig.run(1_000);
    assert_eq!((rig.texts().len(), rig.client.waiting()), (3, 0));
    assert_eq!(rig.client.try_send(relink_embedded::wire::Message::Text("late")), Err(relink_embedded::Unsent::Ended));
}

#[test]
fn a_start_while_it_closes_dials_again_and_what_waits_goes_there() {
    let rig = Rig::new(Manner::WIDE);
    rig.start(CONFIG);
    let got = std::rc::Rc::clone(&rig.got);
    rig.serve(move |number, end| {
        let got = std::rc::Rc::clone(&got);
        async move {
            let mut peer = Peer::upgrade(end).await;
            if number == 0 {
                // It takes nothing and answers nothing.
                std::future::pending::<()>().await;
            }
            while let Some(text) = peer.text().await {
                got.borrow_mut().push((number, text));
            }
        }
    });
    rig.run(100);
    rig.stop();
    rig.run(200);
    rig.client.start();
    rig.send("later");
    assert_eq!(rig.run(1_000), ["1100 down #1: Link(Stopped), again at 300", "1100 up #2"]);
    assert_eq!(*rig.got.borrow(), [(1, "later".to_owned())]);
}

/// What the user is told, and the close code the server gets, after these bytes of a server.
fn violated(bytes: &'static [u8]) -> (Vec<String>, String) {
    let rig = Rig::new(Manner::random(bytes.len() as u64));
    rig.start(CONFIG);
    let got = std::rc::Rc::clone(&rig.got);
    rig.serve(move |number, end| {
        let got = std::rc::Rc::clone(&got);
        async move {
            let mut peer = Peer::upgrade(end).await;
            if number == 0 {
                assert!(write(peer.end(), bytes).await);
                let close = peer.next().await;
                got.borrow_mut().push((0, format!("{close:?}")));
            } else {
                peer.finish().await;
            }
        }
    });
    (rig.run(500), rig.texts().concat())
}

#[test]
fn violations_are_answered_with_their_codes() {
    let (said, close) = violated(b"\x83\x00");
    assert_eq!(said[1], "0 down #1: Violation(Frame(Opcode(3))), again at 1000");
    assert!(close.contains("code: Protocol"), "{close}");
    let (said, close) = violated(b"\x81\x01\xff");
    assert_eq!(said[1], "0 down #1: Violation(Frame(Text)), again at 1000");
    assert!(close.contains("code: Invalid"), "{close}");
    let (said, close) = violated(b"\x81\x7e\x01\x00");
    assert_eq!(said[1..], ["0 too large 256", "0 down #1: TooLarge { len: 256 }, again at 1000"]);
    assert!(close.contains("code: Size"), "{close}");
}

#[test]
fn a_message_that_is_too_large_is_skipped_by_default() {
    let rig = Rig::new(Manner::BYTES);
    rig.start_single(CONFIG);
    rig.serve(async |_, end| {
        let mut peer = Peer::upgrade(end).await;
        peer.say(&"x".repeat(5_000)).await;
        peer.say("fits").await;
        peer.finish().await;
    });
    assert_eq!(rig.run(5_000), ["0 up #1", "0 too large 5000"]);
    assert_eq!(*rig.notes.texts.borrow(), ["fits"]);
}
