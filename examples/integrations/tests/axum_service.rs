//! Owns what the axum service promises, from the outside: its answers while it serves, and how it ends.

#![cfg(unix)]

use std::error::Error;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

type Tested<T = ()> = Result<T, Box<dyn Error>>;

/// More than all of it should take, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program, running. Dropped, it is killed.
struct Running {
    program: Child,
    lines: tokio::io::Lines<BufReader<tokio::process::ChildStdout>>,
    address: String,
}

impl Running {
    async fn start() -> Tested<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_axum_service"));
        let mut program = command.arg("127.0.0.1:0").stdout(std::process::Stdio::piped()).kill_on_drop(true).spawn()?;
        let mut lines = BufReader::new(program.stdout.take().ok_or("no output")?).lines();
        let first = timeout(PATIENCE, lines.next_line()).await??.ok_or("it has ended")?;
        let address = first.strip_prefix("listening on ").ok_or(first.as_str())?.to_owned();
        Ok(Self { program, lines, address })
    }

    /// Its answer: the status, and the whole of it.
    async fn get(&self, path: &str) -> Tested<(u16, String)> {
        let mut stream = TcpStream::connect(&self.address).await?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address);
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        timeout(PATIENCE, stream.read_to_string(&mut answer)).await??;
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or("no status")?;
        Ok((status, answer))
    }

    /// The number behind this name, labels included.
    async fn number(&self, name: &str) -> Tested<Option<u64>> {
        let (status, page) = self.get("/metrics").await?;
        assert_eq!(status, 200, "{page}");
        let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        Ok(line.map(str::parse).transpose()?)
    }

    async fn dial(&self) -> Result<WebSocketStream<TcpStream>, WsError> {
        let stream = TcpStream::connect(&self.address).await?;
        client_async(format!("ws://{}/socket", self.address), stream).await.map(|(socket, _)| socket)
    }

    fn terminate(&self) -> Tested {
        let id = self.program.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)).ok_or("it has ended")?;
        Ok(kill_process(id, Signal::TERM)?)
    }
}

#[tokio::test]
async fn it_serves_is_watched_and_ends_as_an_orchestrator_wants_it() -> Tested {
    let mut service = Running::start().await?;
    assert_eq!([service.get("/healthz").await?.0, service.get("/readyz").await?.0], [200, 200]);
    let mut socket = service.dial().await?;
    socket.send(Message::text("hello")).await?;
    assert_eq!(next(&mut socket).await?, Message::text("hello"));
    let (_, page) = service.get("/metrics").await?;
    assert!(page.contains("text/plain; version=0.0.4") && page.contains("# TYPE relink_server_connections gauge"), "{page}");
    assert!(page.contains("# HELP relink_server_accepted_total "), "{page}");
    assert_eq!(service.number("relink_server_connections").await?, Some(1), "{page}");
    // A plain request is refused, and counted by its status.
    assert_eq!(service.get("/socket").await?.0, 426);
    assert_eq!(service.number(r#"relink_server_rejected_total{status="426"}"#).await?, Some(1));

    service.terminate()?;
    timeout(PATIENCE, async {
        while service.get("/readyz").await?.0 != 503 {}
        Tested::Ok(())
    })
    .await??;
    assert_eq!(service.get("/healthz").await?.0, 200, "it still lives");
    assert_eq!(service.number("relink_server_draining").await?, Some(1));
    let Err(WsError::Http(refused)) = service.dial().await else { return Err("a new one was let in".into()) };
    assert_eq!((refused.status().as_u16(), refused.headers().get("retry-after").map(|value| value.as_bytes())), (503, Some(&b"5"[..])));

    assert_eq!(next(&mut socket).await?, Message::text("this service ends; come back, another one will be there"));
    let close = next(&mut socket).await?;
    assert!(matches!(&close, Message::Close(Some(frame)) if u16::from(frame.code) == 1001), "{close:?}");
    while let Some(Ok(_)) = timeout(PATIENCE, socket.next()).await? {}
    let report = timeout(PATIENCE, service.lines.next_line()).await??.unwrap_or_default();
    assert!(report.starts_with("Report { graceful: 1, forced: 0, "), "{report}");
    assert_eq!(timeout(PATIENCE, service.program.wait()).await??.code(), Some(0));
    Ok(())
}

#[tokio::test]
async fn who_never_answers_its_close_holds_up_nothing() -> Tested {
    let mut service = Running::start().await?;
    let silent = service.dial().await?;
    service.terminate()?;
    let report = timeout(PATIENCE, service.lines.next_line()).await??.unwrap_or_default();
    assert!(report.starts_with("Report { graceful: 0, forced: 1, "), "{report}");
    assert_eq!(timeout(PATIENCE, service.program.wait()).await??.code(), Some(0));
    drop(silent);
    Ok(())
}

async fn next(socket: &mut WebSocketStream<TcpStream>) -> Tested<Message> {
    Ok(timeout(PATIENCE, socket.next()).await?.ok_or("the connection has ended")??)
}
