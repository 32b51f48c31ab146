//! Over real sockets: a service that is reconfigured while it runs, and one behind TLS.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rcgen::{CertificateParams, KeyPair};
use relink_tokio::server::{Admission, Cause, Plan, Rejection, Server, Upgrade};
use relink_tokio::ws::rustls::crypto::ring;
use relink_tokio::ws::rustls::pki_types::{PrivatePkcs8KeyDer, ServerName};
use relink_tokio::ws::rustls::{ClientConfig, RootCertStore, ServerConfig};
use relink_tokio::ws::tls;
use relink_tokio::{CloseCode, Millis};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::bench::{Records, echo};

const PATIENCE: Duration = Duration::from_secs(10);

type Wire = WebSocketStream<TcpStream>;

fn request(token: &str) -> tokio_tungstenite::tungstenite::handshake::client::Request {
    let mut request = "ws://server/".into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

async fn dial(port: u16, token: &str) -> Result<Wire, Error> {
    client_async(request(token), TcpStream::connect(("127.0.0.1", port)).await?).await.map(|(socket, _)| socket)
}

async fn listen(server: &Server) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = server.clone();
    (port, tokio::spawn(async move { server.listen(listener).await }))
}

async fn echoes<S>(socket: &mut WebSocketStream<S>, text: &str)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    socket.send(Message::text(text)).await.unwrap();
    let echo = tokio::time::timeout(PATIENCE, socket.next()).await.expect("an echo").unwrap().unwrap();
    assert_eq!(echo, Message::text(text));
}

async fn closed(socket: &mut Wire) -> u16 {
    let close = tokio::time::timeout(PATIENCE, socket.next()).await.expect("a Close").unwrap().unwrap();
    while let Some(Ok(_)) = socket.next().await {}
    match close {
        Message::Close(Some(frame)) => frame.code.into(),
        other => panic!("not a Close but: {other:?}"),
    }
}

/// Two tokens are known: that of a service that is about to change it, and that of another one. One is looked at slowly.
fn tokens(valid: &Arc<RwLock<[&'static str; 2]>>) -> (Server, Records) {
    let (records, valid) = (Records::default(), valid.clone());
    let kept = records.clone();
    let gate = move |upgrade: Arc<Upgrade>| {
        let token = upgrade.bearer().unwrap_or_default().to_owned();
        let is_valid = valid.read().unwrap().contains(&&*token);
        async move {
            if upgrade.header("x-slowly").is_some() {
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
            if is_valid { Ok(Admission::new().with(token)) } else { Err(Rejection::unauthorized("which token?")) }
        }
    };
    let on_end = move |record: &relink_tokio::server::Record| kept.lock().unwrap().push(record.clone());
    (Server::builder().gate(gate).on_end(on_end).serve(echo), records)
}

#[tokio::test]
async fn a_reload_takes_a_new_listener_ends_the_sessions_of_a_changed_token_and_no_others() {
    let valid = Arc::new(RwLock::new(["old", "unchanged"]));
    let (server, records) = tokens(&valid);
    let (first, listening) = listen(&server).await;
    let (mut old, mut unchanged) = (dial(first, "old").await.unwrap(), dial(first, "unchanged").await.unwrap());
    echoes(&mut old, "before").await;
    echoes(&mut unchanged, "before").await;
    let mut slowly = request("old");
    slowly.headers_mut().insert("x-slowly", "yes".parse().unwrap());
    let stream = TcpStream::connect(("127.0.0.1", first)).await.unwrap();
    let between = tokio::spawn(async move { client_async(slowly, stream).await.map(drop) });
    while server.stats().connections < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    // The reload: a new listener, then the old one goes; a new token, then the sessions of the old one go.
    let (second, _listening) = listen(&server).await;
    listening.abort();
    assert!(listening.await.unwrap_err().is_cancelled());
    *valid.write().unwrap() = ["new", "unchanged"];
    let ended = server.end_where(CloseCode::POLICY, |about| about.get::<String>().is_some_and(|token| token == "old"));
    assert_eq!((ended, closed(&mut old).await), (1, 1008));
    let between = between.await.unwrap();
    assert!(matches!(&between, Err(Error::Http(response)) if response.status() == 401), "let in by the old token: {between:?}");
    echoes(&mut unchanged, "after").await;
    assert!(matches!(dial(first, "new").await, Err(Error::Io(_))), "nobody listens there any more");
    let refused = dial(second, "old").await;
    assert!(matches!(&refused, Err(Error::Http(response)) if response.status() == 401), "{refused:?}");
    echoes(&mut dial(second, "new").await.unwrap(), "hello").await;
    echoes(&mut unchanged, "still").await;
    let ends: Vec<_> = records.lock().unwrap().iter().map(|record| (record.cause, record.code)).collect();
    assert_eq!(ends[0], (Cause::Ended, Some(CloseCode::POLICY)));
    server.drain(Plan { spread: Millis::ZERO, close_deadline: Millis::from_secs(1), ..Plan::DEFAULT }).await;
    assert_eq!(server.stats().connections, 0);
}

/// A server's certificate for this name, and a client that trusts it and no other.
fn certified(name: &str) -> (Arc<ServerConfig>, Arc<ClientConfig>) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate.der().clone()).unwrap();
    let client = tls::builder().unwrap().with_root_certificates(roots).with_no_client_auth();
    let server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions().unwrap();
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let server = server.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key.into()).unwrap();
    (Arc::new(server), Arc::new(client))
}

#[tokio::test]
async fn behind_tls_all_is_the_same_and_who_does_not_speak_it_harms_nobody() {
    let (config, trust) = certified("server.test");
    let valid = Arc::new(RwLock::new(["right", "other"]));
    let (server, records) = tokens(&valid);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let accepting = tokio::spawn({
        let server = server.clone();
        async move {
            while let Ok((stream, remote)) = listener.accept().await {
                server.accept_tls(stream, Some(remote), config.clone());
            }
        }
    });
    let secure = async |token: &str| {
        let stream = TcpStream::connect(address).await?;
        let name = ServerName::try_from("server.test").unwrap();
        let stream = TlsConnector::from(trust.clone()).connect(name, stream).await?;
        client_async(request(token), stream).await.map(|(socket, _)| socket)
    };
    let mut socket = secure("right").await.unwrap();
    echoes(&mut socket, "in secret").await;
    let refused = secure("wrong").await;
    assert!(matches!(&refused, Err(Error::Http(response)) if response.status() == 401), "{refused:?}");
    assert!(dial(address.port(), "right").await.is_err(), "without TLS");
    echoes(&mut socket, "unharmed").await;
    let drain = tokio::spawn({
        let server = server.clone();
        async move { server.drain(Plan { spread: Millis::ZERO, ..Plan::DEFAULT }).await }
    });
    let close = tokio::time::timeout(PATIENCE, socket.next()).await.unwrap().unwrap().unwrap();
    assert!(matches!(&close, Message::Close(Some(frame)) if u16::from(frame.code) == 1001), "{close:?}");
    assert!(socket.next().await.is_none(), "its end comes with a close_notify, not with a cut");
    let report = drain.await.unwrap();
    assert_eq!((report.graceful, report.forced, server.stats().connections), (1, 0, 0));
    let records = records.lock().unwrap();
    assert_eq!((records.len(), records[0].about.remote().map(|remote| remote.ip())), (1, Some(address.ip())));
    accepting.abort();
}
