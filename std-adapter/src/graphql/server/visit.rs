//! One accepted connection: its future, which owns the operations that are going on there.

use std::collections::VecDeque;
use std::fmt;
use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use relink_profiles::graphql::write;
use tokio::sync::watch;

use super::account::Order;
use super::builder::{Answer, Shop};
use super::operations::{Begun, Operations, Running, Yield};
use super::{Desk, Failure, Init, Refusal, Welcome};
use crate::graphql::{Json, code, room};
use crate::server::Session;
use crate::ws::{Message, Utf8Bytes};

/// Answers that may wait for the client to make room before nothing more is taken from it.
const UNSENT_MAX: usize = 64;
/// And so many bytes of them.
const UNSENT_BYTES_MAX: usize = 1 << 20;

/// What is done with a connection. When it ends, by whatever, the operations are dropped with it.
pub(super) async fn attend<C: Clone + Send + Sync + 'static>(shop: Arc<Shop<C>>, mut session: Session) {
    let Some(desk) = session.about().get::<Desk<C>>().cloned() else { return };
    let refusal = match AssertUnwindSafe(Visit::new(&shop, &mut session, &desk).run()).catch_unwind().await {
        Ok(End::Gone) => return,
        Ok(End::Close(refusal)) => refusal,
        Err(_) => {
            tracing::error!(key = ?session.key(), "what executes has panicked; its connection is closed with 4500");
            internal("Internal server error")
        }
    };
    desk.account.set_reason(refusal.code, refusal.reason);
    session.end_with(refusal.code);
}

struct Visit<'a, C> {
    shop: &'a Shop<C>,
    session: &'a mut Session,
    desk: &'a Desk<C>,
    renewals: watch::Receiver<Option<C>>,
    authorising: Option<Answer<C>>,
    /// With what is executed, once the client is accepted.
    context: Option<C>,
    operations: Operations,
    /// What the client has not made room for: a result at most, and answers.
    unsent: VecDeque<Message>,
    /// What a message may weigh.
    heaviest: usize,
}

enum End {
    /// The connection has ended.
    Gone,
    /// It is to be closed.
    Close(Refusal),
}

enum Happened<C> {
    Received(bool),
    Authorised(Result<Welcome<C>, Refusal>),
    Renewed,
    Sent(bool),
    Result(Yield),
}

/// A message that the connection will never take.
struct TooHeavy {
    bytes: usize,
    bytes_max: usize,
}

impl<'a, C: Clone + Send + Sync + 'static> Visit<'a, C> {
    fn new(shop: &'a Shop<C>, session: &'a mut Session, desk: &'a Desk<C>) -> Self {
        let renewals = desk.renewal.subscribe();
        let operations = Operations::new(shop.limits);
        let heaviest = session.client().heaviest() as usize;
        Self { shop, session, desk, renewals, authorising: None, context: None, operations, unsent: VecDeque::new(), heaviest }
    }

    async fn run(mut self) -> End {
        // The link is up because of the client's `connection_init`.
        let init = self.desk.account.take_init();
        self.authorise(init);
        loop {
            let outcome = match self.next().await {
                Happened::Received(false) | Happened::Sent(false) => return End::Gone,
                Happened::Received(true) => self.received(),
                Happened::Authorised(answer) => self.authorised(answer),
                Happened::Renewed => self.run_again(),
                Happened::Sent(true) => {
                    self.unsent.pop_front();
                    Ok(())
                }
                Happened::Result(Yield { result, rest }) => self.result(result, rest),
            };
            if let Err(refusal) = outcome {
                return End::Close(refusal);
            }
        }
    }

    /// What comes in first: so nothing that has ended is taken for going on.
    async fn next(&mut self) -> Happened<C> {
        let (client, unsent, takes_more) = (self.session.client().clone(), self.unsent.front().cloned(), self.takes_more());
        let authorising = &mut self.authorising;
        let (is_authorising, is_accepted, is_blocked) = (authorising.is_some(), self.context.is_some(), unsent.is_some());
        let authorised = async {
            match authorising {
                Some(answer) => answer.await,
                None => pending().await,
            }
        };
        let sent = async {
            match unsent {
                Some(message) => client.send(message).await.is_ok(),
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            message = self.session.next(), if takes_more => Happened::Received(message.is_some()),
            answer = authorised, if is_authorising => Happened::Authorised(answer),
            Ok(()) = self.renewals.changed(), if is_accepted => Happened::Renewed,
            sent = sent, if is_blocked => Happened::Sent(sent),
            Some(result) = self.operations.next(), if !is_blocked => Happened::Result(result),
        }
    }

    /// Whether the answers that wait leave room for one more.
    fn takes_more(&self) -> bool {
        self.unsent.len() < UNSENT_MAX && self.unsent.iter().skip(1).map(Message::len).sum::<usize>() < UNSENT_BYTES_MAX
    }

    /// A message was handed out: what it says was read when it came in.
    fn received(&mut self) -> Result<(), Refusal> {
        match self.desk.account.next_order() {
            Some(Order::Begin(begun)) => return self.begin(begun),
            Some(Order::End(id)) => self.operations.end(&id),
            None => {}
        }
        Ok(())
    }

    fn authorise(&mut self, payload: Option<Json>) {
        let init = Init { key: self.session.key(), about: self.session.about().clone(), payload };
        let (answer, limit) = ((self.shop.init)(init), self.shop.init_timeout);
        self.authorising = Some(Box::pin(async move {
            let late = || Refusal::new(code::INIT_TIMEOUT, "Connection initialisation timeout");
            tokio::time::timeout(limit, answer).await.unwrap_or_else(|_| Err(late()))
        }));
    }

    fn authorised(&mut self, answer: Result<Welcome<C>, Refusal>) -> Result<(), Refusal> {
        self.authorising = None;
        let Welcome { context, payload } = answer?;
        self.context = Some(context);
        if !self.desk.account.acknowledge() {
            return Ok(());
        }
        let payload = payload.as_ref().map(Json::as_str);
        let mut buffer = vec![0; room("", payload.unwrap_or_default())];
        let ack = write::connection_ack(&mut buffer, payload).map_err(|error| unwritten(&error))?;
        self.say(ack.into()).map_err(|error| unwritten(&error))
    }

    fn begin(&mut self, begun: Begun) -> Result<(), Refusal> {
        let Some(context) = self.context.clone() else { return Ok(()) };
        if let Some(objection) = self.operations.objection(begun.bytes) {
            return self.fail(&begun.id, &errors(&objection));
        }
        self.start(begun, context);
        Ok(())
    }

    /// Runs every live operation again, each under its id.
    fn run_again(&mut self) -> Result<(), Refusal> {
        let Some(context) = self.renewals.borrow_and_update().clone() else { return Ok(()) };
        self.context = Some(context.clone());
        for begun in self.operations.take_live() {
            self.start(begun, context.clone());
        }
        Ok(())
    }

    fn start(&mut self, begun: Begun, context: C) {
        let operation = (self.shop.execute)(context, begun.request.clone());
        self.operations.begin(begun, operation);
    }

    fn result(&mut self, result: Option<Result<Json, Failure>>, rest: Running) -> Result<(), Refusal> {
        // Completed by the client, or run again.
        if !self.operations.has(&rest) {
            return Ok(());
        }
        match result {
            Some(Ok(json)) => self.yielded(&json, rest),
            Some(Err(Failure::Errors(errors))) => {
                self.operations.end(&rest.id);
                self.fail(&rest.id, errors.as_str())
            }
            Some(Err(Failure::Internal(reason))) => Err(Refusal::new(code::INTERNAL_SERVER_ERROR, reason)),
            None => {
                self.operations.end(&rest.id);
                self.complete(&rest.id)
            }
        }
    }

    fn yielded(&mut self, json: &Json, rest: Running) -> Result<(), Refusal> {
        let mut buffer = vec![0; room(&rest.id, json.as_str())];
        let next = write::next(&mut buffer, &rest.id, json.as_str()).map_err(|error| unwritten(&error))?;
        match self.say(next.into()) {
            Ok(()) => self.operations.go_on(rest),
            Err(too_heavy) => {
                tracing::warn!(key = ?self.session.key(), "{too_heavy}");
                self.operations.end(&rest.id);
                self.fail(&rest.id, &errors(&too_heavy))?;
            }
        }
        Ok(())
    }

    fn complete(&mut self, id: &str) -> Result<(), Refusal> {
        if self.desk.account.ended(id) {
            let mut buffer = vec![0; room(id, "")];
            let complete = write::complete(&mut buffer, id).map_err(|error| unwritten(&error))?;
            self.say(complete.into()).map_err(|error| unwritten(&error))?;
        }
        Ok(())
    }

    fn fail(&mut self, id: &str, payload: &str) -> Result<(), Refusal> {
        if self.desk.account.ended(id) {
            let said = self.say(error(id, payload)?);
            if let Err(too_heavy) = said {
                self.say(error(id, &errors(&too_heavy))?).map_err(|error| unwritten(&error))?;
            }
        }
        Ok(())
    }

    /// Sends, or keeps it until there is room; then nothing executes.
    fn say(&mut self, text: Utf8Bytes) -> Result<(), TooHeavy> {
        let message = Message::from(text);
        let (bytes, bytes_max) = (message.frame_bytes(), self.heaviest);
        if bytes > bytes_max {
            return Err(TooHeavy { bytes, bytes_max });
        }
        if !self.unsent.is_empty() {
            self.unsent.push_back(message);
        } else if let Err(unsent) = self.session.client().try_send(message) {
            self.unsent.push_back(unsent.into_message());
        }
        Ok(())
    }
}

fn error(id: &str, payload: &str) -> Result<Utf8Bytes, Refusal> {
    let mut buffer = vec![0; room(id, payload)];
    write::error(&mut buffer, id, payload).map(Utf8Bytes::from).map_err(|error| unwritten(&error))
}

/// GraphQL's errors: one, that says this.
fn errors(message: &dyn fmt::Display) -> String {
    serde_json::json!([{ "message": message.to_string() }]).to_string()
}

fn internal(reason: &'static str) -> Refusal {
    Refusal::new(code::INTERNAL_SERVER_ERROR, reason)
}

/// What the user's hooks bring is no JSON, or not what the protocol wants in that place, or cannot be told without a limit being raised.
fn unwritten(error: &dyn fmt::Display) -> Refusal {
    tracing::error!(%error, "something cannot be sent; its connection is closed with 4500");
    internal("Internal server error")
}

impl fmt::Display for TooHeavy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, bytes_max } = self;
        write!(f, "the message would weigh {bytes} bytes, and the server sends none of more than {bytes_max}; ")?;
        f.write_str("`alone_bytes_max` of its `OutboxLimits` is the limit")
    }
}
