//! Looking on: states, numbers, and the observer whose record replays to the same decisions.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use relink_tokio::core::{Event as Told, Instant, Link, Reaction, State};
use relink_tokio::observe::{Content, Direction, Frame, Observer, Step};
use relink_tokio::{Config, End, Ending, LinkState};

use crate::fake::*;

#[derive(Clone, Default)]
struct Record(Arc<Mutex<Written>>);

#[derive(Default)]
struct Written {
    config: Option<Config>,
    steps: Vec<(Instant, u32, Told, Reaction, State, Option<Instant>)>,
    frames: Vec<String>,
}

impl Observer<Text> for Record {
    fn step(&mut self, step: &Step<'_>) {
        let mut written = self.0.lock().unwrap();
        written.config = Some(*step.link.config());
        written.steps.push((step.now, step.roll, step.event, step.reaction, step.link.state(), step.link.deadline()));
    }

    fn frame(&mut self, frame: &Frame<'_, Text>) {
        let way = if frame.direction == Direction::In { "<" } else { ">" };
        let content = match frame.content {
            Content::Message(text, size) => format!("{text} ({size} B)"),
            Content::Ping => "ping".into(),
            Content::Close(code) => format!("close {}", code.get()),
            Content::Report(report) => format!("{report:?}"),
            Content::Ending(ending) => ending.label().into(),
            _ => "something new".into(),
        };
        self.0.lock().unwrap().frames.push(format!("{way}{} {content}", frame.attempt.number()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_replays_to_the_same_decisions() {
    let net = Net::default();
    net.plan([Plan::Fail(Ending::Eof), Plan::Hang]);
    let record = Record::default();
    let (client, mut events) = net.builder().observer(record.clone()).spawn();
    while said(&mut events).await != "up 3" {}
    net.peer(3).say("a");
    seconds(50).await;
    net.peer(3).close(1001);
    net.peer(3).lose();
    seconds(10).await;
    client.stop().await;
    let written = record.0.lock().unwrap();
    let mut link: Link = Link::new(written.config.unwrap());
    for (now, roll, event, reaction, state, deadline) in &written.steps {
        assert_eq!(link.step(*now, *roll, *event), *reaction);
        assert_eq!((&link.state(), &link.deadline()), (state, deadline));
    }
    assert!(matches!(link.state(), State::Shutdown { because: End::Stopped }));
    assert!(written.steps.len() > 15, "{}", written.steps.len());
}

#[tokio::test(start_paused = true)]
async fn every_frame_is_seen_both_ways() {
    let net = Net::default();
    let record = Record::default();
    let (client, mut events) = net.builder().observer(record.clone()).spawn();
    assert_eq!(said(&mut events).await, "up 1");
    net.peer(1).say("hi");
    client.send("hello").await.unwrap();
    seconds(21).await;
    client.stop().await;
    let frames = record.0.lock().unwrap().frames.clone();
    assert_eq!(frames, [">1 hello (5 B)", "<1 hi (2 B)", ">1 ping", "<1 Heard", ">1 close 1000", "<1 closed", "<1 finished"]);
}

#[tokio::test(start_paused = true)]
async fn states_can_be_watched() {
    let net = Net::default();
    net.plan([Plan::Fail(Ending::Eof), Plan::OpenAfter(Duration::from_secs(1))]);
    let (client, _events) = net.builder().spawn();
    let mut states = client.states();
    assert_eq!(states.get(), LinkState::Idle);
    let watching = tokio::spawn(async move {
        let mut seen = Vec::new();
        while let Some(state) = states.changed().await {
            seen.push(state);
        }
        seen
    });
    client.ready().await.unwrap();
    client.stop().await;
    let seen = watching.await.unwrap();
    let LinkState::Backoff { .. } = seen[0] else { panic!("{seen:?}") };
    assert!(matches!(seen[1], LinkState::Connecting { attempt } if attempt.number() == 2), "{seen:?}");
    assert!(matches!(seen[2], LinkState::Ready { attempt } if attempt.number() == 2), "{seen:?}");
    assert_eq!(seen.last(), Some(&LinkState::Shutdown { because: End::Stopped }));
}

#[tokio::test(start_paused = true)]
async fn the_numbers_add_up() {
    let net = Net::default();
    net.plan([Plan::Fail(Ending::Eof)]);
    let (client, mut events) = net.builder().spawn();
    while said(&mut events).await != "up 2" {}
    client.send("12345").await.unwrap();
    net.peer(2).say("123");
    assert_eq!(said(&mut events).await, "message 2 123");
    net.peer(2).close(1011);
    net.peer(2).lose();
    while said(&mut events).await != "up 3" {}
    let stats = client.stats();
    assert_eq!((stats.dials, stats.opened, stats.ups, stats.downs, stats.failed), (3, 2, 2, 1, 1));
    assert_eq!((stats.messages_out, stats.bytes_out, stats.messages_in, stats.bytes_in), (1, 5, 1, 3));
    assert_eq!(stats.last_ending.map(|why| why.label()), Some("closed"));
    assert_eq!((stats.waiting_messages, stats.waiting_bytes, stats.waiting_events), (0, 0, 0));
}

/// Real threads, real time: a lost wake-up would show as a standstill.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_forgotten_on_many_threads() {
    const SENDERS: usize = 8;
    const EACH: usize = 2000;
    let net = Net::default();
    net.manners(Manners { echoes: true, ..Manners::DEFAULT });
    let outbox = relink_tokio::OutboxLimits { messages_max: 4, ..Default::default() };
    let inbox = relink_tokio::InboxLimits { events_max: 4, ..Default::default() };
    let (client, mut events) = net.builder().clock(relink_tokio::Clock::boot()).outbox(outbox).inbox(inbox).spawn();
    client.ready().await.unwrap();
    for sender in 0..SENDERS {
        let client = client.clone();
        tokio::spawn(async move {
            for number in 0..EACH {
                client.send(format!("{sender} {number}")).await.unwrap();
            }
        });
    }
    let mut next = [0; SENDERS];
    let reading = async {
        while next.iter().sum::<usize>() < SENDERS * EACH {
            if let relink_tokio::Event::Message { message, .. } = events.next().await.unwrap() {
                let (sender, number) = message.split_once(' ').unwrap();
                let sender: usize = sender.parse().unwrap();
                assert_eq!(number, next[sender].to_string());
                next[sender] += 1;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), reading).await.expect("a standstill");
    client.stop().await;
    assert_eq!(client.stats().messages_out, (SENDERS * EACH) as u64);
}

#[tokio::test(start_paused = true)]
async fn what_is_there_is_there_for_a_task_that_has_done_much() {
    let net = Net::default();
    let (_client, mut events) = net.builder().spawn();
    settle().await;
    let told = std::future::poll_fn(|cx| {
        while let Poll::Ready(turn) = tokio::task::coop::poll_proceed(cx) {
            turn.made_progress();
        }
        Poll::Ready(events.try_next().map(|event| word(&event)))
    });
    assert_eq!(told.await.as_deref(), Some("up 1"));
}

#[tokio::test(start_paused = true)]
async fn a_look_at_what_is_there_wakes_no_less_whoever_waits() {
    let net = Net::default();
    let (_client, mut events) = net.builder().spawn();
    assert_eq!(said(&mut events).await, "up 1");
    let peer = net.peer(1);
    let told = tokio::spawn(async move {
        std::future::poll_fn(|cx| {
            let next = pin!(events.next()).poll(cx);
            if next.is_pending() {
                assert!(events.try_next().is_none());
            }
            next
        })
        .await
        .map(|event| word(&event))
    });
    settle().await;
    peer.say("hello");
    assert_eq!(tokio::time::timeout(Duration::from_secs(1), told).await.unwrap().unwrap().as_deref(), Some("message 1 hello"));
}
