//! Owns an example: a Slack bot that receives over Socket Mode: `cargo run --bin slack_bot`.
//!
//! With `SLACK_APP_TOKEN` set to an app-level token (`xapp-…`) it listens to Slack until Ctrl-C. Without, a fake Slack in this
//! process plays a conversation: messages, a command that wants an answer, a renewal in the middle, and the end.

use std::error::Error;
use std::time::Duration;

use relink_tests::slack::{FakeSlack, Kind as Post, Reason, Settings};
use relink_tokio::slack::{Envelope, Kind, SocketMode};
use serde::Deserialize;
use tokio::time::{sleep, timeout};

/// As much of an `events_api` payload as this bot looks at.
#[derive(Deserialize)]
struct Callback {
    event: Event,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event {
    Message {
        text: String,
    },
    #[serde(other)]
    Other,
}

/// As much of a slash command.
#[derive(Deserialize)]
struct Command {
    command: String,
    text: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Ok(token) = std::env::var("SLACK_APP_TOKEN") else { return with_a_fake_one().await };
    let slack = SocketMode::builder(token.trim()).connect()?;
    tokio::select! {
        outcome = answer(&slack) => outcome?,
        signal = tokio::signal::ctrl_c() => signal?,
    }
    slack.drain(Duration::from_secs(3)).await;
    match slack.ended() {
        Some(why) => Err(why.to_string().into()),
        None => Ok(()),
    }
}

/// The bot: what comes in is answered until the app ends.
async fn answer(slack: &SocketMode) -> Result<(), Box<dyn Error>> {
    while let Some(envelope) = slack.next().await {
        match envelope.kind() {
            Kind::EventsApi => event(&envelope)?,
            Kind::SlashCommands => command(&envelope)?,
            Kind::Interactive => envelope.ack()?,
        }
    }
    Ok(())
}

fn event(envelope: &Envelope) -> Result<(), Box<dyn Error>> {
    // First: whatever becomes of it here, Slack need not send it again.
    envelope.ack()?;
    match serde_json::from_str::<Callback>(envelope.payload())?.event {
        Event::Message { text } => println!("message: {text}"),
        Event::Other => println!("an event: {}", envelope.payload()),
    }
    Ok(())
}

fn command(envelope: &Envelope) -> Result<(), Box<dyn Error>> {
    let Command { command, text } = serde_json::from_str(envelope.payload())?;
    println!("command: {command} {text}");
    let answer = serde_json::json!({ "text": format!("you said {text:?}") });
    Ok(envelope.ack_with(&answer.to_string())?)
}

/// The same bot in front of a fake Slack.
async fn with_a_fake_one() -> Result<(), Box<dyn Error>> {
    const PATIENCE: Duration = Duration::from_secs(10);
    println!("SLACK_APP_TOKEN is not set: this is a fake Slack");
    let fake = FakeSlack::start(Settings::default()).await?;
    let slack = SocketMode::builder("xapp-fake").endpoint(fake.api_url() + "apps.connections.open").connect()?;
    let bot = tokio::spawn({
        let slack = slack.clone();
        async move { answer(&slack).await.map_err(|error| error.to_string()) }
    });
    let first = fake.until_some(PATIENCE, |book| book.ready().first().copied()).await?;
    fake.send(Post::EventsApi, r#"{"event":{"type":"message","text":"good morning \ud83d\ude00"}}"#);
    fake.send(Post::SlashCommands, r#"{"command":"/remind","text":"me to renew"}"#);
    fake.tell(first, Reason::Warning);
    fake.until(PATIENCE, |book| book.ready().len() == 2).await?;
    println!("-- another connection has taken over; the old one is still read");
    fake.send_on(first, Post::EventsApi, r#"{"event":{"type":"message","text":"late, on the old connection"}}"#);
    fake.until(PATIENCE, |book| book.counts.acknowledged == 3).await?;
    sleep(Duration::from_millis(50)).await;
    timeout(PATIENCE, slack.drain(Duration::from_secs(3))).await?;
    bot.await??;
    let book = fake.stop().await;
    println!("-- {} envelopes, {} acknowledged, {} lost", book.counts.posted, book.counts.acknowledged, book.counts.lost);
    if book.counts.acknowledged == 3 { Ok(()) } else { Err("not every envelope was acknowledged".into()) }
}
