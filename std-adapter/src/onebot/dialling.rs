//! What both sides are told of the link they dial with: where to, with which token, and how it behaves.

use relink_core::{Config, Millis};

use super::{WS_LIMITS, access};
use crate::ending::RequestFault;
use crate::settings::LinkSettings;
use crate::ws::{Protocol, Request, Ws};
use crate::{Builder, OutboxLimits};

/// A link that is to be dialled.
pub(super) struct Dialling {
    request: Request,
    change: Box<dyn FnOnce(Ws) -> Ws + Send>,
    pub(super) settings: LinkSettings,
}

impl Dialling {
    pub(super) fn new(request: Request, config: Config, outbox: OutboxLimits) -> Self {
        Self { request, change: Box::new(|ws| ws.limits(WS_LIMITS)), settings: LinkSettings::new(config, outbox) }
    }

    pub(super) fn token(mut self, token: &str) -> Result<Self, RequestFault> {
        self.request = access::in_header(self.request, token)?;
        Ok(self)
    }

    pub(super) fn token_in_query(mut self, token: &str) -> Result<Self, RequestFault> {
        self.request = access::in_query(&self.request, token)?;
        Ok(self)
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Result<Self, RequestFault> {
        self.request = self.request.header(name, value)?;
        Ok(self)
    }

    pub(super) fn transport(&mut self, change: impl FnOnce(Ws) -> Ws + Send + 'static) {
        let before = std::mem::replace(&mut self.change, Box::new(|ws| ws));
        self.change = Box::new(move |ws| change(before(ws)));
    }

    /// Connections never overlap: of two of one identity the newest serves.
    pub(super) fn config(&mut self, change: impl FnOnce(Config) -> Config) {
        self.settings.config = Config { overlap_max: Millis::ZERO, ..change(self.settings.config) };
    }

    pub(super) fn link<P: Protocol>(self, protocol: P) -> Builder<Ws<P>> {
        self.settings.link((self.change)(Ws::to(self.request)).protocol(protocol), "onebot")
    }
}
