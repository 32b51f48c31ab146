//! Owns what a scene is given: a place to say what happens, and links that are followed.

use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};

use relink_tokio::flight::Recorder;
use relink_tokio::ws::{Protocol, Request, Ws};
use relink_tokio::{Builder, Config};

use super::follow::Followed;
use super::paint::{Page, Tone, Who};
use super::records::Records;
use super::scenes::{Failed, Scene};

/// What a scene is given.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    page: Page,
    name: &'static str,
    index: usize,
    dice: Arc<Mutex<fastrand::Rng>>,
    records: Records,
}

impl Context {
    /// For the scene of this index, with chance from this seed.
    pub(crate) fn new(page: Page, records: Records, scene: &Scene, index: usize, seed: u64) -> Self {
        // Its own dice for each scene, so that playing one of them alone rolls the same.
        let own = scene.name.bytes().fold(seed, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)));
        Self { page, name: scene.name, index, dice: Arc::new(Mutex::new(fastrand::Rng::with_seed(own))), records }
    }

    /// What the server does.
    pub(crate) fn server(&self, text: impl Display) {
        self.say(Who::Server, Tone::Plain, &text.to_string());
    }

    /// What the others do.
    pub(crate) fn others(&self, text: impl Display) {
        self.say(Who::Others, Tone::Aside, &text.to_string());
    }

    /// What relink does.
    pub(crate) fn relink(&self, tone: Tone, text: impl Display) {
        self.say(Who::Relink, tone, &text.to_string());
    }

    /// A number by chance.
    pub(crate) fn roll(&self) -> u64 {
        self.dice.lock().unwrap_or_else(PoisonError::into_inner).u64(..)
    }

    /// A recorder for one more link.
    pub(crate) fn recorder(&self) -> Result<Recorder, Failed> {
        Ok(self.records.recorder(self.name)?)
    }

    fn say(&self, who: Who, tone: Tone, text: &str) {
        self.page.line((self.index, self.name), who, tone, text);
    }

    /// A link to this URL that says what happens to it.
    pub(crate) fn link(&self, url: &str, config: Config) -> Result<Followed, Failed> {
        self.follow(Builder::new(Ws::to(Request::new(url)?)).config(config))
    }

    /// A link that says what happens to it.
    pub(crate) fn follow<P: Protocol>(&self, builder: Builder<Ws<P>>) -> Result<Followed, Failed> {
        Ok(Followed::start(self.prepared(builder)?, Some(self.clone())))
    }

    /// A link that keeps to itself what happens to it.
    pub(crate) fn follow_silently<P: Protocol>(&self, builder: Builder<Ws<P>>) -> Result<Followed, Failed> {
        Ok(Followed::start(self.prepared(builder)?, None))
    }

    fn prepared<P: Protocol>(&self, builder: Builder<Ws<P>>) -> Result<Builder<Ws<P>>, Failed> {
        Ok(builder.seed(self.roll()).name(self.name).observer(self.recorder()?))
    }
}
