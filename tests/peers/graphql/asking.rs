//! Our client, and graphql-ws's server.

use std::fmt::Debug;
use std::time::Duration;

use futures_util::StreamExt;
use relink_tokio::graphql::{CLIENT_CONFIG, Client, ClientBuilder, Json, Request, Subscription, SubscriptionError};
use relink_tokio::{Backoff, Config, Ending, Millis};
use tokio::io::{AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout};
use tokio::time::timeout;

use crate::Arguments;

const PATIENCE: Duration = Duration::from_secs(10);

struct Peer {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
    url: String,
    failures: u32,
}

/// How many checks failed.
pub(crate) async fn play(arguments: &Arguments) -> u32 {
    let (child, said) = arguments.start("server", "");
    let mut peer = Peer { child, said, url: String::new(), failures: 0 };
    let port = peer.says("listening ").await;
    peer.url = format!("ws://127.0.0.1:{port}/graphql");
    peer.operations().await;
    peer.pings().await;
    peer.codes().await;
    peer.acceptance().await;
    peer.restart().await;
    peer.failures
}

impl Peer {
    /// What follows upon these words, once it says them.
    async fn says(&mut self, words: &str) -> String {
        let heard = async {
            while let Ok(Some(line)) = self.said.next_line().await {
                if let Some(rest) = line.strip_prefix(words) {
                    return rest.to_owned();
                }
            }
            String::new()
        };
        timeout(PATIENCE, heard).await.unwrap_or_else(|_| format!("nothing within {PATIENCE:?}"))
    }

    fn check<T: PartialEq + Debug>(&mut self, what: &str, found: T, wanted: T) {
        if found == wanted {
            println!("  ok {what}");
        } else {
            println!("  FAILED {what}: found {found:?}, wanted {wanted:?}");
            self.failures += 1;
        }
    }

    fn client(&self) -> ClientBuilder {
        let backoff = Backoff { delay_min: Millis::new(50), delay_max: Millis::new(200), ..Backoff::INTERACTIVE };
        let config = Config { acceptance_timeout: Millis::from_secs(1), ping_after: Millis::new(100), backoff, ..CLIENT_CONFIG };
        Client::builder(&self.url).expect("a URL").link(move |link| link.config(config))
    }

    fn client_as(&self, name: &str) -> Client {
        let payload = Json::from(format!(r#"{{"name":"{name}"}}"#));
        self.client().init(move |_| std::future::ready(Ok(Some(payload.clone())))).connect()
    }

    async fn operations(&mut self) {
        let client = self.client_as("ann");
        let me = client.ask(Request::new("{ me }")).await;
        self.check("a query", text(me), r#"{"data":{"me":"ann"}}"#.into());
        let mut three = subscribe(&client, "subscription { three }");
        let mut found = Vec::new();
        while let Ok(Some(result)) = timeout(PATIENCE, three.next()).await {
            found.push(text(result));
        }
        let wanted = (0..3).map(|three| format!(r#"{{"data":{{"three":{three}}}}}"#)).collect();
        self.check("subscribe, next, complete", found, wanted);
        let errors = text(client.ask(Request::new("{ no }")).await);
        self.check("errors", errors.contains("Cannot query field") && errors.starts_with("errors ["), true);
        let mut ticks = subscribe(&client, "subscription { ticks }");
        let first = next(&mut ticks).await;
        self.check("live", first, r#"{"data":{"ticks":0}}"#.into());
        drop(ticks);
        let still = text(client.ask(Request::new("query A { me } query B { b: me }").with_operation_name("B")).await);
        self.check("complete by the client, and the connection goes on", still, r#"{"data":{"b":"ann"}}"#.into());
        client.stop().await;
        let closed = self.says("closed ").await;
        self.check("closed with", closed, "1000 ".into());
    }

    async fn pings(&mut self) {
        let client = self.client_as("ping");
        let answer = self.says("pong ").await;
        self.check("ping, pong as messages", answer, "7".into());
        // Both sides ping on the WebSocket every 100 ms and end what does not answer.
        let mut ticks = subscribe(&client, "subscription { ticks }");
        for _ in 0..25 {
            next(&mut ticks).await;
        }
        let ups = client.link().stats().ups;
        self.check("ping, pong as frames", ups, 1);
        client.stop().await;
    }

    async fn codes(&mut self) {
        for code in [4400, 4401, 4406, 4409, 4429, 4500, 1011] {
            let client = self.client().connect();
            let mut closing = subscribe(&client, &format!("subscription {{ closing(code: {code}) }}"));
            let end = next(&mut closing).await;
            self.check(&format!("{code} is given up"), end, format!("given up {code}"));
        }
        for code in [1000, 1001, 1012, 4403, 4408] {
            let client = self.client().connect();
            let closing = subscribe(&client, &format!("subscription {{ closing(code: {code}) }}"));
            let came_back = async {
                while client.link().stats().ups < 2 {
                    tokio::time::sleep(Duration::from_millis(10)).await
                }
            };
            let came_back = timeout(PATIENCE, came_back).await.is_ok();
            self.check(&format!("{code} is tried again"), came_back, true);
            drop(closing);
            client.stop().await;
        }
        let client = self.client().connect();
        let request = Request::new("query broken { me }").with_operation_name("broken");
        let end = text(client.ask(request).await);
        self.check("a fault of the server's own", end.starts_with("lost 4500") || end == "given up 4500", true);
    }

    async fn acceptance(&mut self) {
        let client = self.client_as("hang");
        while {
            let closed = self.says("closed ").await;
            closed != "4504 Connection acknowledgement timeout" && !closed.starts_with("nothing")
        } {}
        let ups = client.link().stats().ups;
        self.check("4504 when there is no ack", ups, 0);
        client.stop().await;
        let client = self.client_as("forbidden");
        while {
            let closed = self.says("closed ").await;
            closed != "4403 Forbidden" && !closed.starts_with("nothing")
        } {}
        self.check("4403 at the init", client.link().stats().ups, 0);
        client.stop().await;
    }

    async fn restart(&mut self) {
        let client = self.client().connect();
        let mut all: Vec<_> = (0..10).map(|_| subscribe(&client, "subscription { ticks }")).collect();
        for ticks in &mut all {
            next(ticks).await;
        }
        if let Some(stdin) = &mut self.child.stdin {
            stdin.write_all(b"restart\n").await.expect("it listens");
        }
        self.says("listening ").await;
        let mut resumed = 0;
        for ticks in &mut all {
            while client.link().stats().ups < 2 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            let from_the_first = async { while next(ticks).await != r#"{"data":{"ticks":0}}"# {} };
            resumed += u32::from(timeout(PATIENCE, from_the_first).await.is_ok());
        }
        self.check("restart: every subscriber receives again", resumed, 10);
        client.stop().await;
    }
}

fn subscribe(client: &Client, query: &str) -> Subscription {
    client.subscribe(Request::new(query)).expect("there is room")
}

async fn next(subscription: &mut Subscription) -> String {
    match timeout(PATIENCE, subscription.next()).await {
        Ok(Some(result)) => text(result),
        Ok(None) => "complete".into(),
        Err(_) => "nothing".into(),
    }
}

fn text(result: Result<Json, SubscriptionError>) -> String {
    let code = |why: &Ending| why.close_code().map_or_else(|| why.to_string(), |code| code.get().to_string());
    match result {
        Ok(json) => json.to_string(),
        Err(SubscriptionError::Errors(errors)) => format!("errors {errors}"),
        Err(SubscriptionError::GaveUp(why)) => format!("given up {}", code(&why)),
        Err(SubscriptionError::Lost(why)) => format!("lost {}", code(&why)),
        Err(other) => other.to_string(),
    }
}
