//! Owns peers that are silent, slow or deaf, users that are not ready, and a clock that jumps.

use relink_core::{Config, Millis, State};

use crate::peer::{Peer, answer, request, write};
use crate::pipe::Manner;
use crate::rig::{CONFIG, Rig};

/// A server that opens the connection and reads no more.
async fn hangs(mut end: crate::pipe::End) {
    let request = request(&mut end).await;
    write(&mut end, answer(&request).as_bytes()).await;
    std::future::pending().await
}

#[test]
fn a_silent_server_is_pinged_and_given_up() {
    let rig = Rig::new(Manner::WIDE);
    rig.start(CONFIG);
    rig.serve(async |number, end| if number == 0 { hangs(end).await } else { Peer::upgrade(end).await.finish().await });
    assert_eq!(rig.run(60_000), ["0 up #1", "30000 down #1: Link(Silence), again at 30000", "30000 up #2"]);
    assert_eq!(rig.net.held.get(), 1);
}

#[test]
fn whoever_is_given_up_is_told_so_as_far_as_he_takes_it() {
    let rig = Rig::new(Manner::WIDE);
    rig.start(CONFIG);
    let got = std::rc::Rc::clone(&rig.got);
    rig.serve(move |number, mut end| {
        let got = std::rc::Rc::clone(&got);
        async move {
            if number > 0 {
                return Peer::upgrade(end).await.finish().await;
            }
            // It reads all, and says nothing.
            let request = request(&mut end).await;
            write(&mut end, answer(&request).as_bytes()).await;
            let mut bytes = [0; 64];
            while std::future::poll_fn(|cx| end.poll_read(&mut bytes, cx.waker())).await.is_ok_and(|count| count > 0) {
                let code = [bytes[6] ^ bytes[2], bytes[7] ^ bytes[3]];
                got.borrow_mut().push((0, format!("{:x} {}", bytes[0], u16::from_be_bytes(code))));
            }
        }
    });
    rig.run(29_999);
    assert_eq!((rig.texts().len(), &rig.texts()[0][..2]), (1, "89"), "a ping");
    rig.run(1);
    assert_eq!(rig.texts()[1..], ["88 3008"], "and a Close");
}

#[test]
fn a_cut_cable_is_noticed_on_both_lines() {
    let rig = Rig::new(Manner::WIDE);
    rig.start(CONFIG);
    let clock = rig.clock();
    rig.serve(move |number, end| {
        let clock = clock.clone();
        async move {
            let mut peer = Peer::upgrade(end).await;
            if number == 0 {
                clock.sleep(5_000).await;
                peer.end().cut();
            }
            peer.finish().await;
        }
    });
    assert_eq!(rig.run(31_000), ["0 up #1", "30000 down #1: Link(Silence), again at 30000", "30000 up #2"]);
}

#[test]
fn a_quiet_server_that_answers_pings_is_kept() {
    let rig = Rig::new(Manner::BYTES);
    rig.start(CONFIG);
    rig.serve_well();
    assert_eq!(rig.run(3_600_000), ["0 up #1"]);
}

#[test]
fn a_peer_that_waits_for_us_is_not_silent_and_nothing_is_lost() {
    let rig = Rig::new(Manner::random(5));
    rig.start(CONFIG);
    rig.serve(async |_, end| {
        let mut peer = Peer::upgrade(end).await;
        for number in 0..100 {
            assert!(peer.say(&format!("message {number}")).await);
        }
        peer.finish().await;
    });
    rig.notes.deaf.set(true);
    assert_eq!(rig.run(600_000), ["0 up #1"]);
    assert_eq!(rig.notes.messages.get(), 0, "the peer is held up");
    rig.notes.deaf.set(false);
    rig.client.wake();
    assert!(rig.run(100).is_empty());
    let texts = rig.notes.texts.borrow();
    assert_eq!(*texts, (0..100).map(|number| format!("message {number}")).collect::<Vec<_>>());
}

#[test]
fn what_was_said_before_an_end_is_read_when_the_user_is_ready() {
    let rig = Rig::new(Manner::WIDE);
    rig.start(CONFIG);
    rig.serve(async |number, end| {
        let mut peer = Peer::upgrade(end).await;
        if number == 0 {
            peer.say("one").await;
            peer.say("two").await;
            peer.close(4001).await;
        } else {
            peer.finish().await;
        }
    });
    rig.notes.deaf.set(true);
    assert_eq!(rig.run(50_000), ["0 up #1"]);
    rig.notes.deaf.set(false);
    rig.client.wake();
    let said = rig.run(2_000);
    assert_eq!(*rig.notes.texts.borrow(), ["one", "two"]);
    assert_eq!(said[..2], ["50000 closing Some(4001)", "50000 down #1: Closed { code: Some(CloseCode(4001)) }, again at 50000"]);
}

#[test]
fn a_user_that_is_not_ready_still_sends_and_is_alive_to_the_peer() {
    let rig = Rig::new(Manner::WIDE);
    rig.start(CONFIG);
    let got = std::rc::Rc::clone(&rig.got);
    rig.serve(move |_, end| {
        let got = std::rc::Rc::clone(&got);
        async move {
            let mut peer = Peer::upgrade(end).await;
            peer.say("unread").await;
            while let Some(message) = peer.next().await {
                got.borrow_mut().push((0, message.to_string()));
            }
        }
    });
    rig.notes.deaf.set(true);
    rig.send("hello");
    rig.run(50_000);
    assert_eq!(rig.texts(), ["hello", "", ""], "a message, and a ping each 20 s");
}

#[test]
fn a_slow_upload_is_not_silence() {
    let rig = Rig::new(Manner { capacity: 16, ..Manner::WIDE });
    rig.start(CONFIG);
    let clock = rig.clock();
    rig.serve(move |number, mut end| {
        let clock = clock.clone();
        async move {
            if number > 0 {
                return Peer::upgrade(end).await.finish().await;
            }
            let request = request(&mut end).await;
            write(&mut end, answer(&request).as_bytes()).await;
            // A byte each 2 s, and not a word.
            loop {
                clock.sleep(2_000).await;
                let mut byte = [0];
                let _read = std::future::poll_fn(|cx| end.poll_read(&mut byte, cx.waker())).await;
            }
        }
    });
    for _ in 0..8 {
        rig.send(&"x".repeat(60));
    }
    // 512 bytes with their headers: 1,024 s. Then one more silence, the ping, and its answer's time.
    assert_eq!(rig.run(1_000_000), ["0 up #1"]);
    let said = rig.run(200_000);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains("down #1: Link(Silence)"), "{said:?}");
}

/// When a connection is given up whose peer says nothing, and reads a byte each `pace`.
fn silent_at(pace: u64) -> u64 {
    let rig = Rig::new(Manner { capacity: 1, ..Manner::WIDE });
    rig.start(CONFIG);
    let clock = rig.clock();
    rig.serve(move |_, mut end| {
        let clock = clock.clone();
        async move {
            let request = request(&mut end).await;
            write(&mut end, answer(&request).as_bytes()).await;
            let mut byte = [0];
            while std::future::poll_fn(|cx| end.poll_read(&mut byte, cx.waker())).await.is_ok_and(|count| count > 0) {
                clock.sleep(pace).await;
            }
        }
    });
    (0..200).find(|_| rig.run(1_000).iter().any(|line| line.contains("down #1: Link(Silence)"))).unwrap() + 1
}

#[test]
fn a_ping_that_leaves_a_little_late_still_has_to_be_answered() {
    assert_eq!(silent_at(0), 30);
    assert_eq!(silent_at(10), 30, "50 ms for a ping of 6 bytes");
    assert_eq!(silent_at(2_000), 60, "one that leaves too late is excused once");
}

#[test]
fn a_peer_that_talks_but_takes_nothing_is_given_up() {
    let rig = Rig::new(Manner { capacity: 200, ..Manner::WIDE });
    rig.start(CONFIG);
    let clock = rig.clock();
    rig.serve(move |number, mut end| {
        let clock = clock.clone();
        async move {
            if number > 0 {
                return Peer::upgrade(end).await.finish().await;
            }
            let request = request(&mut end).await;
            write(&mut end, answer(&request).as_bytes()).await;
            while write(&mut end, b"\x81\x02hi").await {
                clock.sleep(1_000).await;
            }
        }
    });
    for _ in 0..8 {
        rig.send(&"x".repeat(60));
    }
    assert_eq!(rig.run(40_000), ["0 up #1", "30000 down #1: Stalled, again at 30000", "30000 up #2"]);
    assert_eq!(rig.client.waiting(), 0);
}

#[test]
fn after_a_failed_write_what_the_peer_said_is_still_read() {
    let rig = Rig::new(Manner::WIDE);
    rig.start(CONFIG);
    rig.serve(async |_, end| {
        let mut peer = Peer::upgrade(end).await;
        peer.next().await;
        peer.end().stops_reading();
        peer.say("last words").await;
        std::future::pending().await
    });
    rig.run(1_000);
    rig.send("taken");
    rig.run(0);
    rig.send("not taken");
    let said = rig.run(0);
    assert_eq!(*rig.notes.texts.borrow(), ["last words"]);
    assert_eq!(said, ["1000 down #1: Io(BrokenPipe), again at 2000"]);
    assert_eq!(rig.client.waiting(), 1);
}

#[test]
fn after_a_jump_of_the_clock_one_probe_decides() {
    for answers in [true, false] {
        let rig = Rig::new(Manner::WIDE);
        rig.start(CONFIG);
        rig.serve(move |number, end| async move {
            if answers || number > 0 { Peer::upgrade(end).await.finish().await } else { hangs(end).await }
        });
        rig.run(1_000);
        rig.world.jump_to(3_600_000);
        let said = rig.run(10_500);
        if answers {
            assert!(said.is_empty(), "{said:?}");
        } else {
            assert_eq!(said, ["3610000 down #1: Link(Silence), again at 3610000", "3610000 up #2"]);
        }
    }
}

#[test]
fn what_waits_to_be_read_counts_before_a_deadline_that_has_passed() {
    let rig = Rig::new(Manner::WIDE);
    rig.start(Config { pong_timeout: Millis::from_secs(1), ..CONFIG });
    let clock = rig.clock();
    rig.serve(move |_, end| {
        let clock = clock.clone();
        async move {
            let mut peer = Peer::upgrade(end).await;
            // At the very millisecond at which the answer to the ping is due.
            loop {
                clock.sleep(21_000).await;
                peer.say("just in time").await;
            }
        }
    });
    assert_eq!(rig.run(100_000), ["0 up #1"]);
    assert!(matches!(rig.client.state(), State::Ready(_)));
}
