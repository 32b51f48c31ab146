//! Owns one request's way: checked, read, stored or asked, answered.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body as HttpBody, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use relink_profiles::slack::Kind;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::answer::status;
use super::builder::{Builder, Now};
use super::request::{Wish, read};
use super::signature::{Unsigned, Verifier};
use super::stats::HttpStats;
use crate::receiver::judge::Outcome;
use crate::receiver::options::{ANSWER_WITHIN, Questions};
use crate::receiver::shape::{Body, KeyOf, envelope, nature};
use crate::receiver::source::Nature;
use crate::receiver::work::{self, Settled};
use crate::{Condition, Count, Engine, Observed, Stored};

/// For so long after something could not be stored it is not ready: requests that go to another replica may fare better.
const UNREADY_FOR: Duration = Duration::from_secs(10);

/// The handle on Slack over HTTP: how it does. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct SlackHttp(Arc<Mutex<Told>>);

#[derive(Debug, Default)]
struct Told {
    stats: HttpStats,
    failed_at: Option<Instant>,
}

/// What every request needs.
pub(super) struct Desk<E> {
    pub(super) engine: E,
    pub(super) verifier: Verifier,
    pub(super) body_bytes_max: usize,
    pub(super) room: Semaphore,
    pub(super) questions: Questions,
    pub(super) key: Arc<KeyOf>,
    pub(super) now: Now,
    pub(super) slack: SlackHttp,
}

impl SlackHttp {
    /// Slack over HTTP, to be, for an app with this signing secret.
    pub fn builder<E: Engine>(engine: E, signing_secret: &str) -> Builder<E> {
        Builder::new(engine, signing_secret)
    }

    /// Its numbers.
    #[must_use]
    pub fn stats(&self) -> HttpStats {
        self.lock().stats.clone()
    }

    fn count(&self, count: impl FnOnce(&mut HttpStats)) {
        count(&mut self.lock().stats);
    }

    fn lock(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ready unless something could not be stored a moment ago.
impl Observed for SlackHttp {
    fn condition(&self) -> Condition {
        match self.lock().failed_at {
            Some(at) if at.elapsed() < UNREADY_FOR => Condition::Unready("something could not be stored just now".into()),
            Some(_) | None => Condition::Ready,
        }
    }

    fn counts(&self) -> Vec<Count> {
        self.stats().counts()
    }
}

/// One request.
pub(super) async fn receive<E: Engine>(State(desk): State<Arc<Desk<E>>>, request: Request) -> Response {
    let until = Instant::now() + ANSWER_WITHIN;
    desk.slack.count(|stats| stats.requests += 1);
    let Ok(_room) = desk.room.try_acquire() else {
        desk.slack.count(|stats| stats.beyond += 1);
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let (head, body) = request.into_parts();
    match desk.body(body, until).await {
        Ok(body) => desk.answer(&head.headers, &body, until).await,
        Err(status) => {
            desk.slack.count(|stats| stats.bad += 1);
            status.into_response()
        }
    }
}

impl<E: Engine> Desk<E> {
    async fn body(&self, body: HttpBody, until: Instant) -> Result<Bytes, StatusCode> {
        match timeout_at(until, to_bytes(body, self.body_bytes_max)).await {
            Ok(Ok(body)) => Ok(body),
            // Too large, or broken off: then nobody reads the answer.
            Ok(Err(_)) => Err(StatusCode::PAYLOAD_TOO_LARGE),
            Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
        }
    }

    async fn answer(&self, headers: &HeaderMap, body: &[u8], until: Instant) -> Response {
        let signature = text(headers, "x-slack-signature");
        if let Err(unsigned) = self.verifier.verify((self.now)(), text(headers, "x-slack-request-timestamp"), signature, body) {
            tracing::warn!(?unsigned, "a request that is not taken for Slack's");
            self.slack.count(|stats| match unsigned {
                Unsigned::Signature => stats.unsigned += 1,
                Unsigned::Stale => stats.stale += 1,
            });
            return StatusCode::UNAUTHORIZED.into_response();
        }
        let number = text(headers, "x-slack-retry-num");
        if !number.is_empty() {
            self.slack.count(|stats| stats.retried_by_slack += 1);
            tracing::info!(number, reason = text(headers, "x-slack-retry-reason"), "Slack tries again");
        }
        match read(text(headers, header::CONTENT_TYPE.as_str()), body) {
            Ok(Wish::Deliver(kind, payload)) => self.deliver(kind, &payload, signature, until).await,
            Ok(Wish::Challenge(challenge)) => {
                self.slack.count(|stats| stats.challenges += 1);
                challenge.into_response()
            }
            Ok(Wish::Check) => {
                self.slack.count(|stats| stats.challenges += 1);
                StatusCode::OK.into_response()
            }
            Err(_) => {
                self.slack.count(|stats| stats.bad += 1);
                StatusCode::BAD_REQUEST.into_response()
            }
        }
    }

    /// What has no id of its own is named by its signature: of a request that somebody repeats, it is the same.
    async fn deliver(&self, kind: Kind, payload: &str, signature: &str, until: Instant) -> Response {
        let nature = nature(kind);
        let body = Body { kind, payload, accepts_response_payload: nature == Nature::Question };
        let envelope = envelope(body, signature, &*self.key);
        let settled = if nature == Nature::Question && self.questions == Questions::Ask {
            work::ask(self.engine.clone(), envelope, until).await
        } else {
            work::store_unfenced(&self.engine, &envelope, until).await
        };
        self.note(nature, &settled);
        let status = status(settled.outcome);
        match settled.answer.filter(|answer| !answer.is_empty()) {
            Some(answer) => (status, [(header::CONTENT_TYPE, "application/json")], answer).into_response(),
            None => status.into_response(),
        }
    }

    fn note(&self, nature: Nature, settled: &Settled) {
        let mut told = self.slack.lock();
        let Told { stats, failed_at } = &mut *told;
        match (settled.outcome, settled.stored) {
            (Outcome::Stored, Some(Stored::Duplicate)) => stats.duplicates += 1,
            (Outcome::Stored, Some(Stored::New(_)) | None) => stats.stored += 1,
            (Outcome::Answered, _) => stats.answered += 1,
            (Outcome::Unanswered, _) => stats.unanswered += 1,
            (Outcome::Refused, _) => stats.refused += 1,
            (Outcome::Unconfirmed | Outcome::Fenced, _) => {
                stats.unconfirmed += 1;
                *failed_at = Some(Instant::now());
            }
        }
        if nature == Nature::Question && !status(settled.outcome).is_success() {
            stats.unanswered_questions += 1;
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
