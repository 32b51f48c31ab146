//! What becomes of a link when something of the user's panics inside its driver: one panic, and an end for everybody else.

use std::panic::AssertUnwindSafe;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use std::{future::Future, pin::Pin};

use relink_tokio::observe::{Content, Direction, Frame, Observer};
use relink_tokio::{End, Fate, InboxLimits, LinkState, SendError};
use tokio::time::timeout;

use crate::fake::*;

/// Cannot bear this message.
struct Allergic(&'static str);

impl Observer<Text> for Allergic {
    fn frame(&mut self, frame: &Frame<'_, Text>) {
        if let (Direction::In, Content::Message(text, _)) = (frame.direction, &frame.content) {
            assert_ne!(*text, self.0, "the observer's own panic");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn everybody_sees_the_end_of_a_link_whose_observer_panics() {
    let net = Net::default();
    // A message is parked when the panic comes, and handed out when the driver is dropped.
    let inbox = InboxLimits { events_max: 4, bytes_max: 1 << 20 };
    let (client, mut events, driver) = net.builder().inbox(inbox).restartable().observer(Allergic("1")).build();
    let driver = tokio::spawn(driver);
    assert_eq!(said(&mut events).await, "up 1");
    net.peer(1).manners(Manners { takes_writes: false, ..Manners::DEFAULT });
    let receipt = client.send_tracked("on its way").await.unwrap();
    let waiting = client.clone();
    let stopping = tokio::spawn(async move { waiting.stop().await });
    net.peer(1).say("0");
    (0..9).for_each(|_| net.peer(1).say("1"));
    let panic = within_a_day("the driver", driver).await.unwrap_err().into_panic();
    assert!(panic.downcast_ref::<String>().unwrap().contains("the observer's own panic"));
    assert_eq!(rest(&mut events).await, ["message 1 0", "down 1 other", "gave up other"]);
    assert_eq!(client.state(), LinkState::Shutdown { because: End::GivenUp });
    assert!(client.stats().last_ending.unwrap().to_string().contains("panicked"));
    assert_eq!(receipt.await, Fate::Unknown);
    assert_eq!(client.send("x").await, Err(SendError::Ended("x".into())));
    assert_eq!(within_a_day("no start", client.ready()).await, None);
    within_a_day("the stop", stopping).await.unwrap();
    assert_eq!((net.held(), tasks()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_driver_that_panicked_while_a_message_was_parked_is_dropped_without_another_panic() {
    let net = Net::default();
    let inbox = InboxLimits { events_max: 2, bytes_max: 1 << 20 };
    let (_client, mut events, mut driver) = net.builder().inbox(inbox).observer(Allergic("parked")).build();
    let mut poll = || {
        let mut cx = Context::from_waker(Waker::noop());
        std::panic::catch_unwind(AssertUnwindSafe(|| Pin::new(&mut driver).poll(&mut cx)))
    };
    assert!(poll().unwrap().is_pending());
    net.peer(1).say("parked");
    // There is no room for it beside the Up, so nobody has observed it yet.
    assert!(poll().unwrap().is_pending());
    assert_eq!(said(&mut events).await, "up 1");
    poll().unwrap_err();
    assert_eq!(poll().unwrap(), Poll::Ready(End::GivenUp), "polled on in spite of it");
    assert_eq!(rest(&mut events).await, ["down 1 other", "gave up other"]);
}

#[tokio::test(start_paused = true)]
async fn an_observer_is_left_alone_when_the_driver_is_dropped_by_a_panic_elsewhere() {
    let net = Net::default();
    let inbox = InboxLimits { events_max: 2, bytes_max: 1 << 20 };
    let (_client, mut events, mut driver) = net.builder().inbox(inbox).observer(Allergic("parked")).build();
    let task = tokio::spawn(async move {
        let _ended = timeout(Duration::from_secs(1), &mut driver).await;
        panic!("elsewhere, and the driver is dropped by it");
    });
    settle().await;
    net.peer(1).say("parked");
    assert!(within_a_day("the task", task).await.is_err());
    assert_eq!(rest(&mut events).await, ["up 1", "message 1 parked", "down 1 stopped"]);
}
