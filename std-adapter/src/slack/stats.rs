//! The numbers of an app.

use crate::Stats;

/// The numbers of an app at one moment, since it was built.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SlackStats {
    /// The connections registered for the app, as Slack said in its latest hello.
    pub num_connections: Option<u32>,
    /// How many of these were not ours then: other processes', or dead ones that Slack still feeds.
    pub ghosts: u32,
    /// Our connections that Slack has accepted.
    pub live: usize,
    /// Envelopes that were put where [`SocketMode::next`](super::SocketMode::next) takes them.
    pub handed_out: u64,
    /// Envelopes that wait to be taken now.
    pub waiting: usize,
    /// Envelopes that were received and neither acknowledged nor dropped yet.
    pub in_hand: u32,
    /// Redeliveries that joined an envelope in hand.
    pub joined: u64,
    /// Redeliveries of what was acknowledged before: acknowledged again, not handed out.
    pub known: u64,
    /// Acknowledgements that were handed to a connection.
    pub acks: u64,
    /// Acknowledgements that no connection took: it was gone, or its peer does not read.
    pub acks_unsent: u64,
    /// Envelopes that the app dropped without an acknowledgement.
    pub dropped: u64,
    /// Acknowledgements that were pressing: not given after 2.5 s.
    pub pressing: u64,
    /// Acknowledgements that were late: not given after 3 s.
    pub late: u64,
    /// Envelopes in hand whose connection was lost, and which come again.
    pub lost_in_hand_again: u64,
    /// Envelopes in hand whose connection was lost, and which never come again.
    pub lost_in_hand_never: u64,
    /// Envelopes that were not handed out, because the app ends or is too far behind; Slack delivers them again.
    pub left_to_come_again: u64,
    /// Likewise, but Slack never delivers them again.
    pub lost: u64,
    /// Envelopes that could not be read: acknowledged, and told in the log.
    pub unreadable: u64,
    /// Messages that could not be read, or of a type that is not known here.
    pub unknown: u64,
    /// Calls for a URL.
    pub url_calls: u64,
    /// Attempts that were postponed: no call was left in the budget, or no place for a renewal.
    pub postponed: u64,
    /// Acknowledged ids that were forgotten before their time, because there were too many.
    pub forgotten_early: u64,
    /// Envelopes that were handed out without a record, because too many were in hand.
    pub unrecorded: u64,
    /// The links' own numbers.
    pub links: Vec<Stats>,
}
