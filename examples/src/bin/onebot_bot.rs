//! Owns an example: a OneBot v11 bot that answers whoever writes to it: `cargo run --bin onebot_bot [ws://host:6700/]`.
//!
//! With a URL (and `ONEBOT_TOKEN`, if one is needed) it dials an implementation, until Ctrl-C. Without, an account's side in this
//! process plays a conversation: people write, the service is switched off and on, and the bot is back.

use std::error::Error;
use std::time::Duration;

use relink_tokio::Millis;
use relink_tokio::onebot::{Action, Answer, Bot, Event, Events, Forward, Implementation, Meta, PostType, SelfId};
use relink_tokio::server::Plan;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// As much of a private message as this bot looks at.
#[derive(Deserialize)]
struct Written {
    user_id: i64,
    raw_message: String,
}

/// The parameters of `send_private_msg`.
#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Say {
    user_id: i64,
    message: String,
}

#[derive(Deserialize)]
struct Said {
    message_id: i64,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Some(url) = std::env::args().nth(1) else { return with_one_of_our_own().await };
    let mut builder = Bot::dial(&url)?;
    if let Ok(token) = std::env::var("ONEBOT_TOKEN") {
        builder = builder.token(token.trim())?;
    }
    let (bot, events) = builder.spawn();
    tokio::select! {
        outcome = answer(&bot, events) => outcome,
        signal = tokio::signal::ctrl_c() => {
            bot.stop().await;
            Ok(signal?)
        }
    }
}

/// The bot: who writes is answered, until the link ends.
async fn answer(bot: &Bot, mut events: Events) -> Result<(), Box<dyn Error>> {
    while let Some(event) = events.next().await {
        match event {
            Event::Up => println!("bot: up"),
            Event::Post(post) if *post.post_type() == PostType::Message => {
                let written: Written = post.deserialize()?;
                let say = Say { user_id: written.user_id, message: format!("you said {:?}", written.raw_message) };
                match bot.call::<Said>("send_private_msg", &say).await {
                    Ok(said) => println!("bot: answered with message {}", said.message_id),
                    Err(why) => println!("bot: not answered: {why}"),
                }
            }
            Event::Post(post) => println!("bot: {}", post.text()),
            Event::Meta(Meta::Lifecycle(lifecycle)) => println!("bot: the service says {:?}", lifecycle.stage),
            Event::Meta(Meta::Heartbeat(_)) => {}
            Event::Down { why, expected, .. } => println!("bot: down{}: {why}", if expected { ", as announced" } else { "" }),
            Event::Failed { why, .. } => println!("bot: {why}"),
            Event::GaveUp { why } => return Err(why.into()),
            other => println!("bot: {other:?}"),
        }
    }
    Ok(())
}

/// The account's side, here: what the bot says comes out of the channel.
fn account(said: UnboundedSender<Say>) -> Implementation {
    let builder = Implementation::builder(SelfId::new(10001)).heartbeat(Millis::from_secs(15)).enable_and_disable();
    builder.answer(move |action: Action| {
        let said = said.clone();
        async move {
            match (action.name(), action.deserialize::<Say>()) {
                ("send_private_msg", Ok(say)) => {
                    let message_id = say.user_id + 1000;
                    said.send(say).map_or(Answer::failed(1500), |()| Answer::data(json!({ "message_id": message_id })))
                }
                ("send_private_msg", Err(_)) => Answer::BAD_REQUEST,
                _ => Answer::UNKNOWN,
            }
        }
    })
}

async fn with_one_of_our_own() -> Result<(), Box<dyn Error>> {
    let (sender, mut said) = unbounded_channel();
    let account = account(sender);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    println!("account: listening at ws://{address}/");
    let (first, listening) = serve(&account, listener);
    // An account would leave its bots seconds between two dials; here nobody waits for that.
    let hurried = |mut config: relink_tokio::Config| {
        (config.backoff.delay_min, config.backoff.delay_max) = (Millis::new(200), Millis::new(1000));
        config
    };
    let (bot, events) = Bot::dial(&format!("ws://{address}/"))?.token("secret")?.config(hurried).spawn();
    let talking = tokio::spawn({
        let bot = bot.clone();
        async move { answer(&bot, events).await.map_err(|why| why.to_string()) }
    });
    write(&account, &mut said, 7, "hello").await?;
    let report = first.server().drain(Plan { spread: Millis::ZERO, ..Plan::DEFAULT }).await;
    // The port is free when the listener is dropped.
    listening.await?;
    println!("account: switched off ({} told and closed); and on again", report.graceful);
    let (second, _) = serve(&account, TcpListener::bind(address).await?);
    write(&account, &mut said, 8, "are you back?").await?;
    // Its last answer is on its way.
    while bot.pending().0 > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    bot.stop().await;
    second.server().drain(Plan { spread: Millis::ZERO, ..Plan::DEFAULT }).await;
    Ok(talking.await??)
}

fn serve(account: &Implementation, listener: TcpListener) -> (Forward, JoinHandle<()>) {
    let forward = account.accept().token("secret").serve();
    let server = forward.server().clone();
    (forward, tokio::spawn(async move { server.listen(listener).await }))
}

/// Somebody writes to the account; the bot answers.
async fn write(account: &Implementation, said: &mut UnboundedReceiver<Say>, user_id: i64, text: &str) -> Result<(), Box<dyn Error>> {
    let message = json!({
        "time": 0, "self_id": 10001, "post_type": "message", "message_type": "private", "user_id": user_id, "raw_message": text,
    });
    // Until somebody takes events.
    while account.send(&message)? == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let answer = timeout(Duration::from_secs(20), said.recv()).await?.ok_or("the account is gone")?;
    println!("account: {user_id} wrote {text:?}, and reads {:?}", answer.message);
    Ok(())
}
