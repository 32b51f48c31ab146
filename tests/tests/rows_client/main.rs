//! Owns the rows of the promised bounds that the client answers for, over real sockets on loopback, against the fault server.
//!
//! Each test prints its rows, what was measured beside what may be: `cargo test -p relink-tests --test rows_client -- --nocapture`.
//! Deadlines are shortened where a row is about the link's own deadline; the row says to what.

mod accept_then_drop;
mod bad_input;
mod fate;
mod hanging;
mod outage;
mod refused;
mod renewal;
mod silence;
mod stall;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use relink_tests::fault::{Behaviour, Certificate, FaultServer};
use relink_tests::rows::{PATIENCE, SLACK, TICK, Watched, median, millis, row, takes, with_slack};
use relink_tokio::ws::rustls::{ClientConfig, RootCertStore};
use relink_tokio::ws::{Request, Ws, tls};
use relink_tokio::{Backoff, Builder, Config, Ending, Jitter, Millis};

/// What a test gives back; the error says what was not so.
type Tested = Result<(), Box<dyn Error>>;

/// Long enough to say that nothing comes.
const QUIET: Duration = Duration::from_millis(300);

/// A link to this server in the making, with this configuration.
fn link(server: &FaultServer, config: Config) -> Result<Builder<Ws>, Box<dyn Error>> {
    Ok(Builder::new(Ws::to(Request::new(&server.url())?)).config(config))
}

/// A policy so fast that a test need not wait for it.
const fn fast(delay_max: Millis) -> Backoff {
    let shortest = Millis::new(20);
    Backoff { first_spread: shortest, delay_min: shortest, delay_max, growth_percent: 200, jitter: Jitter::None, failures_max: 0 }
}

/// The default configuration with that policy.
const FAST: Config = Config { backoff: fast(Millis::new(100)), dial_gap_min: Millis::new(1), ..Config::DEFAULT };

/// A server with TLS, if there is a certificate.
async fn start(certificate: Option<Certificate>) -> std::io::Result<FaultServer> {
    match certificate {
        Some(certificate) => FaultServer::start_tls(certificate, Behaviour::Echo).await,
        None => FaultServer::start(Behaviour::Echo).await,
    }
}

/// A TLS configuration that trusts this server's authority and nobody else's.
fn trust(server: &FaultServer) -> Result<Arc<ClientConfig>, Box<dyn Error>> {
    let mut roots = RootCertStore::empty();
    roots.add(server.root_certificate().ok_or("a server without TLS")?)?;
    Ok(Arc::new(tls::builder()?.with_root_certificates(roots).with_no_client_auth()))
}
