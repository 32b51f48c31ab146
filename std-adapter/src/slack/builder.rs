//! The making of an app's links.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex};

use relink_core::{Config, Millis};
use relink_profiles::Profile;
use relink_profiles::slack::{Slack, limits, url};

use super::api::Api;
use super::budget::{Turn, UrlBudget};
use super::caller::Caller;
use super::driver::SocketModeDriver;
use super::hub::Hub;
use super::protocol::SlackProtocol;
use super::registry;
use super::{SocketMode, UrlFault};
use crate::observe::Observer;
use crate::redaction::ForeignUrl;
use crate::settings::LinkSettings;
use crate::ws::{Message, Ws, rustls};
use crate::{Clock, OutboxLimits};

/// Envelopes that may wait to be taken, if nothing else is asked for.
const WAITING_MAX: usize = 10_000;
/// Each link dials so much later than the one before, at most.
const STAGGER: Millis = Millis::from_secs(1);
/// Room for as many acknowledgements as can be in hand, or nearly.
const OUTBOX: OutboxLimits = OutboxLimits { messages_max: 20_000, bytes_max: 32 << 20, ..OutboxLimits::DEFAULT };

/// Makes the observer of the link of this number.
type Observers = Box<dyn FnMut(usize) -> Box<dyn Observer<Message>> + Send>;

/// An app's links, in the making. Odd values are clamped where they are documented.
#[must_use = "a builder makes nothing until it connects"]
pub struct SocketModeBuilder {
    token: String,
    endpoint: String,
    connections: u32,
    budget: UrlBudget,
    debug_reconnects: bool,
    tls: Option<Arc<rustls::ClientConfig>>,
    settings: LinkSettings,
    waiting_max: usize,
    observers: Option<Observers>,
}

/// Why there can be no connection to Slack at all.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SetupError {
    /// The token holds what no HTTP header can.
    Token,
    /// The address of `apps.connections.open` is none of HTTP's.
    Endpoint(Box<str>),
    /// There are no trust anchors for TLS.
    Tls(UrlFault),
}

impl SocketModeBuilder {
    pub(super) fn new(token: String) -> Self {
        Self {
            token,
            endpoint: url::ENDPOINT.into(),
            connections: 1,
            budget: UrlBudget::default(),
            debug_reconnects: false,
            tls: None,
            settings: LinkSettings::new(Slack::CONFIG, OUTBOX),
            waiting_max: WAITING_MAX,
            observers: None,
        }
    }

    /// So many links, 1 to 9, each of its own. What Slack delivers is spread over them. The places that are left of ten are for
    /// renewals: no more links renew at the same time, and those that find none wait for one.
    pub fn connections(mut self, connections: u32) -> Self {
        self.connections = connections.clamp(1, limits::CONNECTIONS_MAX - 1);
        self
    }

    /// How often URLs may be asked for: give the same one to all that run under this app.
    pub fn budget(mut self, budget: UrlBudget) -> Self {
        self.budget = budget;
        self
    }

    /// Asks Slack for connections that last six minutes instead of hours, to try out renewals.
    pub fn debug_reconnects(mut self, debug: bool) -> Self {
        self.debug_reconnects = debug;
        self
    }

    /// Asks for URLs here, and not at Slack's own [`ENDPOINT`](url::ENDPOINT).
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = url.into();
        self
    }

    /// Uses this TLS configuration, in place of [`tls::default_roots`](crate::ws::tls::default_roots).
    pub fn tls(mut self, config: Arc<rustls::ClientConfig>) -> Self {
        self.tls = Some(config);
        self
    }

    /// Changes how long everything may take, and when to try again.
    pub fn config(mut self, change: impl FnOnce(Config) -> Config) -> Self {
        self.settings.config = change(self.settings.config);
        self
    }

    /// So many envelopes may wait to be taken (10,000 by default, at least 1). What comes beyond is left unacknowledged, so that
    /// Slack delivers it again, and counted; reading never stops.
    pub fn waiting_max(mut self, envelopes: usize) -> Self {
        self.waiting_max = envelopes;
        self
    }

    /// The clock to live by; on tokio's virtual time, [`Clock::tokio`].
    pub fn clock(mut self, clock: Clock) -> Self {
        self.settings.clock = clock;
        self
    }

    /// Makes chance repeatable, for tests.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = Some(seed);
        self
    }

    /// Watches every step and every frame of each link, by what this makes for it: a flight recorder, for instance. The links
    /// are numbered from 0.
    pub fn observers<O: Observer<Message> + 'static>(mut self, mut make: impl FnMut(usize) -> O + Send + 'static) -> Self {
        self.observers = Some(Box::new(move |link| Box::new(make(link))));
        self
    }

    /// Connects, in a task of its own on the current tokio runtime. Where this token is connected in this process already,
    /// with this endpoint, that is what is returned, and the rest of the builder is not used.
    ///
    /// # Errors
    /// [`SetupError`]; whatever else can go wrong is tried again, or told by [`SocketMode::ended`].
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn connect(self) -> Result<SocketMode, SetupError> {
        let key = (self.endpoint.clone(), self.token.clone());
        registry::shared(key, || {
            let (app, driver) = self.build()?;
            tokio::spawn(driver);
            Ok(app)
        })
    }

    /// The app, and the driver to be polled by the caller. Shared with nobody.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub fn build(mut self) -> Result<(SocketMode, SocketModeDriver), SetupError> {
        let api = Arc::new(Api::new(&self.endpoint, &self.token, self.debug_reconnects, self.tls.clone())?);
        let hub = Arc::new(Hub::new(self.settings.clock, self.waiting_max, self.connections as usize));
        let (mut clients, mut links) = (Vec::new(), Vec::new());
        for link in 0..self.connections as usize {
            let builder = self.link(link, &api, &hub);
            let (client, events, driver) = match &mut self.observers {
                Some(make) => builder.observer(make(link)).build(),
                None => builder.build(),
            };
            clients.push(client);
            links.push((events, driver));
        }
        hub.set_clients(clients);
        Ok((SocketMode::new(hub.clone()), SocketModeDriver::new(hub, links)))
    }

    fn link(&self, link: usize, api: &Arc<Api>, hub: &Arc<Hub>) -> crate::Builder<Ws<SlackProtocol>> {
        let (api, hub) = (api.clone(), hub.clone());
        let caller = Caller { api, budget: self.budget.clone(), hub: hub.clone(), link, turn: Arc::new(Mutex::new(Turn::default())) };
        let mut ws = Ws::new(move |_| caller.clone().request());
        if let Some(tls) = &self.tls {
            ws = ws.tls(tls.clone());
        }
        let transport = ws.protocol(SlackProtocol::new(hub, link));
        let LinkSettings { config, seed, .. } = self.settings;
        let start_spread = if link == 0 { config.start_spread } else { STAGGER.max(config.start_spread) };
        let (config, seed) = (Config { start_spread, ..config }, seed.map(|seed| seed.wrapping_add(link as u64)));
        LinkSettings { config, seed, ..self.settings }.link(transport, format!("slack {link}")).restartable()
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token => {
                f.write_str("the token holds a line break or another control character; was it read from a file and not trimmed?")
            }
            Self::Endpoint(endpoint) => {
                write!(f, "{:?} is no address to ask for URLs: it begins with https://, or http:// in a test", ForeignUrl(endpoint))
            }
            Self::Tls(fault) => fault.fmt(f),
        }
    }
}

impl fmt::Debug for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token => f.write_str("Token"),
            Self::Endpoint(endpoint) => f.debug_tuple("Endpoint").field(&ForeignUrl(endpoint)).finish(),
            Self::Tls(fault) => f.debug_tuple("Tls").field(fault).finish(),
        }
    }
}

impl Error for SetupError {}
