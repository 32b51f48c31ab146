//! Owns how Slack over HTTP is set up.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::routing::post;
use relink_profiles::slack::Kind;
use tokio::sync::Semaphore;

use super::service::{Desk, SlackHttp, receive};
use super::signature::Verifier;
use crate::Engine;
use crate::receiver::options::Questions;
use crate::receiver::shape::{KeyOf, default_key};

const PATH: &str = "/slack/events";
const BODY_BYTES_MAX: usize = 1 << 20;
const IN_HAND_MAX: usize = 1024;

/// Slack over HTTP, to be.
#[must_use = "it takes nothing until its router is served"]
pub struct Builder<E> {
    engine: E,
    verifier: Verifier,
    path: String,
    body_bytes_max: usize,
    in_hand_max: usize,
    questions: Questions,
    key: Arc<KeyOf>,
    now: Now,
}

/// The seconds since 1970.
pub(super) type Now = Box<dyn Fn() -> u64 + Send + Sync>;

impl<E: Engine> Builder<E> {
    pub(super) fn new(engine: E, signing_secret: &str) -> Self {
        Self {
            engine,
            verifier: Verifier::new(signing_secret),
            path: PATH.into(),
            body_bytes_max: BODY_BYTES_MAX,
            in_hand_max: IN_HAND_MAX,
            questions: Questions::Store,
            key: Arc::new(default_key),
            now: Box::new(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())),
        }
    }

    /// The one path for everything, `/slack/events` by default: events, interactions and commands are told apart by what they are.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// The largest body; 1 MiB by default.
    pub fn body_bytes_max(mut self, bytes: usize) -> Self {
        self.body_bytes_max = bytes;
        self
    }

    /// How many requests may be in hand (1024 by default, at least 1); more are answered with 503 at once.
    pub fn in_hand_max(mut self, requests: usize) -> Self {
        self.in_hand_max = requests.clamp(1, Semaphore::MAX_PERMITS);
        self
    }

    /// What to do with interactions and commands.
    pub fn questions(mut self, questions: Questions) -> Self {
        self.questions = questions;
        self
    }

    /// What is kept in order: as `SlackSource::key`, so that it is the same in both modes.
    pub fn key(mut self, key: impl Fn(Kind, &str) -> Option<String> + Send + Sync + 'static) -> Self {
        self.key = Arc::new(key);
        self
    }

    /// Another clock than the system's, for tests: the seconds since 1970.
    pub fn now(mut self, now: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.now = Box::new(now);
        self
    }

    /// The handle, and the router to be served, or merged into another one.
    pub fn build(self) -> (SlackHttp, Router) {
        let slack = SlackHttp::default();
        let desk = Desk {
            engine: self.engine,
            verifier: self.verifier,
            body_bytes_max: self.body_bytes_max,
            room: Semaphore::new(self.in_hand_max),
            questions: self.questions,
            key: self.key,
            now: self.now,
            slack: slack.clone(),
        };
        (slack, Router::new().route(&self.path, post(receive::<E>)).with_state(Arc::new(desk)))
    }
}

impl<E> fmt::Debug for Builder<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("path", &self.path).finish_non_exhaustive()
    }
}
