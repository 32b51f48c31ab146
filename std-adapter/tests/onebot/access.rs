//! Who is let in: by token, in the header or in the query, by path and by identity, all of it before the upgrade.

use relink_tokio::onebot::{CallError, Event};
use relink_tokio::server::Server;
use relink_tokio::ws::Protocol;
use relink_tokio::{Ending, Millis};
use serde_json::json;
use tokio_tungstenite::tungstenite::Error;

use crate::bench::*;

const TOKEN: &str = "a token/with ümlaut & =";
const IN_QUERY: &str = "a%20token%2Fwith%20%C3%BCmlaut%20%26%20%3D";

async fn status<P: Protocol>(server: &Server<P>, path: &str, headers: &[(&str, &str)]) -> u16 {
    match try_dial(server, path, headers).await {
        Ok(_) => 101,
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test(start_paused = true)]
async fn an_implementation_lets_in_who_shows_the_token() {
    let forward = account(|account| account).accept().token("secret").serve();
    let server = forward.server();
    assert_eq!(status(server, "/", &[]).await, 401);
    assert_eq!(status(server, "/event?access_token=", &[]).await, 401);
    assert_eq!(status(server, "/", &[("Authorization", "Bearer wrong")]).await, 403);
    assert_eq!(status(server, "/api?access_token=secre", &[]).await, 403);
    assert_eq!((server.stats().sessions, server.stats().rejected), (0, 4), "nothing of a session exists");
    assert_eq!(status(server, "/elsewhere?access_token=secret", &[]).await, 404);
    for path in ["/", "/api", "/event/", "/api/?a=b"] {
        assert_eq!(status(server, path, &[("Authorization", "Bearer secret")]).await, 101, "{path}");
    }
    assert_eq!(status(server, "/event?a=b&access_token=secret", &[]).await, 101);
}

#[tokio::test(start_paused = true)]
async fn a_bot_lets_in_who_shows_the_token_and_says_who_it_is() {
    let bots = bots().0.token("secret").serve(|_, mut events| async move { while events.next().await.is_some() {} });
    let server = bots.server();
    let me = ("X-Self-ID", "10001");
    assert_eq!(status(server, "/", &[me]).await, 401);
    assert_eq!(status(server, "/", &[me, ("Authorization", "Bearer secret ")]).await, 101);
    assert_eq!(status(server, "/", &[me, ("Authorization", "Bearer Secret")]).await, 403);
    assert_eq!(status(server, "/?access_token=secret", &[]).await, 400, "who is it?");
    assert_eq!(status(server, "/?access_token=secret", &[("X-Self-ID", "me")]).await, 400);
    assert_eq!(status(server, "/?access_token=secret", &[me, ("X-Client-Role", "Boss")]).await, 400);
    assert_eq!(status(server, "/any/path?access_token=secret", &[me, ("X-Client-Role", "api")]).await, 101);
    assert_eq!(bots.accounts(), [ME]);
}

#[tokio::test(start_paused = true)]
async fn ours_show_it_in_the_header_or_in_the_query() {
    let (builder, mut dials) = bot("ws://there/?a=b");
    let (_bot, _events) = builder.token("secret").unwrap().spawn();
    let request = dials.accept().await.1;
    assert_eq!((request.uri().query(), &request.headers()["authorization"]), (Some("a=b"), &"Bearer secret".parse().unwrap()));
    let (builder, mut dials) = bot("ws://there/?a=b");
    let (_bot, _events) = builder.token_in_query(TOKEN).unwrap().spawn();
    let request = dials.accept().await.1;
    assert_eq!(request.uri().query(), Some(&*format!("a=b&access_token={IN_QUERY}")));
    let account = account(|account| account);
    let (builder, mut dials) = reverse(&account);
    let _reverse = builder.token("secret").unwrap().spawn().unwrap();
    let request = dials.accept().await.1;
    let header = |name| request.headers()[name].to_str().unwrap();
    assert_eq!([header("x-self-id"), header("x-client-role"), header("authorization")], ["10001", "Universal", "Bearer secret"]);
    // What is shown in the query is understood by ours, whatever is in it.
    let bots = bots().0.token(TOKEN).serve(|_, mut events| async move { while events.next().await.is_some() {} });
    let (builder, dials) = reverse(&account);
    dials.to(bots.server());
    let reverse = builder.token_in_query(TOKEN).unwrap().spawn().unwrap();
    assert!(reverse.client().ready().await.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_bot_with_the_wrong_token_gives_up_and_says_so() {
    let forward = account(|account| account).accept().token("secret").serve();
    let (builder, dials) = bot("ws://there/");
    dials.to(forward.server());
    let (bot, mut events) = builder.token("wrong").unwrap().spawn();
    assert!(matches!(event(&mut events).await, Event::Failed { why: Ending::Refused(_), retry_at: None }));
    assert!(matches!(event(&mut events).await, Event::GaveUp { why: Ending::Refused(refusal) } if refusal.status == 403));
    assert!(events.next().await.is_none());
    assert!(matches!(bot.call::<()>("any", ()).await, Err(CallError::Down)));
}

#[tokio::test(start_paused = true)]
async fn napcat_lets_everybody_in_and_refuses_afterwards() {
    let (builder, mut dials) = bot("ws://there/");
    let (_bot, mut events) = builder.token("wrong").unwrap().spawn();
    let (mut socket, _) = dials.accept().await;
    say(&mut socket, json!({ "status": "failed", "retcode": 1403, "data": null, "message": "token验证失败" })).await;
    let why = loop {
        if let Event::GaveUp { why } = event(&mut events).await {
            break why.to_string();
        }
    };
    assert!(why.contains("with retcode 1403"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_changed_token_ends_the_sessions_of_the_old_one() {
    let bots = bots().0.token("old").serve(|_, mut events| async move { while events.next().await.is_some() {} });
    let dial = |token: &'static str, me: &'static str| {
        let bots = bots.clone();
        async move { try_dial(bots.server(), "/", &[("X-Self-ID", me), ("Authorization", token)]).await }
    };
    let mut old = dial("Bearer old", "1").await.unwrap();
    until(|| async { bots.server().stats().sessions == 1 }).await;
    assert_eq!(bots.set_token(Some("old".into())), 0, "it is the same");
    assert_eq!(bots.set_token(Some("new".into())), 1);
    assert_eq!(close_code(&mut old).await, 1008);
    assert!(dial("Bearer old", "1").await.is_err());
    let _new = dial("Bearer new", "2").await.unwrap();
    assert_eq!(bots.set_token(None), 1, "who showed one is asked to come without");
    let _without = dial("", "3").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_refused_is_not_asked_for_every_second() {
    let bots = bots().0.token("secret").serve(|_, mut events| async move { while events.next().await.is_some() {} });
    let account = account(|account| account);
    let (builder, dials) = reverse(&account);
    dials.to(bots.server());
    let reverse = builder.token("wrong").unwrap().spawn().unwrap();
    tokio::time::sleep(Millis::from_secs(3600).as_duration()).await;
    // 403 is also what a second connection of an identity is told by some: it is tried again, once a minute.
    let dials = reverse.client().stats().dials;
    assert!((50..=130).contains(&dials), "{dials}");
}
