//! Owns the proof that the server leaves nothing behind: no socket, no task.

use std::time::Duration;

use relink_tests::fault::{Behaviour, Leave, Refusal, Service, What};
use relink_tests::sockets::{self, Sockets};
use tokio::io::AsyncReadExt;
use tokio::runtime::Handle;

use super::*;

/// Behaviours that hold a connection for ever, each in another place of the code.
fn holders() -> Vec<Behaviour> {
    let long = Duration::from_secs(3600);
    vec![
        Behaviour::Echo,
        Behaviour::Numbers { every: Duration::from_millis(10) },
        Behaviour::Mute,
        Behaviour::Refuse(Refusal::new(503).late_body("late", long)),
        Behaviour::Drip { every: long },
        Behaviour::HalfThenSilence,
        Behaviour::Silent { after: Duration::ZERO },
        Behaviour::HalfOpen { after: Duration::ZERO },
        Behaviour::StalledReader,
        Behaviour::CloseUnanswered,
        Behaviour::CloseThenHold { after: Duration::ZERO, code: 1000 },
        Behaviour::Oversize(u64::MAX >> 1),
    ]
}

async fn hold_all(server: &FaultServer) -> Result<Vec<TcpStream>, Box<dyn std::error::Error>> {
    server.script(holders().into_iter().map(Behaviour::once));
    let mut clients = Vec::new();
    for _ in holders() {
        clients.push(request(server).await?);
    }
    let count = holders().len();
    server.until(PATIENCE, |log| log.live() == count).await?;
    Ok(clients)
}

/// Whether all tasks but this one have ended, after a few turns of the runtime and without a wait.
async fn no_task_left() -> bool {
    for _ in 0..16 {
        tokio::task::yield_now().await;
    }
    Handle::current().metrics().num_alive_tasks() == 0
}

#[tokio::test]
async fn a_server_that_is_dropped_takes_every_connection_with_it() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    let port = server.port();
    let mut clients = hold_all(&server).await?;
    if cfg!(target_os = "linux") {
        let all = Sockets { dialled: clients.len(), accepted: clients.len(), listening: 1 };
        assert_eq!(sockets::settled(port, PATIENCE, |now| now == all).await?, all);
    }
    assert_eq!(Handle::current().metrics().num_alive_tasks(), clients.len() + 1, "one task a connection, and the accept loop");

    drop(server);
    assert!(no_task_left().await);
    for client in &mut clients {
        // FIN or RST, after what was under way.
        let _ = soon(client.read_to_end(&mut Vec::new())).await;
    }
    if cfg!(target_os = "linux") {
        let left = sockets::on_port(port)?;
        assert_eq!((left.accepted, left.listening), (0, 0));
        drop(clients);
        assert_eq!(sockets::on_port(port)?, Sockets::NONE);
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_stopped_has_let_go_of_everything_when_stop_returns() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    let port = server.port();
    let clients = hold_all(&server).await?;
    let log = soon(server.stop()).await;
    assert_eq!(log.count(|what| *what == What::Ended), clients.len(), "{log}");
    assert_eq!(log.live(), 0);
    assert_eq!(Handle::current().metrics().num_alive_tasks(), 0);
    if cfg!(target_os = "linux") {
        let left = sockets::on_port(port)?;
        assert_eq!((left.accepted, left.listening), (0, 0));
    }
    Ok(())
}

#[tokio::test]
async fn connections_that_ended_leave_nothing() -> Tested {
    let server = FaultServer::start(Behaviour::Echo).await?;
    let brief = Behaviour::Play(vec![relink_tests::fault::Act::Serve(Service::ECHO.lasting(Duration::ZERO))]);
    let behaviours = [Behaviour::AcceptThenDrop(Leave::Fin), Behaviour::Hangup(Leave::Reset), Behaviour::Refuse(Refusal::new(409)), brief];
    for behaviour in behaviours {
        server.set(behaviour);
        for _ in 0..100 {
            let _ = dial(&server).await;
        }
    }
    let log = server.until(PATIENCE, |log| log.count(|what| *what == What::Ended) == 400).await?;
    assert_eq!((log.dials().len(), log.live()), (400, 0));
    tokio::task::yield_now().await;
    assert_eq!(Handle::current().metrics().num_alive_tasks(), 1, "the accept loop");
    if cfg!(target_os = "linux") {
        assert_eq!(sockets::on_port(server.port())?, Sockets { listening: 1, ..Sockets::NONE });
    }
    Ok(())
}
