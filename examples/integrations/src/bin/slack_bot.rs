//! Owns an example: a Slack bot that receives over Socket Mode: `cargo run --bin slack_bot`.
//!
//! The connection is relink's, the payloads are read with slack-morphism's types. With `SLACK_APP_TOKEN` set to an app-level token
//! (`xapp-…`) it listens to Slack until Ctrl-C. Without, a fake Slack in this process plays a conversation: messages, a command that
//! wants an answer, a button, a renewal in the middle, and the end.

use std::error::Error;
use std::time::Duration;

use relink_tests::slack::{FakeSlack, Kind as Post, Reason, Settings, payload};
use relink_tokio::slack::{Envelope, Kind, SocketMode};
use slack_morphism::events::{
    SlackCommandEvent, SlackCommandEventResponse, SlackEventCallbackBody, SlackInteractionEvent, SlackPushEventCallback,
};
use slack_morphism::{SlackMessageContent, SlackMessageResponseType, SlackUserId};
use tokio::time::timeout;

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
            Kind::Interactive => interaction(&envelope)?,
        }
    }
    Ok(())
}

fn event(envelope: &Envelope) -> Result<(), Box<dyn Error>> {
    // First: whatever becomes of it here, Slack need not send it again.
    envelope.ack()?;
    match serde_json::from_str::<SlackPushEventCallback>(envelope.payload())?.event {
        SlackEventCallbackBody::Message(message) => {
            let text = message.content.and_then(|content| content.text).unwrap_or_default();
            println!("message of {}: {text}", name(message.sender.user.as_ref()));
        }
        other => println!("an event: {other:?}"),
    }
    Ok(())
}

fn command(envelope: &Envelope) -> Result<(), Box<dyn Error>> {
    let SlackCommandEvent { command, text, user_id, .. } = serde_json::from_str(envelope.payload())?;
    let text = text.unwrap_or_default();
    println!("command of {user_id}: {command} {text}");
    let said = SlackMessageContent::new().with_text(format!("{command}: you said {text:?}"));
    let answer = SlackCommandEventResponse::new(said).with_response_type(SlackMessageResponseType::Ephemeral);
    Ok(envelope.ack_with(&serde_json::to_string(&answer)?)?)
}

fn interaction(envelope: &Envelope) -> Result<(), Box<dyn Error>> {
    envelope.ack()?;
    match serde_json::from_str(envelope.payload())? {
        SlackInteractionEvent::BlockActions(pressed) => {
            let user = pressed.user.map(|user| user.id);
            for action in pressed.actions.unwrap_or_default() {
                println!("{} of {}: {}", action.action_id, name(user.as_ref()), action.value.unwrap_or_default());
            }
        }
        other => println!("an interaction: {other:?}"),
    }
    Ok(())
}

fn name(user: Option<&SlackUserId>) -> &str {
    user.map_or("nobody", |user| &user.0)
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
    fake.send(Post::EventsApi, payload(Post::EventsApi, 1, "good morning \u{1f600}"));
    let command = fake.send(Post::SlashCommands, payload(Post::SlashCommands, 2, "me to renew"));
    fake.tell(first, Reason::Warning);
    fake.until(PATIENCE, |book| book.ready().len() == 2).await?;
    println!("-- another connection has taken over; the old one is still read");
    fake.send_on(first, Post::EventsApi, payload(Post::EventsApi, 3, "late, on the old connection"));
    fake.send(Post::Interactive, payload(Post::Interactive, 4, "the red one"));
    fake.until(PATIENCE, |book| book.counts.acknowledged == 4).await?;
    timeout(PATIENCE, slack.drain(Duration::from_secs(3))).await?;
    bot.await??;
    let book = fake.stop().await;
    let answer = book.envelopes.get(&command).and_then(|envelope| envelope.acks.first()?.payload.clone());
    println!("-- Slack was answered: {}", answer.unwrap_or_default());
    println!("-- {} envelopes, {} acknowledged, {} lost", book.counts.posted, book.counts.acknowledged, book.counts.lost);
    if book.counts.acknowledged == 4 { Ok(()) } else { Err("not every envelope was acknowledged".into()) }
}
