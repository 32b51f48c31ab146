//! What a client asks, and gets.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::StreamExt;
use relink_tokio::Verdict;
use relink_tokio::graphql::{Json, OnLoss, Request, SubscribeError, SubscriptionError};
use relink_tokio::ws::ProvideError;
use tokio::time::{Instant, sleep, timeout};

use crate::bench::*;

/// What comes is written down.
async fn listen(mut socket: Socket, heard: Arc<std::sync::Mutex<Vec<String>>>) {
    welcome(&mut socket).await;
    loop {
        let text = hear(&mut socket).await;
        heard.lock().unwrap().push(text);
    }
}

#[tokio::test(start_paused = true)]
async fn next_error_and_complete_reach_their_subscription() {
    let (builder, _) = client(|_, mut socket| async move {
        welcome(&mut socket).await;
        let [one, two, three] = [taken(&mut socket).await, taken(&mut socket).await, taken(&mut socket).await];
        say(&mut socket, r#"{"type":"ping","payload":{"x":[1, 2]}}"#).await;
        assert_eq!(hear(&mut socket).await, r#"{"type":"pong","payload":{"x":[1, 2]}}"#);
        say(&mut socket, &next(&one, r#"{"data": { "a":1.0 } }"#)).await;
        say(&mut socket, &next("99", "{}")).await;
        say(&mut socket, &next("no number", "{}")).await;
        say(&mut socket, &format!(r#"{{"type":"error","id":"{two}","payload":[{{"message":"no"}}]}}"#)).await;
        say(&mut socket, &next(&two, "{}")).await;
        say(&mut socket, &format!(r#"{{"type":"complete","id":"{one}"}}"#)).await;
        say(&mut socket, &next(&three, r#"{"data":3}"#)).await;
        sleep(Duration::from_secs(1000)).await;
    });
    let client = builder.connect();
    let [mut one, mut two, mut three] = ["one", "two", "three"].map(|query| client.subscribe(Request::new(query)).unwrap());
    assert_eq!(result(&mut one).await, r#"{"data": { "a":1.0 } }"#, "byte for byte");
    assert!(one.next().await.is_none());
    assert!(one.next().await.is_none(), "it stays so");
    let Some(Err(SubscriptionError::Errors(errors))) = two.next().await else { panic!() };
    assert_eq!(errors.parse::<Vec<std::collections::HashMap<String, String>>>().unwrap()[0]["message"], "no");
    assert!(two.next().await.is_none());
    assert_eq!(result(&mut three).await, r#"{"data":3}"#);
    assert_eq!(client.subscriptions(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_is_sent_once_and_completed_when_it_is_dropped() {
    let heard = Arc::new(std::sync::Mutex::new(Vec::new()));
    let ear = heard.clone();
    let (builder, _) = client(move |_, socket| listen(socket, ear.clone()));
    let client = builder.connect();
    let early = client.subscribe(Request::new("never sent")).unwrap();
    drop(early);
    client.link().ready().await;
    let whole = Request::new("query A { a }").with_operation_name("A").with_variables(r#"{"b":1}"#).with_extensions("{}");
    let kept = client.subscribe(whole).unwrap();
    let dropped = client.subscribe(Request::new("b")).unwrap();
    a_moment().await;
    drop(dropped);
    drop(client.subscribe(Request::new("never sent either")).unwrap());
    a_moment().await;
    let payload = r#"{"query":"query A { a }","operationName":"A","variables":{"b":1},"extensions":{}}"#;
    let expected = [
        format!(r#"{{"id":"2","type":"subscribe","payload":{payload}}}"#),
        r#"{"id":"3","type":"subscribe","payload":{"query":"b"}}"#.into(),
        r#"{"id":"3","type":"complete"}"#.into(),
    ];
    assert_eq!(*heard.lock().unwrap(), expected);
    drop(kept);
}

#[tokio::test(start_paused = true)]
async fn there_is_a_limit_and_what_is_no_request_is_refused() {
    let (builder, _) = client(|_, socket| async move { listen(socket, Arc::default()).await });
    let client = builder.subscriptions_max(2).connect();
    let _kept = [(); 2].map(|()| client.subscribe(Request::new("x")).unwrap());
    assert!(matches!(client.subscribe(Request::new("x")), Err(SubscribeError::TooMany { subscriptions_max: 2 })));
    drop(_kept);
    assert!(matches!(client.subscribe(Request::new("x").with_variables("[")), Err(SubscribeError::Request(_))));
    drop(client.subscribe(Request::new("x")).unwrap());
    client.stop().await;
    assert!(matches!(client.subscribe(Request::new("x")), Err(SubscribeError::Ended(_))));
}

#[tokio::test(start_paused = true)]
async fn init_is_asked_for_every_attempt_and_may_fail() {
    let (builder, dials) = client(|number, mut socket| async move {
        assert_eq!(hear(&mut socket).await, format!(r#"{{"type":"connection_init","payload":{{"token":{}}}}}"#, number + 1));
        say(&mut socket, r#"{"type":"connection_ack","payload":{"session":7}}"#).await;
        sleep(Duration::from_secs(1)).await;
        close(&mut socket, 1012).await;
    });
    let asked = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let client = builder
        .init(move |_| {
            let number = asked.fetch_add(1, Ordering::Relaxed) + 1;
            async move {
                match number {
                    1 => Err("the token service is down".into()),
                    4 => Err(ProvideError::new("revoked", Verdict::GiveUp)),
                    _ => Ok(Some(Json::from(format!(r#"{{"token":{number}}}"#)))),
                }
            }
        })
        .connect();
    let mut subscription = client.subscribe(Request::new("x")).unwrap();
    client.link().ready().await;
    assert_eq!(client.acknowledgement().unwrap().to_string(), r#"{"session":7}"#);
    let Some(Err(SubscriptionError::GaveUp(why))) = subscription.next().await else { panic!() };
    assert!(why.to_string().contains("revoked"), "{why}");
    assert_eq!(dials.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn who_asks_once_is_never_asked_for_twice() {
    let (builder, _) = client(|number, mut socket| async move {
        welcome(&mut socket).await;
        let id = taken(&mut socket).await;
        if number == 1 {
            return;
        }
        say(&mut socket, &next(&id, r#"{"data":1}"#)).await;
        assert!(hear(&mut socket).await.contains("complete"));
        let id = taken(&mut socket).await;
        say(&mut socket, &format!(r#"{{"type":"complete","id":"{id}"}}"#)).await;
        sleep(Duration::from_secs(1000)).await;
    });
    let client = builder.connect();
    assert!(matches!(client.ask(Request::new("mutation")).await, Err(SubscriptionError::Lost(_))));
    assert_eq!(client.ask(Request::new("mutation")).await.unwrap().to_string(), r#"{"data":1}"#);
    assert!(matches!(client.ask(Request::new("mutation")).await, Err(SubscriptionError::NoResult)));
}

#[tokio::test(start_paused = true)]
async fn a_slow_subscriber_holds_others_up_for_so_long_and_is_ended_then() {
    let (builder, _) = client(|_, mut socket| async move {
        welcome(&mut socket).await;
        let [slow, fine] = [taken(&mut socket).await, taken(&mut socket).await];
        for number in 0..5 {
            say(&mut socket, &next(&slow, &format!(r#"{{"data":{number}}}"#))).await;
        }
        say(&mut socket, &next(&fine, r#"{"data":"fine"}"#)).await;
        assert_eq!(hear(&mut socket).await, format!(r#"{{"id":"{slow}","type":"complete"}}"#));
        say(&mut socket, &next(&fine, r#"{"data":"again"}"#)).await;
        sleep(Duration::from_secs(1000)).await;
    });
    let client = builder.waiting_max(2).slow_timeout(Duration::from_secs(3)).connect();
    let mut slow = client.subscribe(Request::new("slow")).unwrap();
    let mut fine = client.subscribe_with(Request::new("fine"), OnLoss::EndWithError).unwrap();
    client.link().ready().await;
    let began = Instant::now();
    assert_eq!(result(&mut fine).await, r#"{"data":"fine"}"#);
    assert_eq!(began.elapsed().as_secs(), 3, "others wait so long");
    assert_eq!(result(&mut fine).await, r#"{"data":"again"}"#);
    // What waited is not lost; then it says why it has ended.
    assert_eq!((result(&mut slow).await, result(&mut slow).await), (r#"{"data":0}"#.into(), r#"{"data":1}"#.into()));
    assert!(matches!(slow.next().await, Some(Err(SubscriptionError::Slow))));
    assert!(slow.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn who_takes_his_results_in_time_gets_all_of_them() {
    let (builder, _) = client(|_, mut socket| async move {
        welcome(&mut socket).await;
        let id = taken(&mut socket).await;
        for number in 0..100 {
            say(&mut socket, &next(&id, &format!(r#"{{"data":{number}}}"#))).await;
        }
        say(&mut socket, &format!(r#"{{"type":"complete","id":"{id}"}}"#)).await;
        sleep(Duration::from_secs(1000)).await;
    });
    let client = builder.waiting_max(1).slow_timeout(Duration::from_secs(3)).connect();
    let mut slow = client.subscribe(Request::new("slow")).unwrap();
    for number in 0..100 {
        sleep(Duration::from_secs(2)).await;
        assert_eq!(result(&mut slow).await, format!(r#"{{"data":{number}}}"#));
    }
    assert!(timeout(Duration::from_secs(1), slow.next()).await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn when_nobody_holds_it_any_more_the_connection_is_closed() {
    let (sender, mut over) = tokio::sync::mpsc::channel(1);
    let (builder, dials) = client(move |_, mut socket| {
        let sender = sender.clone();
        async move {
            welcome(&mut socket).await;
            taken(&mut socket).await;
            sender.send(closed(&mut socket).await.0).await.unwrap();
        }
    });
    let client = builder.connect();
    let subscription = client.subscribe(Request::new("x")).unwrap();
    client.link().ready().await;
    drop(client);
    a_moment().await;
    assert!(over.try_recv().is_err(), "a subscription is somebody, too");
    drop(subscription);
    assert_eq!(over.recv().await, Some(1000));
    sleep(Duration::from_secs(100)).await;
    assert_eq!(dials.load(Ordering::Relaxed), 1);
}
