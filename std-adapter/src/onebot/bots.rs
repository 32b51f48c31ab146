//! The bots of a server that implementations dial: one for each account.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use relink_profiles::onebot::{Application, CLIENT_ROLE_HEADER, SELF_ID_HEADER};

use super::access::Door;
use super::bot::Bot;
use super::calls::Calls;
use super::feed::{Events, feed};
use super::hosting::Hosting;
use super::inlet::Inlet;
use super::listen::Ear;
use super::protocol::ApplicationProtocol;
use super::registry::{self, Who};
use super::{CALL_TIMEOUT, CALLS_MAX, EVENTS, Role, SelfId};
use crate::InboxLimits;
use crate::server::http::StatusCode;
use crate::server::{self, Admission, Rejection, Server, Session, Upgrade, WeakServer};

/// A server that implementations dial, in the making. Without a token, everybody is let in.
#[must_use = "a builder makes nothing until it is told what to serve"]
pub struct BotsBuilder {
    hosting: Hosting,
    calls_max: usize,
    call_timeout: Duration,
    events: InboxLimits,
}

/// The bots of a server that implementations dial. Cheap to clone.
#[derive(Clone)]
pub struct Bots {
    server: Server<ApplicationProtocol>,
    door: Door,
    call_timeout: Duration,
}

impl BotsBuilder {
    pub(super) fn new() -> Self {
        let hosting = Hosting::new(Application::ACCEPTED);
        Self { hosting, calls_max: CALLS_MAX, call_timeout: CALL_TIMEOUT, events: EVENTS }
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

    /// So many calls may wait for an answer, on each connection: 1,024 by default, at least 1.
    pub fn calls_max(mut self, calls: usize) -> Self {
        self.calls_max = calls;
        self
    }

    /// A call waits so long for its answer: 30 s by default.
    pub fn call_timeout(mut self, limit: Duration) -> Self {
        self.call_timeout = limit;
        self
    }

    /// So many events may wait to be taken, on each connection: 10,000, or 64 MiB, by default.
    pub fn events(mut self, limits: InboxLimits) -> Self {
        self.events = limits;
        self
    }

    /// The server, with what is done with each connection that brings events: a future with the account's bot. Events end with
    /// [`Event::Down`](super::Event::Down) and the connection; the future may take `handler_timeout` longer. If it ends before, the
    /// connection is closed.
    pub fn serve<H, R>(self, handler: H) -> Bots
    where
        H: Fn(Bot, Events) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let (door, calls_max) = (self.hosting.door.clone(), self.calls_max);
        let desk = Arc::new(Desk { server: OnceLock::new(), handler, call_timeout: self.call_timeout, events: self.events });
        let (gate, clerk) = (door.clone(), desk.clone());
        let builder = self.hosting.builder();
        let server = builder
            .protocol(ApplicationProtocol::default())
            .gate(move |upgrade| std::future::ready(admit(&gate, &upgrade, calls_max)))
            .serve(move |session| clerk.clone().attend(session));
        // It was empty.
        let _ = desk.server.set(server.downgrade());
        Bots { server, door, call_timeout: self.call_timeout }
    }
}

impl Bots {
    /// The bot of an account that is connected.
    #[must_use]
    pub fn get(&self, self_id: SelfId) -> Option<Bot> {
        registry::keys(&self.server, self_id).next()?;
        Some(Bot::accepted(self.server.clone(), self_id, self.call_timeout))
    }

    /// The accounts that are connected now.
    #[must_use]
    pub fn accounts(&self) -> Vec<SelfId> {
        let abouts = self.server.keys().into_iter().filter_map(|key| self.server.about(key));
        let mut accounts: Vec<_> = abouts.filter_map(|about| Some(Who::of(&about)?.self_id)).collect();
        accounts.sort_unstable();
        accounts.dedup();
        accounts
    }

    /// The server: to listen, to accept streams, to drain, its numbers.
    #[must_use]
    pub const fn server(&self) -> &Server<ApplicationProtocol> {
        &self.server
    }

    /// Changes the token. Sessions that were let in with another one are ended with 1008: says how many. The same token ends none.
    pub fn set_token(&self, token: Option<String>) -> usize {
        self.door.change(token, &self.server)
    }
}

/// Who dials, and whether it may: said before anything of a session exists.
fn admit(door: &Door, upgrade: &Upgrade, calls_max: usize) -> Result<Admission, Rejection> {
    let admission = door.check(upgrade)?;
    let bad = |what: &'static str| Rejection::new(StatusCode::BAD_REQUEST, what);
    let self_id = upgrade.header(SELF_ID_HEADER).and_then(SelfId::in_header);
    let self_id = self_id.ok_or_else(|| bad("the header X-Self-ID must say whose implementation this is, as a number"))?;
    let role = match upgrade.header(CLIENT_ROLE_HEADER) {
        Some(role) => Role::in_header(role).ok_or_else(|| bad("the header X-Client-Role is API, Event or Universal"))?,
        None => Role::Universal,
    };
    let who = Who { self_id, role, calls: Arc::new(Calls::new(calls_max)) };
    Ok(admission.identity(registry::name(self_id, role)).with(who))
}

/// What receives those who were let in.
struct Desk<H> {
    /// Not held for good: the server holds this.
    server: OnceLock<WeakServer<ApplicationProtocol>>,
    handler: H,
    call_timeout: Duration,
    events: InboxLimits,
}

impl<H, R> Desk<H>
where
    H: Fn(Bot, Events) -> R + Send + Sync + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    async fn attend(self: Arc<Self>, session: Session) {
        let server = self.server.get().and_then(WeakServer::upgrade);
        let (Some(server), Some(who)) = (server, Who::of(session.about()).cloned()) else { return };
        let client = session.client().clone();
        let states = client.states();
        let (source, events) = feed(self.events);
        let ear = Ear::new(who.calls, source, Some(client)).listen(Inlet::accepted(session), states);
        if !who.role.sends_events() {
            drop(events);
            return ear.await;
        }
        let handler = (self.handler)(Bot::accepted(server, who.self_id, self.call_timeout), events);
        drop(self);
        let (mut ear, mut handler) = (pin!(ear), pin!(handler));
        tokio::select! {
            // First, so that the connection is heard before the handler's first call.
            biased;
            () = &mut ear => handler.await,
            () = &mut handler => {}
        }
    }
}

impl fmt::Debug for Bots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bots").field("server", &self.server).finish_non_exhaustive()
    }
}
