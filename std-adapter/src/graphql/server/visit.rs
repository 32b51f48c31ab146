//! One accepted connection: its future, which owns the operations that are going on there.

use std::collections::{HashMap, VecDeque};
use std::future::{Future, pending};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::FutureExt;
use futures_util::stream::{AbortHandle, Abortable, FuturesUnordered, StreamExt};
use relink_profiles::Profile;
use relink_profiles::graphql::{self as profile, FromClient, write};
use tokio::sync::watch;

use super::builder::{Answer, Shop};
use super::operation::Results;
use super::{Desk, Failure, Init, Refusal, Welcome};
use crate::graphql::{Json, Request, code, room};
use crate::server::Session;
use crate::ws::{Message, Utf8Bytes};

/// Answers that may wait for the client to make room before nothing more is taken from it.
const UNSENT_MAX: usize = 64;

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
    live: HashMap<Arc<str>, Live>,
    running: FuturesUnordered<Step>,
    runs: u64,
    /// What the client has not made room for.
    unsent: VecDeque<Message>,
}

/// An operation that is going on.
struct Live {
    run: u64,
    abort: AbortHandle,
    /// What is to be run again with a new context.
    again: Option<Request>,
}

/// The next result of an operation.
struct Step(Option<Running>);

struct Running {
    id: Arc<str>,
    run: u64,
    results: Abortable<Results>,
}

/// A result, or the end, and what is left of the operation.
struct Yield {
    result: Option<Result<Json, Failure>>,
    rest: Running,
}

enum End {
    /// The connection has ended.
    Gone,
    /// It is to be closed.
    Close(Refusal),
}

enum Happened<C> {
    Received(Option<Message>),
    Authorised(Result<Welcome<C>, Refusal>),
    Renewed,
    Sent(bool),
    Result(Yield),
}

impl<'a, C: Clone + Send + Sync + 'static> Visit<'a, C> {
    fn new(shop: &'a Shop<C>, session: &'a mut Session, desk: &'a Desk<C>) -> Self {
        let renewals = desk.renewal.subscribe();
        let (live, running, unsent) = (HashMap::new(), FuturesUnordered::new(), VecDeque::new());
        Self { shop, session, desk, renewals, authorising: None, context: None, live, running, runs: 0, unsent }
    }

    async fn run(mut self) -> End {
        // The link is up because of the client's `connection_init`.
        let init = self.desk.account.take_init();
        self.authorise(init);
        loop {
            let outcome = match self.next().await {
                Happened::Received(None) | Happened::Sent(false) => return End::Gone,
                Happened::Received(Some(message)) => self.received(&message),
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
        let (client, unsent, authorising) = (self.session.client().clone(), self.unsent.front().cloned(), &mut self.authorising);
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
            message = self.session.next(), if self.unsent.len() < UNSENT_MAX => Happened::Received(message),
            answer = authorised, if is_authorising => Happened::Authorised(answer),
            Ok(()) = self.renewals.changed(), if is_accepted => Happened::Renewed,
            sent = sent, if is_blocked => Happened::Sent(sent),
            Some(result) = self.running.next(), if !is_blocked => Happened::Result(result),
        }
    }

    fn received(&mut self, message: &Message) -> Result<(), Refusal> {
        let Message::Text(text) = message else { return Ok(()) };
        let Ok(message) = profile::Server.recognise(text);
        match message {
            FromClient::Subscribe { id, payload } => return self.begin(id.to_string().into(), Request::read(payload)),
            FromClient::Complete { id } => {
                if let Some(live) = self.live.remove(&*id.to_string()) {
                    live.abort.abort();
                }
            }
            FromClient::ConnectionInit { .. } | FromClient::Ping { .. } | FromClient::Pong { .. } | FromClient::Invalid(_) => {}
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
        self.say(ack.into());
        Ok(())
    }

    fn begin(&mut self, id: Arc<str>, request: Request) -> Result<(), Refusal> {
        let Some(context) = self.context.clone() else { return Ok(()) };
        if self.live.len() >= self.shop.operations_max {
            let max = self.shop.operations_max;
            return self.fail(&id, &format!(r#"[{{"message":"at most {max} operations may be going on at once on a connection"}}]"#));
        }
        self.start(id, context, request);
        Ok(())
    }

    /// Runs every live operation again, each under its id.
    fn run_again(&mut self) -> Result<(), Refusal> {
        let Some(context) = self.renewals.borrow_and_update().clone() else { return Ok(()) };
        self.context = Some(context.clone());
        let ids: Vec<_> = self.live.iter().filter(|(_, live)| live.again.is_some()).map(|(id, _)| id.clone()).collect();
        for id in ids {
            let Some(Live { abort, again: Some(request), .. }) = self.live.remove(&id) else { continue };
            abort.abort();
            self.start(id, context.clone(), request);
        }
        Ok(())
    }

    fn start(&mut self, id: Arc<str>, context: C, request: Request) {
        let operation = (self.shop.execute)(context, request.clone());
        let (abort, registration) = AbortHandle::new_pair();
        self.runs = self.runs.wrapping_add(1);
        let again = operation.is_live.then_some(request);
        self.live.insert(id.clone(), Live { run: self.runs, abort, again });
        let results = Abortable::new(operation.results, registration);
        self.running.push(Step(Some(Running { id, run: self.runs, results })));
    }

    fn result(&mut self, result: Option<Result<Json, Failure>>, rest: Running) -> Result<(), Refusal> {
        let id = rest.id.clone();
        // Completed by the client, or run again.
        if self.live.get(&id).is_none_or(|live| live.run != rest.run) {
            return Ok(());
        }
        let mut buffer = Vec::new();
        match result {
            Some(Ok(json)) => {
                buffer.resize(room(&id, json.as_str()), 0);
                let next = write::next(&mut buffer, &id, json.as_str()).map_err(|error| unwritten(&error))?;
                self.say(next.into());
                self.running.push(Step(Some(rest)));
            }
            Some(Err(Failure::Errors(errors))) => {
                self.live.remove(&id);
                self.fail(&id, errors.as_str())?;
            }
            Some(Err(Failure::Internal(reason))) => return Err(Refusal::new(code::INTERNAL_SERVER_ERROR, reason)),
            None => {
                self.live.remove(&id);
                buffer.resize(room(&id, ""), 0);
                if self.desk.account.ended(&id) {
                    let complete = write::complete(&mut buffer, &id).map_err(|error| unwritten(&error))?;
                    self.say(complete.into());
                }
            }
        }
        Ok(())
    }

    fn fail(&mut self, id: &str, errors: &str) -> Result<(), Refusal> {
        if self.desk.account.ended(id) {
            let mut buffer = vec![0; room(id, errors)];
            let error = write::error(&mut buffer, id, errors).map_err(|error| unwritten(&error))?;
            self.say(error.into());
        }
        Ok(())
    }

    /// Sends, or keeps it until there is room; then nothing executes.
    fn say(&mut self, text: Utf8Bytes) {
        if !self.unsent.is_empty() {
            self.unsent.push_back(text.into());
        } else if let Err(unsent) = self.session.client().try_send(text) {
            self.unsent.push_back(unsent.into_message());
        }
    }
}

impl Future for Step {
    type Output = Yield;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Yield> {
        let Some(running) = &mut self.0 else { return Poll::Pending };
        let result = std::task::ready!(Pin::new(&mut running.results).poll_next(cx));
        match self.0.take() {
            Some(rest) => Poll::Ready(Yield { result, rest }),
            None => Poll::Pending,
        }
    }
}

fn internal(reason: &'static str) -> Refusal {
    Refusal::new(code::INTERNAL_SERVER_ERROR, reason)
}

/// What the user's hooks bring is no JSON, or not what the protocol wants in that place.
fn unwritten(error: &relink_profiles::Unwritten) -> Refusal {
    tracing::error!(%error, "a result cannot be sent; its connection is closed with 4500");
    internal("Internal server error")
}
