//! What a link and its user do in one future.

use std::time::Duration;

use relink_tokio::Event;
use tokio::time::timeout;

use crate::fake::*;

#[tokio::test(start_paused = true)]
async fn the_link_and_its_user_share_a_task_and_a_waker() {
    let net = Net::default();
    net.manners(Manners { echoes: true, ..Manners::default() });
    let life = net.builder().run(async |client, mut events| {
        assert_eq!(said(&mut events).await, "up 1");
        for round in 0..1000 {
            client.send(round.to_string()).await.unwrap();
            assert_eq!(said(&mut events).await, format!("message 1 {round}"));
        }
        tasks()
    });
    let tasks_meanwhile = tokio::spawn(life).await.unwrap();
    assert_eq!(tasks_meanwhile, 1, "the one that polls both");
    assert_eq!(net.peer(1).close_code(), Some(1000), "the user has ended, so the link was stopped");
    assert_eq!((net.held(), tasks()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_user_that_waits_for_something_else_holds_nothing_up() {
    let net = Net::default();
    net.plan([Plan::OpenAfter(Duration::from_secs(3))]);
    let life = net.builder().run(async |client, mut events| {
        // Not looking at events: the driver is woken by its own timers, and this by its own.
        seconds(60).await;
        assert_eq!(client.stats().ups, 1);
        assert_eq!(said(&mut events).await, "up 1");
        client.stats().downs
    });
    assert_eq!(timeout(Duration::from_secs(62), life).await.unwrap(), 0, "pings went on and were answered");
    assert!(net.peer(1).pings() >= 2);
}

#[tokio::test(start_paused = true)]
async fn a_link_that_ends_first_is_told_to_the_user_who_may_take_its_time() {
    let net = Net::default();
    let life = net.builder().run(async |client, mut events| {
        assert_eq!(said(&mut events).await, "up 1");
        client.stop().await;
        let rest = rest(&mut events).await;
        seconds(5).await;
        rest
    });
    assert_eq!(life.await, ["down 1 stopped"]);
    assert_eq!(net.held(), 0);
}

#[tokio::test(start_paused = true)]
async fn dropping_the_future_drops_everything_and_a_panic_goes_to_who_polls_it() {
    let net = Net::default();
    let life = net.builder().run(async |_client, mut events| while events.next().await.is_some() {});
    assert!(timeout(Duration::from_secs(30), life).await.is_err());
    assert_eq!((net.dials(), net.held()), (1, 0));

    let life = net.builder().run(async |_client, mut events| match events.next().await {
        Some(Event::Up { .. }) => panic!("a user's mistake"),
        other => other,
    });
    assert!(tokio::spawn(life).await.unwrap_err().is_panic());
    assert_eq!(net.held(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_flood_on_one_side_lets_other_tasks_run() {
    let net = Net::default();
    net.manners(Manners { floods: true, ..Manners::default() });
    let life = tokio::spawn(net.builder().run(async |_client, mut events| {
        let mut messages = 0_u64;
        while let Some(event) = events.next().await {
            messages += u64::from(matches!(event, Event::Message { .. }));
            if messages == 100_000 {
                break;
            }
        }
        messages
    }));
    let mut turns = 0_u32;
    while !life.is_finished() {
        tokio::task::yield_now().await;
        turns += 1;
    }
    assert_eq!(life.await.unwrap(), 100_000);
    assert!(turns > 50, "other tasks had {turns} turns meanwhile");
}
