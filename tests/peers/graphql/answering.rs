//! Our server, and graphql-ws's client, which says what it has found.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::stream;
use relink_tokio::graphql::{Failure, Init, Json, Operation, Refusal, Request, SERVER_CONFIG, Server, Welcome};
use relink_tokio::server::{Key, Plan};
use relink_tokio::{CloseCode, Config, Millis};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::Arguments;

type LastKey = Arc<Mutex<Option<Key>>>;

/// How many checks failed.
pub(crate) async fn play(arguments: &Arguments) -> u32 {
    let key = LastKey::default();
    let mut server = server(&key);
    let address = listen(&server, "127.0.0.1:0".parse().expect("an address")).await;
    let (mut child, mut said) = arguments.start("client", &format!("ws://{address}/graphql"));
    let mut failures = 0;
    while let Ok(Some(line)) = said.next_line().await {
        match &*line {
            "restart" => {
                let plan = Plan { spread: Millis::ZERO, code: CloseCode::SERVICE_RESTART, ..Plan::DEFAULT };
                server.sockets().drain(plan).await;
                server = self::server(&key);
                listen(&server, address).await;
            }
            "reauthenticate" => {
                let key = key.lock().ok().and_then(|key| *key);
                key.map(|key| server.reauthenticate(key, "renewed".into()));
            }
            line => {
                failures += u32::from(line.starts_with("FAILED"));
                println!("  {line}");
            }
        }
    }
    let is_fine = child.wait().await.is_ok_and(|status| status.success());
    failures.max(u32::from(!is_fine))
}

/// Until it is drained; then the port is free again.
async fn listen(server: &Server<String>, address: SocketAddr) -> SocketAddr {
    let listener = loop {
        match TcpListener::bind(address).await {
            Ok(listener) => break listener,
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    };
    let address = listener.local_addr().expect("it is bound");
    let server = server.clone();
    tokio::spawn(async move { server.sockets().listen(listener).await });
    address
}

fn server(key: &LastKey) -> Server<String> {
    let key = key.clone();
    // An init must come within a second, so that its absence is noticed soon.
    let config = Config { acceptance_timeout: Millis::from_secs(1), ..SERVER_CONFIG };
    Server::builder()
        .sockets(|sockets| sockets.config(config))
        .init(move |init: Init| {
            if let Ok(mut last) = key.lock() {
                *last = Some(init.key());
            }
            let params: Option<Value> = init.payload().and_then(|payload| payload.parse().ok());
            let name = params.and_then(|params| params["name"].as_str().map(str::to_owned)).unwrap_or_default();
            async move { if name == "forbidden" { Err(Refusal::forbidden()) } else { Ok(Welcome::new(name)) } }
        })
        .execute(|name, request: Request| match request.query() {
            "three" => Operation::live(stream::iter((0..3).map(|number| data(&json!({ "number": number }))))),
            "ticks" => Operation::live(stream::unfold((), move |()| {
                let tick = data(&json!({ "name": name }));
                async move {
                    sleep(Duration::from_millis(20)).await;
                    Some((tick, ()))
                }
            })),
            "me" => Operation::once(async move { data(&json!({ "me": name })) }),
            "invalid" => Operation::failed(r#"[{"message":"no such field"}]"#),
            _ => Operation::once(async { Err(Failure::Internal("the database is gone".into())) }),
        })
}

fn data(data: &Value) -> Result<Json, Failure> {
    Json::of(&json!({ "data": data })).map_err(|error| Failure::Internal(error.to_string().into()))
}
