//! What a protocol's own builder is told of the links it will make, kept until it makes them.

use relink_core::Config;

use crate::{Builder, Clock, OutboxLimits, Transport};

/// How links are to be.
#[derive(Clone, Copy)]
pub(crate) struct LinkSettings {
    pub(crate) config: Config,
    pub(crate) outbox: OutboxLimits,
    pub(crate) clock: Clock,
    pub(crate) seed: Option<u64>,
}

impl LinkSettings {
    pub(crate) fn new(config: Config, outbox: OutboxLimits) -> Self {
        Self { config, outbox, clock: Clock::boot(), seed: None }
    }

    /// A link like that in the making.
    pub(crate) fn link<T: Transport>(self, transport: T, name: impl Into<Box<str>>) -> Builder<T> {
        let Self { config, outbox, clock, seed } = self;
        let builder = Builder::new(transport).config(config).outbox(outbox).clock(clock).name(name);
        match seed {
            Some(seed) => builder.seed(seed),
            None => builder,
        }
    }
}
