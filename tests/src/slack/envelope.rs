//! Owns what is written down of envelopes: their deliveries, their acknowledgements, and what became of them.

use std::time::Duration;

use tokio::time::Instant;

use super::reason::Kind;

/// An envelope and all that happened to it.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// Its id.
    pub id: String,
    /// What it holds.
    pub kind: Kind,
    /// Its payload, as it stands in the message.
    pub payload: String,
    /// When it was posted.
    pub posted: Instant,
    /// Each time it was sent, and each time it was to be and there was no connection.
    pub deliveries: Vec<Delivery>,
    /// Each acknowledgement, good or not.
    pub acks: Vec<Ack>,
    /// What became of it.
    pub fate: Fate,
}

/// One time that an envelope was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// When.
    pub at: Instant,
    /// On which connection; `None`: there was none.
    pub connection: Option<usize>,
    /// What `retry_attempt` said; 0 for the first time, and for one that was sent again by hand.
    pub attempt: u32,
}

/// One acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack {
    /// When it came.
    pub at: Instant,
    /// On which connection.
    pub connection: usize,
    /// The payload with it, byte for byte.
    pub payload: Option<String>,
    /// What it is worth.
    pub worth: Worth,
}

/// What an acknowledgement is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    /// It came in time, on a connection that delivered the envelope.
    Good,
    /// It came on a connection that delivered the envelope, too late for its last delivery there.
    Late,
    /// It came on a connection that did not deliver the envelope.
    Stray,
}

/// What became of an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It waits for an acknowledgement, or to be sent again.
    Waiting,
    /// A good acknowledgement came.
    Acknowledged,
    /// None came in time, and it is not sent again.
    Lost,
}

impl Envelope {
    pub(crate) const fn new(id: String, kind: Kind, payload: String, posted: Instant) -> Self {
        Self { id, kind, payload, posted, deliveries: Vec::new(), acks: Vec::new(), fate: Fate::Waiting }
    }

    /// How often it was sent on a connection.
    #[must_use]
    pub fn sent(&self) -> usize {
        self.deliveries.iter().filter(|delivery| delivery.connection.is_some()).count()
    }

    /// The acknowledgements that are worth this.
    #[must_use]
    pub fn acks_worth(&self, worth: Worth) -> usize {
        self.acks.iter().filter(|ack| ack.worth == worth).count()
    }

    /// Writes down an acknowledgement, and says what it is worth.
    pub(crate) fn acknowledge(&mut self, connection: usize, payload: Option<String>, now: Instant, timeout: Duration) -> Worth {
        let last = self.deliveries.iter().rev().find(|delivery| delivery.connection == Some(connection));
        let worth = match last {
            Some(delivery) if now.saturating_duration_since(delivery.at) <= timeout => Worth::Good,
            Some(_) => Worth::Late,
            None => Worth::Stray,
        };
        self.acks.push(Ack { at: now, connection, payload, worth });
        if worth == Worth::Good && self.fate == Fate::Waiting {
            self.fate = Fate::Acknowledged;
        }
        worth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acknowledgement_is_judged_by_the_last_delivery_on_its_connection() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut envelope = Envelope::new("e".to_owned(), Kind::EventsApi, "{}".to_owned(), start);
        envelope.deliveries.push(Delivery { at: at(0), connection: Some(1), attempt: 0 });
        envelope.deliveries.push(Delivery { at: at(3), connection: Some(2), attempt: 1 });
        let mut ack = |connection, seconds| envelope.acknowledge(connection, None, at(seconds), Duration::from_secs(3));
        assert_eq!([ack(3, 1), ack(1, 4)], [Worth::Stray, Worth::Late]);
        assert_eq!([ack(2, 6), ack(2, 7)], [Worth::Good, Worth::Late]);
        assert_eq!(envelope.fate, Fate::Acknowledged);
    }
}
