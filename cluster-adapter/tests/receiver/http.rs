//! Slack over HTTP: what is stored is answered with 200, nothing else is, and workers do not notice the mode.

use std::fmt::Write;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, StatusCode, header};
use futures_util::future::join_all;
use futures_util::stream;
use relink_cluster::receiver::http::SlackHttp;
use relink_cluster::receiver::{Options, Questions, read};
use relink_cluster::{Answers, Condition, Consumer, Delivery, Engine, Observed, Question};
use ring::hmac;
use tokio::time::{Instant, sleep, timeout};
use tower::ServiceExt;

use crate::world::{Shaky, World};

const SECRET: &str = "a secret";
const NOW: u64 = 1_700_000_000;
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

fn signed(content_type: &str, at: u64, body: &str) -> axum::http::request::Builder {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let tag = hmac::sign(&key, format!("v0:{at}:{body}").as_bytes());
    let signature = tag.as_ref().iter().fold("v0=".to_owned(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    });
    let request = Request::post("/slack/events").header(header::CONTENT_TYPE, content_type);
    request.header("X-Slack-Request-Timestamp", at.to_string()).header("X-Slack-Signature", signature)
}

fn event(id: &str, channel: &str) -> String {
    format!(r#"{{"type":"event_callback","event_id":"{id}","event":{{"type":"message","channel":"{channel}"}}}}"#)
}

async fn ask(router: &Router, request: Request<Body>) -> (StatusCode, String) {
    let answer = router.clone().oneshot(request).await.unwrap();
    let status = answer.status();
    let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn post(router: &Router, content_type: &str, body: &str) -> (StatusCode, String) {
    ask(router, signed(content_type, NOW, body).body(body.to_owned().into()).unwrap()).await
}

fn slack(engine: &Shaky, questions: Questions) -> (SlackHttp, Router) {
    SlackHttp::builder(engine.clone(), SECRET).questions(questions).body_bytes_max(10_000).in_hand_max(3).now(|| NOW).build()
}

#[tokio::test(start_paused = true)]
async fn an_event_is_stored_before_it_is_answered_and_looks_as_ever() {
    let world = World::new();
    let (slack, router) = slack(&world.shaky(), Questions::Store);
    let body = event("Ev1", "C1");
    assert_eq!(post(&router, JSON, &body).await, (StatusCode::OK, String::new()));
    assert_eq!(post(&router, JSON, &body).await.0, StatusCode::OK, "once more");
    let mut consumer = world.engine().consume(0).await.unwrap();
    let delivery = consumer.next().await.unwrap();
    let envelope = delivery.envelope();
    assert_eq!((&*envelope.id, &*envelope.key), ("Ev1", "C1"));
    let read = read(&envelope.payload).unwrap();
    assert_eq!((read.kind.as_str(), read.payload, read.accepts_response_payload), ("events_api", body.as_str(), false));
    assert!(timeout(Duration::from_secs(1), consumer.next()).await.is_err(), "once");
    assert_eq!((slack.stats().stored, slack.stats().duplicates), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn what_the_queue_does_not_confirm_is_refused_and_comes_again() {
    let world = World::new();
    let engine = world.shaky();
    let (slack, router) = slack(&engine, Questions::Store);
    engine.line().queue_is_silent.store(true, Ordering::Relaxed);
    let began = Instant::now();
    let body = event("Ev1", "C1");
    assert_eq!(post(&router, JSON, &body).await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert!(began.elapsed() <= Duration::from_millis(2500), "Slack waits three seconds: {:?}", began.elapsed());
    assert!(world.stored_ids().await.is_empty());
    assert!(matches!(slack.condition(), Condition::Unready(_)));
    engine.line().queue_is_silent.store(false, Ordering::Relaxed);
    let again = signed(JSON, NOW + 60, &body).header("X-Slack-Retry-Num", "1").header("X-Slack-Retry-Reason", "http_error");
    assert_eq!(ask(&router, again.body(body.into()).unwrap()).await.0, StatusCode::OK);
    assert_eq!(world.stored_ids().await, ["Ev1"]);
    assert_eq!((slack.stats().retried_by_slack, slack.stats().unconfirmed, slack.stats().stored), (1, 1, 1));
    sleep(Duration::from_secs(10)).await;
    assert_eq!(slack.condition(), Condition::Ready);
}

#[tokio::test(start_paused = true)]
async fn what_slack_did_not_sign_is_not_looked_at() {
    let world = World::new();
    let (slack, router) = slack(&world.shaky(), Questions::Store);
    let body = event("Ev1", "C1");
    let forged = signed(JSON, NOW, &event("Ev2", "C1")).body(body.clone().into()).unwrap();
    assert_eq!(ask(&router, forged).await.0, StatusCode::UNAUTHORIZED);
    let stale = signed(JSON, NOW - 301, &body).body(body.clone().into()).unwrap();
    assert_eq!(ask(&router, stale).await.0, StatusCode::UNAUTHORIZED);
    let unsigned = Request::post("/slack/events").header(header::CONTENT_TYPE, JSON).body(body.into()).unwrap();
    assert_eq!(ask(&router, unsigned).await.0, StatusCode::UNAUTHORIZED);
    assert!(world.stored_ids().await.is_empty());
    assert_eq!((slack.stats().unsigned, slack.stats().stale), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn the_challenge_is_answered_and_other_things_are_refused() {
    let world = World::new();
    let (slack, router) = slack(&world.shaky(), Questions::Store);
    let challenge = r#"{"type":"url_verification","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}"#;
    assert_eq!(post(&router, JSON, challenge).await, (StatusCode::OK, "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P".into()));
    assert_eq!(post(&router, JSON, "{").await.0, StatusCode::BAD_REQUEST);
    assert_eq!(post(&router, FORM, "a=b").await.0, StatusCode::BAD_REQUEST);
    let large = format!(r#"{{"event_id":"Ev1","x":"{}"}}"#, "x".repeat(10_000));
    assert_eq!(post(&router, JSON, &large).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    let endless = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    let began = Instant::now();
    assert_eq!(ask(&router, signed(JSON, NOW, "").body(endless).unwrap()).await.0, StatusCode::REQUEST_TIMEOUT);
    assert!(began.elapsed() < Duration::from_secs(3));
    assert!(world.stored_ids().await.is_empty());
    assert_eq!((slack.stats().challenges, slack.stats().bad), (1, 4));
}

#[tokio::test(start_paused = true)]
async fn interactions_and_commands_go_through_the_queue_or_are_answered_by_a_worker() {
    let world = World::new();
    let (command, pressed) = ("command=%2Fweather&text=94070&channel_id=C1", "payload=%7B%22channel%22%3A%7B%22id%22%3A%22C1%22%7D%7D");
    let (_, stores) = slack(&world.shaky(), Questions::Store);
    for body in [command, pressed, pressed] {
        assert_eq!(post(&stores, FORM, body).await, (StatusCode::OK, String::new()));
    }
    let mut consumer = world.engine().consume(0).await.unwrap();
    for (kind, payload) in
        [("slash_commands", r#"{"channel_id":"C1","command":"/weather","text":"94070"}"#), ("interactive", r#"{"channel":{"id":"C1"}}"#)]
    {
        let delivery = consumer.next().await.unwrap();
        let body = read(&delivery.envelope().payload).unwrap();
        assert_eq!((body.kind.as_str(), body.payload, &*delivery.envelope().key), (kind, payload, "C1"));
        delivery.ack().await.unwrap();
    }
    assert!(timeout(Duration::from_secs(1), consumer.next()).await.is_err(), "a request that is repeated is stored once");

    let (told, asks) = slack(&world.shaky(), Questions::Ask);
    assert_eq!(post(&asks, FORM, pressed).await.0, StatusCode::SERVICE_UNAVAILABLE, "nobody listens");
    let mut answers = world.engine().answers().await.unwrap();
    let worker = async {
        let question = answers.next().await.unwrap().unwrap();
        assert_eq!(read(&question.envelope().payload).unwrap().kind.as_str(), "slash_commands");
        question.answer(r#"{"text":"sunny"}"#.into()).await.unwrap();
    };
    let (answer, ()) = tokio::join!(post(&asks, FORM, command), worker);
    assert_eq!(answer, (StatusCode::OK, r#"{"text":"sunny"}"#.into()));
    assert_eq!((told.stats().answered, told.stats().unanswered, told.stats().unanswered_questions), (1, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn no_more_is_in_hand_than_allowed() {
    let world = World::new();
    let engine = world.shaky();
    let (slack, router) = slack(&engine, Questions::Store);
    engine.line().queue_is_silent.store(true, Ordering::Relaxed);
    let began = Instant::now();
    let (router, at_once) = (&router, &std::sync::atomic::AtomicU32::new(0));
    join_all((0..8).map(|number| async move {
        let status = post(router, JSON, &event(&format!("Ev{number}"), "C1")).await.0;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        if began.elapsed() < Duration::from_millis(100) {
            at_once.fetch_add(1, Ordering::Relaxed);
        }
    }))
    .await;
    assert_eq!((at_once.load(Ordering::Relaxed), slack.stats().beyond), (5, 5));
}

#[tokio::test(start_paused = true)]
async fn several_of_them_beside_a_leader_and_none_fences_another() {
    let world = World::new();
    let leader = world.leader(Options::default()).await;
    let routers: Vec<_> = (0..4).map(|_| SlackHttp::builder(world.shaky(), SECRET).now(|| NOW).build()).collect();
    let posting = join_all((0..200_usize).map(|number| {
        let (_, router) = &routers[number % 4];
        async move { post(router, JSON, &event(&format!("Ev{number}"), "C1")).await.0 }
    }));
    for number in 0..200 {
        // Every second one comes both ways.
        world.peer.deliver(&if number % 2 == 0 { format!("Ev{number}") } else { format!("led-{number}") }, "C1");
    }
    assert!(posting.await.iter().all(|status| *status == StatusCode::OK));
    world.peer.until(|book| book.acked.len() == 200).await;
    let mut stored = world.stored_ids().await;
    stored.sort();
    stored.dedup();
    assert_eq!(stored.len(), 300, "each id once");
    assert_eq!((leader.receiver.stats().fenced, leader.receiver.stats().retries), (0, 0));
}
