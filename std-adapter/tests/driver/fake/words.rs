//! Short words for what happens, and short waits for it.

use std::time::Duration;

use relink_tokio::ending::PeerClose;
use relink_tokio::{CloseCode, Ending, Event, Events};

use super::Text;

pub(crate) fn closed(code: u16) -> Ending {
    Ending::Closed(PeerClose { code: Some(CloseCode::new(code)), reason: "".into() })
}

pub(crate) fn fatal() -> Ending {
    Ending::other("not wanted", relink_tokio::Verdict::GiveUp)
}

/// What must come to an end, within a day.
pub(crate) async fn within_a_day<F: Future>(what: &str, future: F) -> F::Output {
    let day = Duration::from_secs(86_400);
    tokio::time::timeout(day, future).await.unwrap_or_else(|_| panic!("{what} takes more than a day"))
}

/// The next event, within a day.
pub(crate) async fn next(events: &mut Events<Text>) -> Event<Text> {
    within_a_day("an event", events.next()).await.expect("the link goes on")
}

/// The next event in a few words.
pub(crate) async fn said(events: &mut Events<Text>) -> String {
    word(&next(events).await)
}

/// All events until the end.
pub(crate) async fn rest(events: &mut Events<Text>) -> Vec<String> {
    let mut words = Vec::new();
    while let Some(event) = within_a_day("the end", events.next()).await {
        words.push(word(&event));
    }
    words
}

pub(crate) fn word(event: &Event<Text>) -> String {
    match event {
        Event::Up { attempt } => format!("up {}", attempt.number()),
        Event::Down { attempt, why, .. } => format!("down {} {}", attempt.number(), why.label()),
        Event::Failed { attempt, why, .. } => format!("failed {} {}", attempt.number(), why.label()),
        Event::Renewed { old, new } => format!("renewed {} {}", old.number(), new.number()),
        Event::Message { attempt, message } => format!("message {} {message}", attempt.number()),
        Event::GaveUp { why } => format!("gave up {}", why.label()),
    }
}

/// Lets everything happen that needs no time.
pub(crate) async fn settle() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

pub(crate) async fn seconds(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

pub(crate) fn tasks() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}
