//! The provider of requests: within the budget, one URL for each attempt.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tracing::error;

use super::api::{Api, NoTicket};
use super::budget::{Turn, UrlBudget};
use super::hub::Hub;
use super::places::Role;
use crate::ws::{ProvideError, Request};
use crate::{Millis, Verdict};

/// How often a renewal looks whether there is a place for it among those that Slack allows. Nobody is asked for that.
const PLACE_PAUSE: Millis = Millis::from_secs(1);

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
        let postponed = |none: NoTicket| {
            self.hub.count(|stats| stats.postponed += 1);
            failed(none)
        };
        let Some(role) = self.hub.take_place(self.link) else { return Err(postponed(NoTicket::no_place(PLACE_PAUSE))) };
        if let Err(wait) = self.spend(role == Role::Successor) {
            return Err(postponed(NoTicket::spent(Millis::from_duration(wait).max(Millis::new(1)))));
        }
        self.hub.count(|stats| stats.url_calls += 1);
        match self.api.url().await {
            Ok(url) => Ok(Request::new(&url)?),
            Err(none) => {
                if none.is_unsaid {
                    self.budget.give_back();
                }
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
