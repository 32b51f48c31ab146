//! Health over HTTP: whether a process lives, whether it can do its work, and what it has counted.
//!
//! | path | answer |
//! |---|---|
//! | `/live` | 200, or 503 if a part of the process is [dead](Condition::Dead): only a new process helps |
//! | `/ready` | 200, or 503 if a part is not [ready](Condition::Ready), or the process is about to end; the parts and their warnings, a line each |
//! | `/metrics` | all counts, in Prometheus' text format |
//!
//! ```no_run
//! # use relink_cluster::{Election, Group, Holder, InProcess};
//! use relink_cluster::health::Health;
//!
//! # async fn example(election: Election) -> std::io::Result<()> {
//! let health = Health::default();
//! health.add("election", election.clone());
//! let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await?;
//! tokio::spawn(health.clone().serve(listener));
//! // On SIGTERM: not ready any more, then drain.
//! health.drain();
//! election.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! What is counted through the [`metrics`](https://docs.rs/metrics) facade (links count there, with `relink-tokio`'s feature `metrics`) is the
//! affair of the recorder that is installed; [`Health::also`] puts what it renders behind the rest.
//!
//! It is made for the cluster's own network: it neither encrypts nor asks who is there.

mod text;

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;

use crate::{Condition, Count, Observed};

/// Asks the parts of a process how they are. Clones are the same.
#[derive(Clone, Default)]
pub struct Health(Arc<Shared>);

#[derive(Default)]
struct Shared {
    parts: RwLock<Vec<Part>>,
    also: RwLock<Vec<Render>>,
    is_draining: AtomicBool,
}

#[derive(Clone)]
struct Part {
    name: &'static str,
    observed: Arc<dyn Observed>,
}

type Render = Arc<dyn Fn() -> String + Send + Sync>;

impl Health {
    /// From now on this part is asked, too. It is kept for as long as this.
    pub fn add(&self, name: &'static str, part: impl Observed + 'static) {
        self.0.parts.write().unwrap_or_else(PoisonError::into_inner).push(Part { name, observed: Arc::new(part) });
    }

    /// What else there is to show at `/metrics`: a recorder's own text.
    pub fn also(&self, render: impl Fn() -> String + Send + Sync + 'static) {
        self.0.also.write().unwrap_or_else(PoisonError::into_inner).push(Arc::new(render));
    }

    /// The process is about to end: it is not ready any more. It lives until it has ended.
    pub fn drain(&self) {
        self.0.is_draining.store(true, Ordering::Release);
    }

    /// Whether nothing in the process is dead.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.parts().iter().all(|part| !matches!(part.observed.condition(), Condition::Dead(_)))
    }

    /// Whether every part of the process can do its work.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !self.is_draining() && self.parts().iter().all(|part| part.observed.condition() == Condition::Ready)
    }

    /// The routes, to be merged into others, or served as they are.
    pub fn router(&self) -> Router {
        Router::new().route("/live", get(live)).route("/ready", get(ready)).route("/metrics", get(metrics)).with_state(self.clone())
    }

    /// Answers whoever asks here, until the future is dropped.
    ///
    /// # Errors
    /// What the listener's are.
    pub fn serve(self, listener: TcpListener) -> impl Future<Output = io::Result<()>> + Send {
        let router = self.router();
        async move { axum::serve(listener, router).await }
    }

    fn is_draining(&self) -> bool {
        self.0.is_draining.load(Ordering::Acquire)
    }

    /// They are asked with nothing locked.
    fn parts(&self) -> Vec<Part> {
        self.0.parts.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A line for each part, and one for each warning.
    fn lines(&self) -> String {
        let mut lines = String::new();
        if self.is_draining() {
            lines.push_str("the process is about to end\n");
        }
        for Part { name, observed } in self.parts() {
            let condition = match observed.condition() {
                Condition::Ready => "ready".into(),
                Condition::Unready(why) => format!("not ready: {why}"),
                Condition::Dead(why) => format!("dead: {why}"),
            };
            lines.push_str(&format!("{name}: {condition}\n"));
            for warning in observed.warnings() {
                lines.push_str(&format!("{name}: warning: {warning}\n"));
            }
        }
        lines
    }

    fn metrics(&self) -> String {
        let mut counts = Vec::new();
        for Part { name, observed } in self.parts() {
            let is_ready = f64::from(u8::from(observed.condition() == Condition::Ready));
            counts.push(Count::gauge("relink_ready", "Whether this part of the process can do its work", is_ready).with("part", name));
            let warnings = observed.warnings().len();
            let warnings = u32::try_from(warnings).unwrap_or(u32::MAX).into();
            counts.push(Count::gauge("relink_warnings", "What somebody should look at in this part", warnings).with("part", name));
            counts.extend(observed.counts());
        }
        let mut text = text::render(&counts);
        let also = self.0.also.read().unwrap_or_else(PoisonError::into_inner).clone();
        for render in also {
            text.push_str(&render());
        }
        text
    }
}

async fn live(State(health): State<Health>) -> impl IntoResponse {
    (status(health.is_live()), health.lines())
}

async fn ready(State(health): State<Health>) -> impl IntoResponse {
    (status(health.is_ready()), health.lines())
}

async fn metrics(State(health): State<Health>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, text::CONTENT_TYPE)], health.metrics())
}

const fn status(is_well: bool) -> StatusCode {
    if is_well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.parts().iter().map(|part| part.name).collect();
        f.debug_struct("Health").field("parts", &names).field("is_draining", &self.is_draining()).finish()
    }
}
