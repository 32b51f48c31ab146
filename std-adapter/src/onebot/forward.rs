//! The server of an implementation that applications dial.

use std::fmt;
use std::sync::{Arc, OnceLock};

use relink_profiles::onebot as profile;

use super::Role;
use super::access::Door;
use super::hosting::Hosting;
use super::implementation::Account;
use super::inlet::Inlet;
use super::protocol::{ImplementationProtocol, lifecycle};
use super::service::{Ended, Service};
use crate::server::http::StatusCode;
use crate::server::{self, Rejection, Server, Session, Upgrade, WeakServer};

/// A server that applications dial, in the making. Without a token, everybody is let in.
#[must_use = "a builder makes nothing until it serves"]
pub struct ForwardBuilder {
    account: Arc<Account>,
    hosting: Hosting,
}

/// A server that applications dial. Cheap to clone.
#[derive(Clone)]
pub struct Forward {
    server: Server<ImplementationProtocol>,
    door: Door,
}

impl ForwardBuilder {
    pub(super) fn new(account: Arc<Account>) -> Self {
        Self { account, hosting: Hosting::new(profile::Implementation::ACCEPTED) }
    }

    /// Lets in who shows this token, in the header or in the query; the others get 401 or 403 before there is a session.
    pub fn token(self, token: impl Into<String>) -> Self {
        self.hosting.door.set(Some(token.into()));
        self
    }

    /// Changes the server: its deadlines, limits, clock, who is told of ends. A gate set here is not asked: the token is.
    pub fn server(mut self, change: impl FnOnce(server::Builder) -> server::Builder + 'static) -> Self {
        self.hosting.change(change);
        self
    }

    /// The server: `/` for all, `/api` for actions, `/event` for events.
    pub fn serve(self) -> Forward {
        let Self { account, hosting } = self;
        let door = hosting.door.clone();
        let desk = Arc::new(Desk { server: OnceLock::new(), account: account.clone() });
        let (gate, clerk) = (door.clone(), desk.clone());
        let mut builder = hosting.builder().protocol(ImplementationProtocol::default());
        if account.extended {
            builder = builder.farewell(move |about| {
                let takes_events = about.get::<Role>().is_some_and(|role| role.sends_events());
                takes_events.then(|| lifecycle(profile::Stage::Disable, account.self_id))
            });
        }
        let server =
            builder.gate(move |upgrade| std::future::ready(admit(&gate, &upgrade))).serve(move |session| clerk.clone().attend(session));
        // It was empty.
        let _ = desk.server.set(server.downgrade());
        Forward { server, door }
    }
}

impl Forward {
    /// The server: to listen, to accept streams, to drain, its numbers.
    #[must_use]
    pub const fn server(&self) -> &Server<ImplementationProtocol> {
        &self.server
    }

    /// Changes the token. Sessions that were let in with another one are ended with 1008: says how many. The same token ends none.
    pub fn set_token(&self, token: Option<String>) -> usize {
        self.door.change(token, &self.server)
    }
}

fn admit(door: &Door, upgrade: &Upgrade) -> Result<server::Admission, Rejection> {
    let admission = door.check(upgrade)?;
    let role = Role::of_path(upgrade.path());
    let role = role.ok_or_else(|| Rejection::new(StatusCode::NOT_FOUND, "there are /, /api and /event here"))?;
    Ok(admission.with(role))
}

/// What receives those who were let in.
struct Desk {
    /// Not held for good: the server holds this.
    server: OnceLock<WeakServer<ImplementationProtocol>>,
    account: Arc<Account>,
}

impl Desk {
    async fn attend(self: Arc<Self>, session: Session) {
        let Some(role) = session.about().get::<Role>().copied() else { return };
        let (key, client) = (session.key(), session.client().clone());
        let ended = Service::accepted(self.account.clone(), client, role).run(Inlet::accepted(session)).await;
        if let (Ended::Slow, Some(server)) = (ended, self.server.get().and_then(WeakServer::upgrade)) {
            server.end_slow(key);
        }
    }
}

impl fmt::Debug for Forward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forward").field("server", &self.server).finish_non_exhaustive()
    }
}
