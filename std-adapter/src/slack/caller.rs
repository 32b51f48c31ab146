//! Owns the provider of requests: within the budget, one URL for each attempt.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use relink_profiles::slack::limits::CONNECTIONS_MAX;
use tokio::time::Instant;
use tracing::error;

use super::api::{Api, NoTicket};
use super::budget::{Turn, UrlBudget};
use super::hub::Hub;
use crate::ws::{ProvideError, Request};
use crate::{Millis, Verdict};

/// So long a renewal waits for a place among those that Slack allows.
const PLACE_PAUSE: Millis = Millis::from_secs(5);

/// Asks for the URLs of one link.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) api: Arc<Api>,
    pub(super) budget: UrlBudget,
    pub(super) hub: Arc<Hub>,
    pub(super) link: usize,
    pub(super) turn: Arc<Mutex<Turn>>,
}

impl Caller {
    /// The request of one attempt.
    pub(super) async fn request(self) -> Result<Request, ProvideError> {
        let postponed = |wait: Millis| {
            self.hub.count(|stats| stats.postponed += 1);
            failed(NoTicket::spent(wait))
        };
        let is_renewal = self.hub.is_live(self.link);
        if is_renewal && self.hub.live() >= CONNECTIONS_MAX as usize {
            return Err(postponed(PLACE_PAUSE));
        }
        if let Err(wait) = self.spend(is_renewal) {
            return Err(postponed(Millis::from_duration(wait).max(Millis::new(1))));
        }
        self.hub.count(|stats| stats.url_calls += 1);
        match self.api.url().await {
            Ok(url) => Ok(Request::new(&url)?),
            Err(none) => {
                if let Verdict::RetryAfter(wait) | Verdict::Postpone(wait) = none.verdict {
                    self.budget.hold(Instant::now(), Duration::from_millis(wait.get().into()));
                }
                if none.is_final() {
                    error!(link = self.link, "{none}");
                }
                Err(failed(none))
            }
        }
    }

    fn spend(&self, is_renewal: bool) -> Result<(), Duration> {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.budget.spend(Instant::now(), is_renewal, &mut turn)
    }
}

fn failed(none: NoTicket) -> ProvideError {
    let verdict = none.verdict;
    ProvideError::new(none, verdict)
}
