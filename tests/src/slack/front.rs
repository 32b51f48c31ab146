//! Owns TLS in front of the fake Slack: what comes in on a port of its own is handed on, deciphered.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::rustls::pki_types::CertificateDer;

use super::server::FakeSlack;
use crate::fault::{Certificate, Tls};

/// An `https://` way to a fake Slack, with a certificate of an authority of its own. The WebSocket's URL stays as the fake
/// Slack gives it, `ws://`. Dropped, it ends with all its connections.
#[derive(Debug)]
pub struct TlsFront {
    address: SocketAddr,
    root: CertificateDer<'static>,
    _tasks: JoinSet<()>,
}

impl TlsFront {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// If no certificate can be made, or no port can be had.
    pub async fn start(slack: &FakeSlack, certificate: Certificate) -> io::Result<Self> {
        let tls = Tls::new()?;
        let (acceptor, root, behind) = (tls.acceptor(certificate), tls.root().clone(), slack.address());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((tcp, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                connections.spawn(async move {
                    let mut outer = acceptor.accept(tcp).await?;
                    let mut inner = TcpStream::connect(behind).await?;
                    copy_bidirectional(&mut outer, &mut inner).await
                });
            }
        });
        Ok(Self { address, root, _tasks: tasks })
    }

    /// What stands for `https://slack.com/api/`.
    #[must_use]
    pub fn api_url(&self) -> String {
        format!("https://{}/api/", self.address)
    }

    /// The authority's certificate, for a client's trust anchors.
    #[must_use]
    pub const fn root_certificate(&self) -> &CertificateDer<'static> {
        &self.root
    }
}
