//! Owns the way to the server: each request has an end, and a server that does not answer is left for another.

use std::future::Future;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_nats::Client;
use tokio::time::{Instant, timeout};

use super::version;
use crate::Fault;

/// A client stays with a server that has lost its quorum. After so many time-outs, with no answer between, it is sent to another.
const TIMEOUTS_MAX: u32 = 2;

#[derive(Debug)]
pub(super) struct Line {
    client: Client,
    request_timeout: Duration,
    patience: Mutex<Patience>,
    known: Mutex<Known>,
}

/// The connection whose server is new enough.
#[derive(Debug)]
struct Known {
    connects: u64,
    since: Instant,
    is_settled: bool,
}

/// A connection is counted a moment before its server's version can be read: until then it is looked at again.
const SETTLES: Duration = Duration::from_secs(1);

/// Time-outs in a row. Requests that were on their way together count once.
#[derive(Debug)]
struct Patience {
    timeouts: u32,
    since: Instant,
}

impl Patience {
    const fn new(now: Instant) -> Self {
        Self { timeouts: 0, since: now }
    }

    fn answered(&mut self) {
        self.timeouts = 0;
    }

    /// Whether it has run out.
    fn timed_out(&mut self, began: Instant, now: Instant) -> bool {
        if began < self.since {
            return false;
        }
        self.since = now;
        self.timeouts += 1;
        let is_out = self.timeouts >= TIMEOUTS_MAX;
        if is_out {
            self.timeouts = 0;
        }
        is_out
    }
}

impl Line {
    pub(super) fn new(client: Client, request_timeout: Duration) -> Self {
        let now = Instant::now();
        let known = Known { connects: 0, since: now, is_settled: false };
        Self { client, request_timeout, patience: Mutex::new(Patience::new(now)), known: Mutex::new(known) }
    }

    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    /// One request, with its end. The server may be another one when the answer comes: its version is looked at before and after.
    pub(super) async fn ask<T>(&self, what: &'static str, request: impl Future<Output = T>) -> Result<T, Fault> {
        self.check_version()?;
        let began = Instant::now();
        let Ok(answer) = timeout(self.request_timeout, request).await else {
            self.timed_out(what, began).await;
            return Err(Fault::TimedOut { what });
        };
        self.patience.lock().unwrap_or_else(PoisonError::into_inner).answered();
        self.check_version()?;
        Ok(answer)
    }

    /// Something that was begun then should have been heard of.
    pub(super) async fn timed_out(&self, what: &'static str, began: Instant) {
        let is_out = self.patience.lock().unwrap_or_else(PoisonError::into_inner).timed_out(began, Instant::now());
        if is_out {
            let server = self.client.server_info().server_name;
            tracing::warn!(%server, what, "the NATS server does not answer: reconnecting");
            // Only a closed client refuses, and its requests fail by themselves.
            let _ = timeout(self.request_timeout, self.client.force_reconnect()).await;
        }
    }

    pub(super) fn check_version(&self) -> Result<(), Fault> {
        let connects = self.client.statistics().connects.load(Ordering::Relaxed);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.connects != connects {
            *known = Known { connects, since: Instant::now(), is_settled: false };
        }
        if known.is_settled {
            return Ok(());
        }
        version::check(&self.client.server_info().version)?;
        known.is_settled = known.since.elapsed() >= SETTLES;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::time::Instant;

    use super::{Line, Patience};
    use crate::Fault;

    #[test]
    fn two_timeouts_in_a_row_are_enough_and_those_of_one_moment_are_one() {
        let began = Instant::now();
        let after = |seconds| began + Duration::from_secs(seconds);
        let mut patience = Patience::new(began);
        assert!(!patience.timed_out(began, after(2)), "the first");
        assert!(!patience.timed_out(after(1), after(3)), "on its way with the first");
        patience.answered();
        assert!(!patience.timed_out(after(3), after(5)), "one was answered between");
        assert!(patience.timed_out(after(5), after(7)), "two in a row");
        assert!(!patience.timed_out(after(8), after(10)), "the next server begins anew");
    }

    /// Says it is a NATS server of these versions, one a connection, and answers pings and nothing else. It ends a connection
    /// at the first publication.
    async fn fake_server(listener: TcpListener, versions: &[&str]) {
        for version in versions {
            let Ok((stream, _)) = listener.accept().await else { return };
            let _ = serve(stream, version).await;
        }
    }

    async fn serve(stream: TcpStream, version: &str) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        let info = format!(r#"INFO {{"server_id":"X","server_name":"fake","version":"{version}","headers":true,"max_payload":1048576}}"#);
        stream.write_all(format!("{info}\r\n").as_bytes()).await?;
        let mut line = String::new();
        while stream.read_line(&mut line).await? > 0 && !line.starts_with("PUB") {
            if line.starts_with("PING") {
                stream.write_all(b"PONG\r\n").await?;
            }
            line.clear();
        }
        Ok(())
    }

    async fn line_to(versions: &'static [&'static str]) -> (Line, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = tokio::spawn(async move { fake_server(listener, versions).await });
        (Line::new(async_nats::connect(address).await.unwrap(), Duration::from_secs(5)), server)
    }

    #[tokio::test]
    async fn an_old_server_is_refused_at_the_start() {
        let (line, server) = line_to(&["2.11.4"]).await;
        assert_eq!(line.ask("try", async {}).await, Err(Fault::ServerTooOld { found: "2.11.4".into() }));
        server.abort();
    }

    #[tokio::test]
    async fn an_old_server_is_refused_after_a_reconnect() {
        let (line, server) = line_to(&["2.15.1", "2.9.10"]).await;
        assert_eq!(line.ask("try", async {}).await, Ok(()));
        line.client().publish("anything", "".into()).await.unwrap();
        line.client().flush().await.ok();
        let refused = async {
            while line.ask("try", async {}).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), refused).await.expect("the second server is too old");
        server.abort();
    }
}
