//! Owns the list of scenes; each is a file of its own.

mod asked;
mod busy;
mod closing;
mod conflict;
mod dropped;
mod gone;
mod mute;
mod reason;
mod renewal;
mod restart;
mod service;
mod silent;
mod slack_a;
mod slack_b;

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::context::Context;
use super::outcome::Outcome;

/// All scenes, in the order of the table.
pub(crate) const SCENES: [Scene; 14] = [
    restart::SCENE,
    conflict::SCENE,
    asked::SCENE,
    dropped::SCENE,
    mute::SCENE,
    silent::SCENE,
    closing::SCENE,
    busy::SCENE,
    reason::SCENE,
    renewal::SCENE,
    slack_a::SCENE,
    slack_b::SCENE,
    gone::SCENE,
    service::SCENE,
];

/// One way in which servers fail, and what is done about it.
pub(crate) struct Scene {
    /// Its name, of at most 10 letters.
    pub(crate) name: &'static str,
    /// What the server does.
    pub(crate) what: &'static str,
    /// What is shorter than by default, so that it can be watched.
    pub(crate) shortened: Option<&'static str>,
    /// Plays it.
    pub(crate) play: fn(Context) -> Playing,
}

/// A scene that is being played.
pub(crate) type Playing = Pin<Box<dyn Future<Output = Played> + Send>>;
/// What came of it; the error says why it did not come to its end.
pub(crate) type Played = Result<Outcome, Failed>;
/// Why a scene did not come to its end.
pub(crate) type Failed = Box<dyn Error + Send + Sync>;

/// The longest wait for something that should happen soon.
const PATIENCE: Duration = Duration::from_secs(15);
