//! The handle of a bot on one account: it calls actions.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use relink_core::CloseCode;
use relink_profiles::onebot::write::{self, Echo};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::call::CallError;
use super::calls::{Call, Calls, On};
use super::dial::BotBuilder;
use super::protocol::ApplicationProtocol;
use super::registry;
use super::response::Response;
use super::{BotsBuilder, Role, SelfId, text};
use crate::Client;
use crate::ending::RequestFault;
use crate::receipt::SendError;
use crate::server::Server;
use crate::ws::{Message, Request};

/// A bot's handle on one account: it calls actions, whichever connection the account has now. Cheap to clone.
///
/// Of an account that the bot has dialled, dropping the last handle ends the link.
#[derive(Clone)]
pub struct Bot {
    road: Road,
    call_timeout: Duration,
}

/// How to reach the account.
#[derive(Clone)]
enum Road {
    Dialled { client: Client<Message>, calls: Arc<Calls>, role: Role },
    Accepted { server: Server<ApplicationProtocol>, self_id: SelfId },
}

impl Bot {
    /// A bot that dials an implementation (forward WebSocket): `ws://host:port/` for all, `…/api` for actions, `…/event` for events.
    ///
    /// # Errors
    /// [`RequestFault`] says what is wrong with the URL.
    pub fn dial(url: &str) -> Result<BotBuilder, RequestFault> {
        Ok(BotBuilder::new(Request::new(url)?))
    }

    /// A server that implementations dial (reverse WebSocket): a bot for each account.
    pub fn accept() -> BotsBuilder {
        BotsBuilder::new()
    }

    /// Calls an action, and waits for what it yields. `params` becomes a JSON object; `()` and `None` mean none.
    ///
    /// It waits no longer than [`call_timeout`](Bot::with_call_timeout), and not at all once the connection is lost. Dropping the
    /// future ends the wait, not the action.
    ///
    /// # Errors
    /// [`CallError`]; [`is_unsent`](CallError::is_unsent) tells whether it was not even sent.
    pub async fn call<T: DeserializeOwned>(&self, action: &str, params: impl Serialize) -> Result<T, CallError> {
        let params = serde_json::to_string(&params).map_err(|why| CallError::Params(why.into()))?;
        let response = self.call_raw(action, Some(&params).filter(|params| *params != "null").map(String::as_str)).await?;
        if !response.is_success() {
            return Err(CallError::Failed(response));
        }
        response.deserialize().map_err(|why| CallError::Data(why, response))
    }

    /// Calls an action with parameters that are JSON already; answers with whatever came of it, failures included.
    ///
    /// # Errors
    /// As [`Bot::call`], but for [`CallError::Failed`] and [`CallError::Data`].
    pub async fn call_raw(&self, action: &str, params: Option<&str>) -> Result<Response, CallError> {
        let (on, call) = self.begin()?;
        let bytes = 64 + action.len() + params.map_or(0, str::len);
        let text = text::written(bytes, |buffer| write::action(buffer, action, params, Echo::Call(call.number)));
        let text = text.map_err(|why| CallError::Params(why.into()))?;
        let limit = self.call_timeout;
        timeout(limit, self.send(on, text, call)).await.unwrap_or(Err(CallError::Timeout(limit)))
    }

    /// The same handle, with another limit to how long a call waits: 30 s by default.
    #[must_use]
    pub fn with_call_timeout(mut self, limit: Duration) -> Self {
        self.call_timeout = limit;
        self
    }

    /// Whose bot it is, where the account has said so when it dialled.
    #[must_use]
    pub const fn self_id(&self) -> Option<SelfId> {
        match &self.road {
            Road::Dialled { .. } => None,
            Road::Accepted { self_id, .. } => Some(*self_id),
        }
    }

    /// Ends the connection: a link that was dialled for good, waiting until nothing of it is left. An account that has dialled may
    /// dial again.
    pub async fn stop(&self) {
        match &self.road {
            Road::Dialled { client, .. } => client.stop().await,
            Road::Accepted { server, self_id } => registry::keys(server, *self_id).for_each(|key| {
                server.end(key, CloseCode::NORMAL);
            }),
        }
    }

    /// The link that was dialled: where it is, its numbers, to dial at once. `None` for an account that has dialled.
    #[must_use]
    pub const fn client(&self) -> Option<&Client<Message>> {
        match &self.road {
            Road::Dialled { client, .. } => Some(client),
            Road::Accepted { .. } => None,
        }
    }

    /// Calls that wait for an answer now, and answers that came and nobody waited for.
    #[must_use]
    pub fn pending(&self) -> (usize, u64) {
        self.calls().map_or((0, 0), |calls| (calls.pending(), calls.strays()))
    }

    pub(super) const fn dialled(client: Client<Message>, calls: Arc<Calls>, role: Role, call_timeout: Duration) -> Self {
        Self { road: Road::Dialled { client, calls, role }, call_timeout }
    }

    pub(super) const fn accepted(server: Server<ApplicationProtocol>, self_id: SelfId, call_timeout: Duration) -> Self {
        Self { road: Road::Accepted { server, self_id }, call_timeout }
    }

    fn calls(&self) -> Option<Arc<Calls>> {
        match &self.road {
            Road::Dialled { calls, .. } => Some(calls.clone()),
            Road::Accepted { server, self_id } => registry::calls(server, *self_id),
        }
    }

    fn begin(&self) -> Result<(On, Call), CallError> {
        if let Road::Dialled { role, .. } = &self.road
            && !role.takes_actions()
        {
            return Err(CallError::EventsOnly);
        }
        self.calls().ok_or(CallError::Down)?.begin()
    }

    async fn send(&self, on: On, text: String, call: Call) -> Result<Response, CallError> {
        let own = match &self.road {
            Road::Dialled { client, .. } => Some(client),
            Road::Accepted { .. } => None,
        };
        let Some(client) = on.client.as_ref().or(own) else { return Err(CallError::Down) };
        match client.send_on(on.attempt, text).await {
            // What becomes of it, its answer tells, or the loss of the connection.
            Ok(_receipt) => {}
            Err(error @ SendError::TooHeavy(_)) => return Err(CallError::Params(error.to_string().into())),
            Err(SendError::Full(_)) => return Err(CallError::Full),
            Err(SendError::Gone(_) | SendError::Ended(_)) => return Err(CallError::Down),
        }
        // A handle less: the wait for an answer keeps no link alive.
        drop(on);
        call.answered().await
    }
}

impl fmt::Debug for Bot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Bot");
        match &self.road {
            Road::Dialled { client, role, .. } => shown.field("client", client).field("role", role),
            Road::Accepted { self_id, .. } => shown.field("self_id", self_id),
        };
        shown.finish_non_exhaustive()
    }
}
