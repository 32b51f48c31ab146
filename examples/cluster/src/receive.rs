//! Owns the receiver's role: this node takes part in the election of each place, and receives from Slack where it is elected.

use std::error::Error;

use relink_cluster::election::Elections;
use relink_cluster::receiver::{Notice, Options, Receiver, SlackSource};
use relink_cluster::{Election, Engine, Holder, Stored};
use serde_json::json;

use crate::args::Args;
use crate::journal::Journal;

/// Starts to compete for the group's places.
///
/// # Errors
/// What is wrong with the command line.
pub(crate) fn start<E: Engine>(
    engine: &E,
    holder: Holder,
    args: &Args,
    journal: &Journal,
) -> Result<(Elections, Vec<Receiver>), Box<dyn Error + Send + Sync>> {
    let token = args.slack_token.clone().unwrap_or_default();
    let election = Election::builder(engine.clone(), args.group.clone(), holder).terms(args.times.terms());
    let elections = election.receivers(args.receivers.into(), 1)?.spawn();
    let receivers = elections.each().iter().map(|election| {
        let mut source = SlackSource::new(token.trim()).receivers(args.receivers.into());
        if let Some(endpoint) = args.slack_endpoint.clone() {
            source = source.configure(move |builder| builder.endpoint(endpoint.clone()));
        }
        let (journal, group) = (journal.clone(), election.group().to_string());
        Receiver::builder(engine.clone(), election.clone(), source)
            .options(Options { questions: args.work.questions.into(), ..Options::default() })
            .observer(move |notice| tell(&journal, &group, notice))
            .spawn()
    });
    let receivers = receivers.collect();
    Ok((elections, receivers))
}

fn tell(journal: &Journal, group: &str, notice: Notice<'_>) {
    match notice {
        Notice::TookOver { token } => journal.say("took-over", json!({"group": group, "token": token.get()})),
        Notice::Up => journal.say("up", json!({"group": group})),
        Notice::Down => journal.say("down", json!({"group": group})),
        Notice::Stored { id, key, stored } => {
            journal.say("stored", json!({"id": id, "key": key, "new": matches!(stored, Stored::New(_))}));
        }
        Notice::Answered { id } => journal.say("answered", json!({"id": id})),
        Notice::Acknowledged { id } => journal.say("acknowledged", json!({"id": id})),
        Notice::Left { id, why, is_lost } => journal.say("left", json!({"id": id, "why": why.as_str(), "lost": is_lost})),
        Notice::StepsDown => journal.say("steps-down", json!({"group": group})),
        Notice::Over => journal.say("over", json!({"group": group})),
        other => journal.say("notice", json!({"text": format!("{other:?}")})),
    }
}
