//! New tokens for those who are in: live operations run again, and a call that comes too late is a value.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::bench::*;

const ANN: &str = r#"{"type":"connection_init","payload":{"name":"ann"}}"#;

#[tokio::test(start_paused = true)]
async fn live_operations_run_again_and_the_client_notices_nothing() {
    let (server, known) = server();
    let mut socket = accepted(&server, ANN).await;
    say(&mut socket, &subscribe("1", "ticks")).await;
    say(&mut socket, &subscribe("2", "ticks")).await;
    say(&mut socket, &subscribe("3", "once")).await;
    a_moment().await;
    let key = known.key.lock().unwrap().unwrap();
    server.reauthenticate(key, "second".into()).unwrap();
    server.reauthenticate(key, "third".into()).unwrap();
    a_moment().await;
    assert_eq!(known.there(), 3, "the old ones are gone");
    let executed: Vec<_> = known.executed.lock().unwrap().iter().map(|line| line.replace(r#"{"name":"ann"}"#, "ann")).collect();
    let (first, again) = executed.split_at(3);
    assert_eq!(first, ["ticks ann", "ticks ann", "once ann"]);
    assert_eq!(again, ["ticks third", "ticks third"], "the newest counts, and what was asked once is not asked twice");
    let mut heard = Vec::new();
    for _ in 0..4 {
        heard.push(hear(&mut socket).await);
    }
    heard.sort();
    assert_eq!(heard[0], next("1", r#"{"data":"third","n":0}"#));
    assert_eq!(heard[1], next("2", r#"{"data":"third","n":0}"#));
    assert!(heard[2].contains(r#""id":"3","type":"complete""#) && heard[3].contains("ann"), "{heard:?}");
    // New ones are executed with it as well.
    say(&mut socket, &subscribe("4", "once")).await;
    a_moment().await;
    assert_eq!(known.executed.lock().unwrap().last().unwrap(), "once third");
}

#[tokio::test(start_paused = true)]
async fn for_a_connection_that_is_gone_or_not_accepted_it_is_a_value() {
    let (server, known) = server();
    let mut waiting = dial(&server).await;
    say(&mut waiting, r#"{"type":"connection_init","payload":{"name":"slow"}}"#).await;
    a_moment().await;
    let early = known.key.lock().unwrap().unwrap();
    let gone = server.reauthenticate(early, "too early".into()).unwrap_err();
    assert_eq!(gone.into_context().as_deref(), Some("too early"));
    let mut socket = accepted(&server, ANN).await;
    say(&mut socket, &subscribe("1", "ticks")).await;
    hear(&mut socket).await;
    let key = known.key.lock().unwrap().unwrap();
    drop(socket);
    a_moment().await;
    let executed = known.executed.lock().unwrap().len();
    for _ in 0..1000 {
        server.reauthenticate(key, "late".into()).unwrap_err();
    }
    sleep(Duration::from_secs(1)).await;
    assert_eq!((known.executed.lock().unwrap().len(), known.there()), (executed, 0));
    // The other one goes its way.
    sleep(Duration::from_secs(3)).await;
    assert!(hear(&mut waiting).await.contains("connection_ack"));
}

#[tokio::test(start_paused = true)]
async fn it_comes_between_the_operations_of_a_client_that_takes_nothing() {
    let (server, known) = server();
    let mut socket = accepted(&server, ANN).await;
    say(&mut socket, &subscribe("1", "flood")).await;
    sleep(Duration::from_secs(1)).await;
    let key = known.key.lock().unwrap().unwrap();
    server.reauthenticate(key, "second".into()).unwrap();
    a_moment().await;
    assert_eq!(known.executed.lock().unwrap().last().unwrap(), "flood second");
    // Nothing is wrong with it: it goes on.
    for _ in 0..100 {
        timeout(Duration::from_secs(1), hear(&mut socket)).await.unwrap();
    }
    assert_eq!(known.there(), 1);
}
