//! The link of an implementation that dials an application's server.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use relink_core::{CloseCode, Config, WhenFull};
use relink_profiles::Profile;
use relink_profiles::onebot::{self as profile, CLIENT_ROLE_HEADER, SELF_ID_HEADER};

use super::dialling::Dialling;
use super::implementation::Account;
use super::inlet::Inlet;
use super::protocol::{ImplementationProtocol, lifecycle};
use super::service::Service;
use super::{OUTBOX, Role};
use crate::ending::RequestFault;
use crate::ws::{Message, Request, Ws};
use crate::{Client, Clock, OutboxLimits};

/// A link to an application's server, in the making.
#[must_use = "a builder makes nothing until it is spawned"]
pub struct ReverseBuilder {
    account: Arc<Account>,
    dialling: Dialling,
    role: Role,
}

/// A link of an implementation to an application's server. Cheap to clone; when the last one is dropped, the link is stopped.
#[derive(Clone)]
#[must_use = "dropping it stops the link"]
pub struct Reverse(Arc<Held>);

struct Held {
    account: Arc<Account>,
    client: Client<Message>,
    role: Role,
}

impl ReverseBuilder {
    pub(super) fn new(account: Arc<Account>, request: Request) -> Self {
        let outbox = OutboxLimits { when_full: WhenFull::DropOldest, ..OUTBOX };
        let dialling = Dialling::new(request, profile::Implementation::CONFIG, outbox);
        Self { account, dialling, role: Role::Universal }
    }

    /// Shows this token, in the header `Authorization`.
    ///
    /// # Errors
    /// [`RequestFault`]: it holds what no header can.
    pub fn token(mut self, token: &str) -> Result<Self, RequestFault> {
        self.dialling = self.dialling.token(token)?;
        Ok(self)
    }

    /// Shows this token, in the query.
    ///
    /// # Errors
    /// [`RequestFault`]: there is no such URL.
    pub fn token_in_query(mut self, token: &str) -> Result<Self, RequestFault> {
        self.dialling = self.dialling.token_in_query(token)?;
        Ok(self)
    }

    /// What is offered on this link: both events and actions by default.
    pub fn role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    /// Changes the transport: TLS, a proxy, limits of messages (50 MiB by default).
    pub fn transport(mut self, change: impl FnOnce(Ws) -> Ws + Send + 'static) -> Self {
        self.dialling.transport(change);
        self
    }

    /// Changes how long everything may take, and when to try again. Connections never overlap: the newest of an identity wins.
    pub fn config(mut self, change: impl FnOnce(Config) -> Config) -> Self {
        self.dialling.config(change);
        self
    }

    /// How much may wait to be sent: 1,024 messages or 64 MiB by default, of which the oldest makes room while the link is down. With one
    /// message, an application that comes back hears nothing old but the last event.
    pub fn outbox(mut self, limits: OutboxLimits) -> Self {
        self.dialling.settings.outbox = limits;
        self
    }

    /// The clock to live by; a test on virtual time gives [`Clock::tokio`].
    pub fn clock(mut self, clock: Clock) -> Self {
        self.dialling.settings.clock = clock;
        self
    }

    /// Makes chance repeatable, for tests.
    pub fn seed(mut self, seed: u64) -> Self {
        self.dialling.settings.seed = Some(seed);
        self
    }

    /// The link, in a task of its own on the current tokio runtime.
    ///
    /// # Errors
    /// [`RequestFault`]: there is no such request.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn spawn(self) -> Result<Reverse, RequestFault> {
        let Self { account, dialling, role } = self;
        let dialling = dialling.header(SELF_ID_HEADER, &account.self_id.to_string())?.header(CLIENT_ROLE_HEADER, role.header())?;
        let protocol =
            if role.sends_events() { ImplementationProtocol::connecting(account.self_id) } else { ImplementationProtocol::default() };
        let (client, events, driver) = dialling.link(protocol).build();
        let service = Service::dialled(account.clone(), client.clone(), role);
        tokio::spawn(crate::together::together(driver, service.run(Inlet::Dialled(events)), None));
        Ok(Reverse(Arc::new(Held { account, client, role })))
    }
}

impl Reverse {
    /// Stops the link and waits until nothing of it is left. What was accepted for sending is written before, as far as it takes no
    /// longer than this; `disable`, where that is said, last of all.
    pub async fn stop(&self, within: Duration) {
        let Held { account, client, role } = &*self.0;
        if account.extended && role.sends_events() {
            // Who cannot take it will see the Close.
            let _ = client.try_send(lifecycle(profile::Stage::Disable, account.self_id));
        }
        client.drain(within).await;
    }

    /// The link: where it is, its numbers, to dial at once.
    #[must_use]
    pub fn client(&self) -> &Client<Message> {
        &self.0.client
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.client.wish_stop(CloseCode::NORMAL);
    }
}

impl fmt::Debug for Reverse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reverse").field(&self.0.client).finish()
    }
}
