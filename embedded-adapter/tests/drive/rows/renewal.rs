//! Owns the change of connection: two lines that overlap, one line that closes first, and what goes wrong meanwhile.

use std::rc::Rc;

use relink_core::{Config, Millis};

use crate::net::Fate;
use crate::peer::Peer;
use crate::pipe::Manner;
use crate::rig::{CONFIG, OVERLAP, Rig};

/// A server that notes all texts, and says ten times a second which of its messages this is.
fn serve_busily(rig: &Rig) {
    let (clock, got) = (rig.clock(), Rc::clone(&rig.got));
    rig.serve(move |number, end| {
        let (clock, got) = (clock.clone(), Rc::clone(&got));
        async move {
            let mut peer = Peer::upgrade(end).await;
            for count in 0_u32.. {
                if !peer.say(&format!("{number}/{count}")).await {
                    return;
                }
                let mut tick = std::pin::pin!(clock.sleep(100));
                loop {
                    let text = std::pin::pin!(peer.text());
                    match embassy_futures::select::select(&mut tick, text).await {
                        embassy_futures::select::Either::First(()) => break,
                        embassy_futures::select::Either::Second(Some(text)) => got.borrow_mut().push((number, text)),
                        embassy_futures::select::Either::Second(None) => return,
                    }
                }
            }
        }
    });
}

/// Each of a connection's texts was told, in order, without a gap.
fn assert_no_gaps(rig: &Rig) {
    for connection in 0..rig.net.dials.borrow().len() {
        let prefix = format!("{connection}/");
        let texts = rig.notes.texts.borrow();
        let counts: Vec<u32> = texts.iter().filter_map(|text| text.strip_prefix(&prefix)).map(|count| count.parse().unwrap()).collect();
        assert!(!counts.is_empty());
        assert!(counts.iter().zip(0..).all(|(count, expected)| *count == expected), "{connection}: {counts:?}");
    }
}

/// Renews under traffic in both directions.
fn renewed(rig: &Rig) -> Vec<String> {
    serve_busily(rig);
    let mut said = rig.run(20_000);
    for number in 0..100 {
        rig.send(&format!("reading {number}"));
        if number == 50 {
            rig.client.renew();
        }
        said.extend(rig.run(93));
    }
    assert_eq!(rig.texts(), (0..100).map(|number| format!("reading {number}")).collect::<Vec<_>>(), "none lost, none twice, in order");
    assert_no_gaps(rig);
    assert_eq!((rig.client.waiting(), rig.client.counters().messages_out), (0, 100));
    said
}

#[test]
fn with_two_lines_the_connections_overlap_and_nothing_is_lost() {
    for seed in 0..20 {
        let rig = Rig::new(if seed == 0 { Manner::BYTES } else { Manner::random(seed) });
        rig.start(OVERLAP);
        assert_eq!(renewed(&rig), ["0 up #1", "24650 renewed #1 by #2"]);
        assert_eq!((rig.net.held_max.get(), rig.net.held.get()), (2, 2));
        rig.run(5_000);
        assert_eq!(rig.net.held.get(), 1, "the overlap is over");
        assert_eq!(*rig.net.dials.borrow(), [(0, 0), (24_650, 1)]);
    }
}

#[test]
fn with_one_line_the_connection_is_closed_and_dialled_again() {
    for seed in 0..20 {
        let rig = Rig::new(if seed == 0 { Manner::BYTES } else { Manner::random(seed) });
        rig.start_single(OVERLAP);
        let said = renewed(&rig);
        assert_eq!(said[2..], ["24650 down #1: Link(Replaced), again at 24650", "24650 up #2"], "{said:?}");
        assert_eq!(rig.net.held_max.get(), 1);
    }
}

#[test]
fn a_renewal_by_age_without_overlap() {
    let rig = Rig::new(Manner::WIDE);
    rig.start(Config { lifetime_max: Millis::from_secs(60), lifetime_spread_percent: 0, ..CONFIG });
    rig.serve_well();
    let said = rig.run(130_000);
    assert!(said.contains(&"60000 down #1: Link(Aged), again at 60000".into()), "{said:?}");
    assert_eq!(rig.net.dial_times(), [0, 60_000, 120_000]);
}

#[test]
fn a_successor_that_fails_leaves_the_connection_alone() {
    let rig = Rig::new(Manner::WIDE);
    rig.start(OVERLAP);
    rig.serve_well();
    rig.run(20_000);
    rig.net.next.borrow_mut().extend([Fate::Refuse, Fate::Hang]);
    rig.client.renew();
    let said = rig.run(14_000);
    assert_eq!(
        said,
        [
            "20000 failed #2: Dial(DialFault { what: \"nobody listens\", verdict: Retry }), again at 21000",
            "31000 failed #3: Link(Opening), again at 33000",
            "33000 renewed #1 by #4"
        ]
    );
    rig.send("to the new one");
    rig.run(10);
    assert_eq!(*rig.got.borrow(), [(1, "to the new one".to_owned())]);
}

#[test]
fn the_current_connection_lost_while_the_successor_is_dialled() {
    let rig = Rig::new(Manner::WIDE);
    rig.start(OVERLAP);
    let clock = rig.clock();
    rig.serve(move |number, end| {
        let clock = clock.clone();
        async move {
            let mut peer = Peer::upgrade(end).await;
            if number == 0 {
                clock.sleep(20_500).await;
                return;
            }
            peer.finish().await;
        }
    });
    rig.run(20_000);
    rig.net.next.borrow_mut().push_back(Fate::Hang);
    rig.client.renew();
    let said = rig.run(12_000);
    assert_eq!(said[0], "20500 down #1: Eof, again at 20500");
    assert_eq!(rig.net.dial_times()[..2], [0, 20_000], "the successor is the attempt, there is never a third");
    assert_eq!(rig.net.held_max.get(), 2);
    assert!(said.last().unwrap().ends_with("up #3"), "{said:?}");
}

#[test]
fn the_new_connection_lost_while_the_old_one_goes_on() {
    let rig = Rig::new(Manner::WIDE);
    rig.start(OVERLAP);
    let (clock, got) = (rig.clock(), Rc::clone(&rig.got));
    rig.serve(move |number, end| {
        let (clock, got) = (clock.clone(), Rc::clone(&got));
        async move {
            let mut peer = Peer::upgrade(end).await;
            if number == 1 {
                // It reads nothing, and is gone soon.
                clock.sleep(300).await;
                return;
            }
            while let Some(text) = peer.text().await {
                got.borrow_mut().push((number, text));
            }
        }
    });
    rig.run(20_000);
    rig.net.manner.set(Manner { capacity: 150, ..Manner::WIDE });
    rig.client.renew();
    rig.run(100);
    (0..6).for_each(|number| rig.send(&format!("{number} {}", "x".repeat(40))));
    rig.run(100);
    rig.net.manner.set(Manner::WIDE);
    let taken = rig.client.counters().messages_out as usize;
    assert!(taken < 6, "some are still here");
    let said = rig.run(1_000);
    assert_eq!(said[0], "20300 renewed #2 by #1");
    assert!(rig.client.counters().messages_out == 6 && rig.client.waiting() == 0);
    let numbers: Vec<usize> = rig.texts().iter().map(|text| text[..1].parse().unwrap()).collect();
    assert_eq!(numbers, (taken..6).collect::<Vec<_>>(), "what the lost one has not taken whole goes out once, in order, on the other");
}

#[test]
fn two_wishes_to_renew_are_one_renewal() {
    let rig = Rig::new(Manner::WIDE);
    rig.start(OVERLAP);
    rig.serve_well();
    rig.run(20_000);
    rig.client.renew();
    rig.client.renew();
    rig.run(2);
    rig.client.renew();
    rig.run(10_000);
    // The second wish came while both were held: it is granted once the older is gone.
    assert_eq!(rig.net.dial_times().len(), 3);
    assert_eq!((rig.client.counters().renewals, rig.client.counters().downs, rig.net.held_max.get()), (2, 0, 2));
}
