//! Owns `--check`: what a command line comes to, for those who write manifests and for the test that reads them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::args::{Args, Place, Role};

/// For the closing handshake and for giving the lease back, once nothing is in hand any more.
const FAREWELL: Duration = Duration::from_secs(3);
/// Slack waits no longer for the answer to a request.
const ANSWER: Duration = Duration::from_secs(3);

impl Args {
    /// The longest time from SIGTERM to the end of the process. What is not done by then is dropped; the queue has it.
    pub(crate) fn ends_within(&self) -> Duration {
        let receiver = self.times.terms().drain.as_duration();
        let in_hand = match self.role {
            Role::Receiver => receiver,
            Role::Worker => self.times.finish,
            Role::Both => receiver.max(self.times.finish),
            Role::Http => ANSWER,
        };
        in_hand + FAREWELL
    }

    /// What somebody who runs this has to know.
    pub(crate) fn summary(&self) -> Value {
        let terms = self.times.terms();
        let lease = self.role.receives().then(|| {
            json!({
                "group": self.group.as_str(), "places": self.receivers, "lease_ms": terms.lease.get(), "renew_ms": terms.renew_every.get(),
                "margin_ms": terms.margin.get(), "drain_ms": terms.drain.get(),
            })
        });
        json!({
            "role": self.role.as_str(),
            "engine": match &self.engine { Place::InProcess => "in-process", Place::Nats(servers) => servers },
            "name": self.name.as_str(),
            "stored_on": self.stored_on,
            "receivers": lease,
            "health": self.health.to_string(),
            "http": (self.role == Role::Http).then(|| self.http.to_string()),
            "concurrency": self.role.works().then_some(self.work.concurrency),
            "ack_wait_ms": self.role.works().then(|| in_millis(self.times.ack_wait)),
            "ends_within_ms": in_millis(self.ends_within()),
        })
    }
}

fn in_millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
