//! The same identity twice, the old one half-open: NoneBot locks the bot out, aiocqhttp's late cleanup deletes the new one.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use relink_tokio::onebot::{Bot, SelfId};
use relink_tokio::server::Plan;
use relink_tokio::{Config, Millis};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::sleep;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::bench::*;

async fn dial(address: std::net::SocketAddr) -> Socket {
    let stream = TcpStream::connect(address).await.unwrap();
    let mut request = format!("ws://{address}/").into_client_request().unwrap();
    for (name, value) in [("X-Self-ID", "1"), ("X-Client-Role", "Universal"), ("Authorization", "Bearer secret")] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    client_async(request, stream).await.unwrap().0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newest_serves_at_once_and_the_old_ones_end_changes_nothing() {
    let quick = |server: relink_tokio::server::Builder| server.config(Config { closing_timeout: Millis::new(500), ..Config::ACCEPTED });
    let bots = Bot::accept().token("secret").server(quick).serve(|_, mut events| async move { while events.next().await.is_some() {} });
    let (address, listening) = listen(bots.server()).await;
    // Its process stands still: it neither reads nor answers, and its socket is open.
    let half_open = dial(address).await;
    while bots.get(SelfId::new(1)).is_none() {
        sleep(Duration::from_millis(2)).await;
    }
    let bot = bots.get(SelfId::new(1)).unwrap();
    let began = Instant::now();
    let mut newest = dial(address).await;
    let answering = tokio::spawn(async move {
        while let Some(text) = text(&mut newest).await {
            let ask: Value = serde_json::from_str(&text).unwrap();
            say(&mut newest, json!({ "status": "ok", "retcode": 0, "data": "newest", "echo": ask["echo"] })).await;
        }
        newest.next().await.is_none()
    });
    let answer = loop {
        if let Ok(answer) = bot.call::<String>("who", ()).await {
            break answer;
        }
    };
    let took = began.elapsed();
    println!("the newest connection answered {took:?} after its dial, beside a half-open one");
    assert_eq!(answer, "newest");
    assert!(took < SLACK, "{took:?}");
    // The old one's end is forced, later; nothing changes by it.
    while bots.server().stats().connections > 1 {
        assert_eq!(bot.call::<String>("who", ()).await.unwrap(), "newest");
        sleep(Duration::from_millis(10)).await;
    }
    drop(half_open);
    sleep(Duration::from_millis(100)).await;
    assert_eq!(bot.call::<String>("who", ()).await.unwrap(), "newest");
    assert_eq!((bots.server().stats().forced, bots.server().stats().replaced_now), (1, 0));
    bots.server().drain(Plan { spread: Millis::ZERO, ..Plan::DEFAULT }).await;
    assert!(answering.await.unwrap());
    listening.await.unwrap();
    none_left(address.port()).await;
}
