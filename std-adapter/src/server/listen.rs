//! The way in from the network: listeners, signals, and an HTTP server that is put around.

use std::pin::pin;
use std::time::Duration;

use tokio::net::TcpListener;

use super::{Plan, Report, Server};
use crate::ws::Protocol;

/// The pause after an accept that failed: the process has too many descriptors, for instance, and will have fewer soon.
const PAUSE: Duration = Duration::from_millis(100);

impl<P: Protocol> Server<P> {
    /// Takes in all that connect to this listener, until the server is drained; those that come during the drain are refused
    /// properly. Dropping the future closes the listener and no connection: so another one can take its place. There may be several at once.
    pub async fn listen(&self, listener: TcpListener) {
        let mut over = pin!(self.house.over());
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = &mut over => return,
            };
            match accepted {
                Ok((stream, remote)) => {
                    // A message must not wait for the acknowledgement of the one before it. A socket that is gone says so later.
                    let _ = stream.set_nodelay(true);
                    self.accept(stream, Some(remote));
                }
                Err(error) => {
                    tracing::warn!(%error, "nobody could be accepted; trying again");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Listens until SIGTERM or Ctrl-C, then [drains](Server::drain).
    pub async fn run(&self, listener: TcpListener, plan: Plan) -> Report {
        let mut listening = pin!(self.listen(listener));
        tokio::select! {
            () = &mut listening => {}
            () = terminated() => {}
        }
        let drain = self.drain(plan);
        let (report, ()) = futures_util::future::join(drain, listening_or_over(self, listening)).await;
        report
    }
}

/// A listener that has ended is not polled again.
async fn listening_or_over<P: Protocol>(server: &Server<P>, listening: impl Future<Output = ()>) {
    tokio::select! {
        biased;
        () = server.house.over() => {}
        () = listening => {}
    }
}

/// Ready when the process is asked to end: by SIGTERM, as by Kubernetes and systemd, or by Ctrl-C.
pub async fn terminated() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = interrupt => {}
        () = sigterm() => {}
    }
}

#[cfg(unix)]
async fn sigterm() {
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut signal) => drop(signal.recv().await),
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be listened to");
            std::future::pending().await
        }
    }
}

#[cfg(not(unix))]
async fn sigterm() {
    std::future::pending().await
}
