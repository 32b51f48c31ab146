//! What both sides are told of the server they let the other dial: who comes in, and how it behaves.

use relink_core::Config;

use super::access::Door;
use super::{OUTBOX, WS_LIMITS};
use crate::server::{self, Server};

/// A server that is to be dialled.
pub(super) struct Hosting {
    pub(super) door: Door,
    change: Box<dyn FnOnce(server::Builder) -> server::Builder>,
}

impl Hosting {
    pub(super) fn new(config: Config) -> Self {
        let change = move |builder: server::Builder| builder.config(config).outbox(OUTBOX).bounds(WS_LIMITS);
        Self { door: Door::default(), change: Box::new(change) }
    }

    pub(super) fn change(&mut self, change: impl FnOnce(server::Builder) -> server::Builder + 'static) {
        let before = std::mem::replace(&mut self.change, Box::new(|builder| builder));
        self.change = Box::new(move |builder| change(before(builder)));
    }

    /// The server in the making.
    pub(super) fn builder(self) -> server::Builder {
        (self.change)(Server::builder())
    }
}
