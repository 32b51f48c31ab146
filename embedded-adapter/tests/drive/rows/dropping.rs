//! Owns a driver that is dropped, wherever it waits, and one that is run again.

use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use relink_core::{Config, End, Overlap, State};
use relink_embedded::wire::WsFramer;
use relink_embedded::{Line, run};

use crate::net::{Fate, Wires};
use crate::pipe::Manner;
use crate::rig::{CONFIG, OVERLAP, Rig};

/// Ready without a result after so many polls, wherever its future is then.
struct Polls<F> {
    future: F,
    left: u32,
}

impl<F: Future + Unpin> Future for Polls<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(left) = self.left.checked_sub(1) else { return Poll::Ready(None) };
        self.left = left;
        if left == 0 {
            // This poll is done, too; the driver is dropped right after it.
            let _pending = Pin::new(&mut self.future).poll(cx);
            return Poll::Ready(None);
        }
        Pin::new(&mut self.future).poll(cx).map(Some)
    }
}

/// Runs a driver that is dropped after so many polls, and then again with the same session and lines. Whether it was dropped.
fn dropped_after(polls: u32, manner: Manner, config: Config) -> bool {
    let rig = Rig::new(manner);
    rig.serve_well();
    let mut session = rig.session::<Overlap>(config);
    let (client, net, clock) = (Rc::clone(&rig.client), Rc::clone(&rig.net), rig.clock());
    let (was_dropped, notes) = (Rc::new(Cell::new(false)), Rc::clone(&rig.notes));
    let seen = Rc::clone(&was_dropped);
    rig.world.spawn(async move {
        let mut buffers = [[0; 256]; 4];
        let [receive_0, send_0, receive_1, send_1] = &mut buffers;
        let wires = |line| Wires { net: Rc::clone(&net), line };
        let mut first: Line<'_, _, WsFramer> = Line::new(wires(0), receive_0, send_0, &client).unwrap();
        let mut second = Line::new(wires(1), receive_1, send_1, &client).unwrap();
        {
            let future = pin!(run(&mut session, &client, &clock, (&mut first, &mut second)));
            seen.set(Polls { future, left: polls }.await.is_none());
        }
        if seen.get() {
            assert_eq!(net.held.get(), 0, "every connection is dropped with it");
            assert!(!notes.is_up.get(), "the user knows");
            assert!(matches!(client.state(), State::Shutdown { because: End::Stopped } | State::Idle), "{:?}", client.state());
            client.start();
            run(&mut session, &client, &clock, (&mut first, &mut second)).await;
        }
    });
    let mut sent = Vec::new();
    for number in 0..12 {
        let text = format!("message {number}");
        if client_takes(&rig, &text) {
            sent.push(text);
        }
        if number == 6 {
            rig.client.renew();
        }
        rig.run(if number == 5 { 20_000 } else { 3 });
    }
    rig.run(20_000);
    let got = rig.texts();
    assert_eq!(got, sent, "dropped after {polls} polls");
    assert_eq!(rig.client.waiting(), 0);
    was_dropped.get()
}

fn client_takes(rig: &Rig, text: &str) -> bool {
    rig.client.try_send(relink_embedded::wire::Message::Text(text)).is_ok()
}

#[test]
fn dropped_at_any_await_it_loses_nothing_that_waits_and_holds_nothing() {
    for manner in [Manner::BYTES, Manner::random(11)] {
        let polls = (0..).take_while(|polls| dropped_after(*polls, manner, OVERLAP)).count();
        assert!(polls > 30, "{polls} polls are few");
    }
}

#[test]
fn dropped_while_it_dials_or_waits_to() {
    for fate in [Fate::Hang, Fate::Refuse] {
        let rig = Rig::new(Manner::WIDE);
        rig.net.fate.set(fate);
        let mut driver = Box::pin(rig.driver(CONFIG));
        let waker = std::task::Waker::noop();
        assert!(driver.as_mut().poll(&mut Context::from_waker(waker)).is_pending());
        assert!(driver.as_mut().poll(&mut Context::from_waker(waker)).is_pending());
        drop(driver);
        assert_eq!((rig.net.held.get(), rig.ended.get()), (0, None));
        assert_eq!(rig.client.state(), State::Shutdown { because: End::Stopped });
    }
}

#[test]
fn a_link_that_has_ended_is_run_again() {
    let rig = Rig::new(Manner::WIDE);
    rig.serve_well();
    let mut session = rig.session::<relink_core::Single>(CONFIG);
    let (client, net, clock, ended) = (Rc::clone(&rig.client), Rc::clone(&rig.net), rig.clock(), Rc::clone(&rig.ended));
    rig.world.spawn(async move {
        let (mut receive, mut send) = ([0; 256], [0; 256]);
        let mut line: Line<'_, _, WsFramer> = Line::new(Wires { net, line: 0 }, &mut receive, &mut send, &client).unwrap();
        for _ in 0..3 {
            ended.set(Some(relink_embedded::run_single(&mut session, &client, &clock, &mut line).await));
            clock.sleep(5_000).await;
        }
    });
    let mut said = Vec::new();
    for _ in 0..3 {
        said.extend(rig.run(1_000));
        rig.stop();
        said.extend(rig.run(4_999));
        assert_eq!(rig.ended.take(), Some(End::Stopped));
    }
    said.retain(|line| !line.contains("closing"));
    assert_eq!(said.len(), 6, "{said:?}");
    assert!(said[4].contains("up #3") && said[5].contains("down #3: Link(Stopped)"), "{said:?}");
}

#[test]
fn a_dial_under_way_is_dropped_when_the_link_stops() {
    let rig = Rig::new(Manner::WIDE);
    rig.net.fate.set(Fate::Hang);
    rig.start(OVERLAP);
    rig.run(100);
    assert_eq!(rig.net.held.get(), 1);
    rig.stop();
    assert_eq!(rig.run(0), ["100 failed #1: Link(Stopped), never again"]);
    assert_eq!((rig.net.held.get(), rig.ended.get()), (0, Some(End::Stopped)));
}

#[test]
fn a_driver_wakes_the_task_that_polled_it_last() {
    let rig = Rig::new(Manner::WIDE);
    rig.serve_well();
    let mut driver = Box::pin(rig.driver(CONFIG));
    assert!(driver.as_mut().poll(&mut Context::from_waker(std::task::Waker::noop())).is_pending());
    rig.world.spawn(driver);
    rig.run(1_000);
    rig.send("after it has moved");
    rig.run(0);
    assert_eq!(rig.texts(), ["after it has moved"]);
}

#[test]
fn an_abort_and_the_next_dial_in_one_step() {
    // The connection is lost, and the next attempt begins in the same millisecond: the old transport is dropped first.
    let rig = Rig::new(Manner::WIDE);
    rig.start_single(Config { reset_after: relink_core::Millis::new(1), ..CONFIG });
    rig.serve(async |number, end| {
        let mut peer = crate::peer::Peer::upgrade(end).await;
        if number < 5 {
            // Until the first ping: then the connection ends without a word.
            peer.next().await;
            return;
        }
        peer.finish().await;
    });
    let said = rig.run(130_000);
    assert_eq!(said.len(), 11, "{said:?}");
    assert_eq!((rig.net.held_max.get(), rig.net.held.get()), (1, 1), "never two on one line");
}
