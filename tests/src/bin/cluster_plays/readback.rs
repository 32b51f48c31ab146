//! Owns the reading of the queue as it is stored, past everything that relink knows of it.

use std::collections::HashMap;

use async_nats::jetstream;

use crate::nodes::Journal;
use crate::servers::Servers;
use crate::stage::{Outcome, Stage};

/// One stored message.
pub(crate) struct Message {
    pub(crate) subject: String,
    /// `None`: a marker.
    pub(crate) id: Option<String>,
    pub(crate) token: u64,
}

/// Reads the whole queue, oldest first.
pub(crate) async fn read(servers: &Servers, stream: &str) -> Outcome<Vec<Message>> {
    let stream = jetstream::new(servers.client().await?).get_stream(stream).await?;
    let state = stream.cached_info().state.clone();
    let mut messages = Vec::new();
    for sequence in state.first_sequence..=state.last_sequence {
        let message = stream.get_raw_message(sequence).await?;
        let header = |name: &str| message.headers.get(name).map(|value| value.as_str().to_owned());
        let token = header("Relink-Token").and_then(|token| token.parse().ok()).unwrap_or_default();
        messages.push(Message { subject: message.subject.to_string(), id: header("Nats-Msg-Id"), token });
    }
    Ok(messages)
}

/// What was confirmed is there, and nothing twice.
pub(crate) fn holds_what_was_confirmed(stage: &Stage, messages: &[Message], journal: &Journal) -> Outcome<()> {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for id in messages.iter().filter_map(|message| message.id.as_deref()) {
        *times.entry(id).or_default() += 1;
    }
    let confirmed = journal.all("stored");
    stage.say(&format!("stored: {} messages, confirmed: {}", messages.len(), confirmed.len()));
    stage.at_least("confirmed", confirmed.len(), 1)?;
    let missing = confirmed.iter().filter(|line| !times.contains_key(line.text("id"))).count();
    stage.at_most("confirmed events that are missing", missing, 0)?;
    stage.at_most("events that are stored twice", times.values().filter(|times| **times > 1).count(), 0)
}

/// Messages that stand behind a newer token's in their lane.
pub(crate) fn behind_a_newer_one(messages: &[Message]) -> usize {
    let mut newest: HashMap<&str, u64> = HashMap::new();
    let mut behind = 0;
    for Message { subject, token, .. } in messages {
        let newest = newest.entry(subject).or_default();
        behind += usize::from(*token < *newest);
        *newest = (*newest).max(*token);
    }
    behind
}

#[cfg(test)]
mod tests {
    use super::{Message, behind_a_newer_one};

    #[test]
    fn an_older_token_behind_a_newer_one_is_seen_lane_by_lane() {
        let stored = |tokens: &[(&str, u64)]| -> Vec<Message> {
            tokens.iter().map(|(subject, token)| Message { subject: (*subject).to_owned(), id: None, token: *token }).collect()
        };
        assert_eq!(behind_a_newer_one(&stored(&[("a", 1), ("a", 1), ("b", 2), ("a", 1), ("a", 3)])), 0);
        assert_eq!(behind_a_newer_one(&stored(&[("a", 1), ("a", 3), ("a", 1), ("b", 1), ("a", 1)])), 2);
    }
}
