//! Owns what is sent: in order, once, when there is room, and never by standing in somebody's way.

use std::cell::Cell;
use std::rc::Rc;

use relink_core::WhenFull;
use relink_embedded::wire::{Message, TooSmall, WsFramer};
use relink_embedded::{Client, Line, Unsent};

use crate::net::{Net, Wires};
use crate::peer::{Peer, answer, request, write};
use crate::pipe::Manner;
use crate::rig::{BYTES, CONFIG, MESSAGES, OVERLAP, Rig};

#[test]
fn what_is_not_taken_says_why() {
    let rig = Rig::new(Manner::WIDE);
    let send = |text: &str| rig.client.try_send(Message::Text(text));
    assert_eq!(send(&"x".repeat(BYTES + 1)), Err(Unsent::TooLong { bytes_max: BYTES }));
    (0..MESSAGES).for_each(|_| send("fits").unwrap());
    assert_eq!(send("one more"), Err(Unsent::Full));
    rig.start(CONFIG);
    rig.serve_well();
    rig.run(100);
    assert_eq!((rig.texts().len(), rig.client.waiting()), (MESSAGES, 0));
    rig.stop();
    rig.run(100);
    assert_eq!(send("late"), Err(Unsent::Ended));
}

#[test]
fn the_outboxs_own_limits() {
    let client: Client<2, 8> = Client::new(10, WhenFull::DropOldest);
    client.try_send(Message::Text("one")).unwrap();
    client.try_send(Message::Text("two")).unwrap();
    client.try_send(Message::Text("three")).unwrap();
    assert_eq!((client.waiting(), client.counters().dropped), (2, 1));
    let client: Client<2, 8> = Client::new(4, WhenFull::Refuse);
    assert_eq!(client.try_send(Message::Text("12345")), Err(Unsent::TooLong { bytes_max: 8 }));
}

#[test]
fn buffers_that_are_too_small_are_refused_at_once() {
    let rig = Rig::new(Manner::WIDE);
    let wires = || Wires { net: Rc::<Net>::clone(&rig.net), line: 0 };
    let line = |receive: &mut [u8], send: &mut [u8]| Line::<_, WsFramer>::new(wires(), receive, send, &rig.client).map(drop);
    assert_eq!(line(&mut [0; 63], &mut [0; 256]), Err(TooSmall::Receive { bytes_min: 64 }));
    assert_eq!(line(&mut [0; 64], &mut [0; 130]), Err(TooSmall::Send { bytes_min: 131 }));
    assert_eq!(line(&mut [0; 64], &mut [0; 131]), Ok(()));
    let long: Client<1, 500> = Client::new(1000, WhenFull::Refuse);
    let line = Line::<_, WsFramer>::new(wires(), &mut [0; 64], &mut [0; 513], &long).map(drop);
    assert_eq!(line, Err(TooSmall::Send { bytes_min: 514 }));
}

#[test]
fn a_request_that_does_not_fit_is_told_and_tried_again_at_the_longest_delay() {
    let rig = Rig::new(Manner::WIDE);
    let client: Rc<Client<1, 8>> = Rc::new(Client::new(8, WhenFull::Refuse));
    let mut session = rig.session::<relink_core::Single>(CONFIG);
    let (net, clock, of_driver) = (Rc::clone(&rig.net), rig.clock(), Rc::clone(&client));
    rig.world.spawn(async move {
        let (mut receive, mut send) = ([0; 64], [0; 131]);
        let mut line: Line<'_, _, WsFramer> = Line::new(Wires { net, line: 0 }, &mut receive, &mut send, &of_driver).unwrap();
        relink_embedded::run_single(&mut session, &of_driver, &clock, &mut line).await;
    });
    let said = rig.run(10_000);
    assert!(said[0].starts_with("0 failed #1: Request(TooSmall(Send { bytes_min: "), "{said:?}");
    assert_eq!(rig.net.dial_times(), [0, 8_000]);
}

#[test]
fn senders_that_wait_for_room_are_woken_and_do_not_wake_one_another() {
    let rig = Rig::new(Manner::WIDE);
    rig.net.fate.set(crate::net::Fate::Refuse);
    rig.start(CONFIG);
    rig.serve_well();
    let sent = Rc::new(Cell::new(0));
    for sender in 0..4 {
        let (client, sent) = (Rc::clone(&rig.client), Rc::clone(&sent));
        rig.world.spawn(async move {
            for number in 0..10 {
                client.send(Message::Text(&format!("{sender}/{number}"))).await.unwrap();
                sent.set(sent.get() + 1);
            }
        });
    }
    rig.run(2_000);
    assert_eq!(sent.get(), MESSAGES);
    rig.net.fate.set(crate::net::Fate::Accept);
    rig.run(5_000);
    assert_eq!(sent.get(), 40);
    for sender in 0..4 {
        let own: Vec<String> = rig.texts().into_iter().filter(|text| text.starts_with(&format!("{sender}/"))).collect();
        assert_eq!(own, (0..10).map(|number| format!("{sender}/{number}")).collect::<Vec<_>>());
    }
}

#[test]
fn a_sender_that_waits_hears_of_the_end() {
    let rig = Rig::new(Manner::WIDE);
    (0..MESSAGES).for_each(|_| rig.send("fills it"));
    rig.net.fate.set(crate::net::Fate::Refuse);
    rig.start(CONFIG);
    let (client, answer) = (Rc::clone(&rig.client), Rc::new(Cell::new(None)));
    let answered = Rc::clone(&answer);
    rig.world.spawn(async move { answered.set(Some(client.send(Message::Text("waits")).await)) });
    rig.run(500);
    assert_eq!(answer.get(), None);
    rig.stop();
    rig.run(0);
    assert_eq!(answer.get(), Some(Err(Unsent::Ended)));
}

/// A server whose first connection reads this much of what follows the upgrade, and is gone.
fn half_written(count: usize) -> (Vec<String>, usize) {
    let rig = Rig::new(Manner { capacity: 1, ..Manner::WIDE });
    rig.start(CONFIG);
    let got = Rc::clone(&rig.got);
    rig.serve(move |number, mut end| {
        let got = Rc::clone(&got);
        async move {
            if number > 0 {
                let mut peer = Peer::upgrade(end).await;
                while let Some(text) = peer.text().await {
                    got.borrow_mut().push((number, text));
                }
                return;
            }
            let request = request(&mut end).await;
            write(&mut end, answer(&request).as_bytes()).await;
            for _ in 0..count {
                let mut byte = [0];
                std::future::poll_fn(|cx| end.poll_read(&mut byte, cx.waker())).await.unwrap();
            }
        }
    });
    ["one", "two", "three"].into_iter().for_each(|text| rig.send(text));
    rig.run(5_000);
    assert_eq!(rig.client.waiting(), 0);
    (rig.texts(), rig.client.counters().messages_out as usize)
}

#[test]
fn a_message_that_is_cut_off_anywhere_goes_out_whole_and_once_on_the_next_connection() {
    // Each frame has 6 bytes more than its text: they end at 9, 18 and 29.
    for count in 0..29 {
        let whole = [9, 18, 29].iter().filter(|end| **end <= count).count();
        let (texts, out) = half_written(count);
        assert_eq!(texts, ["one", "two", "three"][whole..], "after {count} bytes");
        assert_eq!(out, 3);
    }
}

#[test]
fn a_peer_that_sends_without_a_pause_holds_up_neither_answers_nor_deadlines_nor_the_other_line() {
    let rig = Rig::new(Manner { capacity: 512, ..Manner::WIDE });
    rig.notes.echo.set(Some("re: "));
    rig.start(OVERLAP);
    let (got, clock) = (Rc::clone(&rig.got), rig.clock());
    rig.serve(move |number, end| {
        let (got, clock) = (Rc::clone(&got), clock.clone());
        async move {
            let mut peer = Peer::upgrade(end).await;
            if number == 0 {
                clock.sleep(15_000).await;
                // 5,000 messages with no time between them.
                for _ in 0..5_000 {
                    peer.raw_when_free(b"\x81\x01?").await;
                }
            }
            while let Some(text) = peer.text().await {
                got.borrow_mut().push((number, text));
            }
        }
    });
    rig.run(14_999);
    rig.client.renew();
    rig.run(0);
    rig.send("meanwhile");
    rig.run(10_000);
    assert_eq!(rig.notes.messages.get(), 5_000);
    let got = rig.got.borrow();
    assert!(got.contains(&(1, "meanwhile".into())));
    assert!(got.iter().filter(|(_, text)| text == "re: ?").count() > 20, "answers leave while messages come in");
    assert_eq!(rig.net.held.get(), 1, "the overlap ended on time");
}

#[test]
fn many_small_messages_in_one_read_are_all_told() {
    let rig = Rig::new(Manner::WIDE);
    rig.start_single(CONFIG);
    rig.serve(async |_, end| {
        let mut peer = Peer::upgrade(end).await;
        peer.raw(&b"\x81\x00".repeat(1_000));
        peer.finish().await;
    });
    rig.run(100);
    assert_eq!(rig.notes.messages.get(), 1_000);
}
