//! A stop of a link that holds at most one connection: in every state, before and after each step of the opening handshake.

use relink_tests::fault::{Certificate, Refusal, What};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

use super::bench::{dialled, reaches};
use super::*;

fn is_connecting(state: &LinkState) -> bool {
    matches!(state, LinkState::Connecting { .. })
}

#[tokio::test]
async fn stop_in_idle() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::Echo).await?;
    let watched = Watched::start_on(bench.runtime(), link(&server.url(), CONFIG)?.lazy());
    let case = Case { name: "in Idle", state: |state| matches!(state, LinkState::Idle), held: 0, forced: false, told: "" };
    case.stop(&bench, watched, server).await
}

#[tokio::test]
async fn stop_in_backoff() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::Refuse(Refusal::new(503))).await?;
    let mut watched = Watched::start_on(bench.runtime(), link(&server.url(), WAITS)?);
    watched.failed().await?;
    let state = |state: &LinkState| matches!(state, LinkState::Backoff { .. });
    Case { name: "in Backoff", state, held: 0, forced: false, told: "failed" }.stop(&bench, watched, server).await
}

#[tokio::test]
async fn stop_while_the_provider_is_asked_for_a_url() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::Echo).await?;
    let transport = Ws::new(|_| std::future::pending());
    let watched = Watched::start_on(bench.runtime(), Builder::new(transport).config(CONFIG));
    reaches(watched.client(), is_connecting).await?;
    let case = Case { name: "while the provider is asked for a URL", state: is_connecting, held: 0, forced: false, told: "failed" };
    case.stop(&bench, watched, server).await
}

/// A listener whose queue is full: TCP itself is not accepted. With it come the sockets that fill the queue.
async fn full() -> std::io::Result<(TcpListener, Vec<TcpStream>)> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    let listener = socket.listen(1)?;
    let mut waiting = Vec::new();
    while let Ok(stream) = timeout(Duration::from_millis(100), TcpStream::connect(listener.local_addr()?)).await {
        waiting.push(stream?);
    }
    Ok((listener, waiting))
}

#[tokio::test]
async fn stop_while_tcp_is_not_accepted() -> Tested {
    let bench = Bench::new().await?;
    let (listener, waiting) = full().await?;
    let address = listener.local_addr()?;
    let watched = Watched::start_on(bench.runtime(), link(&format!("ws://{address}/"), CONFIG)?);
    let begun = tokio::time::Instant::now();
    while dialled(address.port())? == waiting.len() && begun.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let case = Case { name: "before TCP is accepted", state: is_connecting, held: 1, forced: false, told: "failed" };
    case.stop_beside(&bench, watched, address.port(), waiting.len()).await?;
    drop((listener, waiting));
    bench.is_empty().await
}

/// A link in the middle of an opening handshake that does not end.
async fn mid_handshake(name: &'static str, server: FaultServer, bench: Bench, seen: fn(&What) -> bool) -> Tested {
    let watched = Watched::start_on(bench.runtime(), link(&server.url(), CONFIG)?);
    server.until(PATIENCE, |log| log.count(seen) > 0).await?;
    Case { name, state: is_connecting, held: 1, forced: false, told: "failed" }.stop(&bench, watched, server).await
}

#[tokio::test]
async fn stop_in_the_tls_handshake() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start_tls(Certificate::Good, Behaviour::Mute).await?;
    mid_handshake("in the TLS handshake", server, bench, |what| *what == What::Dialled).await
}

#[tokio::test]
async fn stop_in_the_opening_handshake() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::HalfThenSilence).await?;
    mid_handshake("in the opening handshake", server, bench, |what| matches!(what, What::Requested(_))).await
}

#[tokio::test]
async fn stop_in_the_body_of_a_refusal() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::Refuse(Refusal::new(503).late_body("late", HOUR.as_duration()))).await?;
    mid_handshake("in the body of a refusal", server, bench, |what| *what == What::Refused(503)).await
}

#[tokio::test]
async fn stop_in_open_awaiting_acceptance() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::Echo).await?;
    let builder = link(&server.url(), OVERLAPS)?.transport(|ws| ws.protocol(Hello));
    let watched = Watched::start_on(bench.runtime(), builder);
    let state = |state: &LinkState| matches!(state, LinkState::Open { .. });
    reaches(watched.client(), state).await?;
    let case = Case { name: "in Open, awaiting acceptance", state, held: 1, forced: false, told: "failed" };
    case.stop(&bench, watched, server).await
}

#[tokio::test]
async fn stop_in_ready() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::Echo).await?;
    let mut watched = Watched::start_on(bench.runtime(), link(&server.url(), CONFIG)?);
    watched.up().await?;
    watched.echoes().await?;
    let state = |state: &LinkState| matches!(state, LinkState::Ready { .. });
    Case { name: "in Ready", state, held: 1, forced: false, told: "up down" }.stop(&bench, watched, server).await
}
