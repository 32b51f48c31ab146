//! Owns an example: a GraphQL server whose schema async-graphql executes, and a client that subscribes to it: `cargo run --bin graphql`.
//!
//! The server listens on a port of its own, a client subscribes, its token is replaced, the server is restarted, and the client goes on.
//! `cargo run --bin graphql -- 127.0.0.1:4000` serves there until Ctrl-C, for any client that speaks graphql-transport-ws.

use std::error::Error;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{Context, EmptyMutation, Object, Response, Schema, Subscription, Variables};
use futures_util::{Stream, StreamExt, stream};
use relink_tokio::graphql::{Client, Failure, Init, Json, Operation, Refusal, Request, Server, Welcome};
use relink_tokio::server::Plan;
use relink_tokio::{CloseCode, Millis};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::sleep;

/// Who asks.
#[derive(Clone)]
struct User(String);

struct Query;

#[Object]
impl Query {
    /// Who is asking.
    async fn me(&self, context: &Context<'_>) -> String {
        context.data_opt::<User>().map_or_else(|| "nobody".into(), |User(name)| name.clone())
    }
}

struct Ticks;

#[Subscription]
impl Ticks {
    /// A number every 100 ms, with who is asking.
    async fn ticks(&self, context: &Context<'_>) -> impl Stream<Item = String> + use<> {
        let name = context.data_opt::<User>().map_or_else(String::new, |User(name)| name.clone());
        stream::unfold(0, move |number| {
            let tick = format!("{number} for {name}");
            async move {
                sleep(Duration::from_millis(100)).await;
                Some((tick, number + 1))
            }
        })
    }
}

type Executor = Schema<Query, EmptyMutation, Ticks>;

/// One operation, as the schema executes it. A query has one result and is never run twice, a subscription is live.
fn execute(schema: &Executor, user: User, request: &Request) -> Operation {
    let mut asked = async_graphql::Request::new(request.query()).data(user);
    if let Some(name) = request.operation_name() {
        asked = asked.operation_name(name);
    }
    if let Some(variables) = request.variables() {
        match variables.parse() {
            Ok(variables) => asked = asked.variables(Variables::from_json(variables)),
            Err(error) => return Operation::failed(errors(&error)),
        }
    }
    let is_live = match asked.parsed_query() {
        Ok(document) => document.operations.iter().any(|(_, operation)| operation.node.ty == OperationType::Subscription),
        Err(error) => return Operation::failed(errors(&error.message)),
    };
    let schema = schema.clone();
    if is_live {
        Operation::live(schema.execute_stream(asked).map(|response| result(&response)))
    } else {
        Operation::once(async move { result(&schema.execute(asked).await) })
    }
}

fn result(response: &Response) -> Result<Json, Failure> {
    Json::of(response).map_err(|error| Failure::Internal(error.to_string().into()))
}

fn errors(what: &dyn std::fmt::Display) -> String {
    serde_json::json!([{ "message": what.to_string() }]).to_string()
}

/// The server; who was accepted is told.
fn server(accepted: mpsc::UnboundedSender<relink_tokio::server::Key>) -> Server<User> {
    let schema = Schema::new(Query, EmptyMutation, Ticks);
    Server::builder()
        .init(move |init: Init| {
            let token = init.payload().and_then(|payload| payload.parse::<serde_json::Value>().ok());
            let name = token.and_then(|token| token["token"].as_str().map(str::to_owned));
            // Nobody may be listening.
            let _ = accepted.send(init.key());
            async move { name.map(|name| Welcome::new(User(name))).ok_or_else(Refusal::forbidden) }
        })
        .execute(move |user, request| execute(&schema, user, &request))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (sender, mut accepted) = mpsc::unbounded_channel();
    if let Some(address) = std::env::args().nth(1) {
        let listener = TcpListener::bind(&address).await?;
        println!("ws://{address}/ serves until Ctrl-C; connection_init takes {{\"token\": \"…\"}}");
        server(sender).sockets().run(listener, Plan::DEFAULT).await;
        return Ok(());
    }
    let (first, listener) = (server(sender.clone()), TcpListener::bind("127.0.0.1:0").await?);
    let address = listener.local_addr()?;
    let serving = first.clone();
    let listening = tokio::spawn(async move { serving.sockets().listen(listener).await });

    let init = |_| async { Ok(Some(Json::from(r#"{"token":"ann"}"#))) };
    let client = Client::builder(&format!("ws://{address}/"))?.init(init).connect();
    println!("{}", client.ask(Request::new("{ me }")).await?);
    let mut ticks = client.subscribe(Request::new("subscription { ticks }"))?;
    show(&mut ticks, 2).await?;

    println!("another token: the subscription is run again, and the client notices nothing");
    if let Some(key) = accepted.recv().await {
        first.reauthenticate(key, User("ann, with her new token".into()))?;
    }
    show(&mut ticks, 3).await?;

    println!("the server is restarted: the subscription is begun again");
    let plan = Plan { spread: Millis::ZERO, code: CloseCode::SERVICE_RESTART, ..Plan::DEFAULT };
    first.sockets().drain(plan).await;
    listening.await?;
    let second = server(sender);
    let (serving, listener) = (second.clone(), TcpListener::bind(address).await?);
    tokio::spawn(async move { serving.sockets().listen(listener).await });
    show(&mut ticks, 3).await?;
    client.stop().await;
    second.sockets().drain(plan).await;
    Ok(())
}

async fn show(ticks: &mut relink_tokio::graphql::Subscription, count: usize) -> Result<(), Box<dyn Error>> {
    for _ in 0..count {
        match ticks.next().await {
            Some(tick) => println!("{}", tick?),
            None => return Err("the server has completed it".into()),
        }
    }
    Ok(())
}
