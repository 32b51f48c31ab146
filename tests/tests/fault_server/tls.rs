//! Owns what the tests say about certificates.

use std::sync::Arc;

use relink_tests::fault::{Behaviour, Certificate, Leave, What};
use tokio::io::AsyncReadExt;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{self, CertificateError, ClientConfig, RootCertStore};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

use super::*;

/// A TLS handshake of a client that trusts the server's authority.
async fn secure(server: &FaultServer) -> Result<std::io::Result<TlsStream<TcpStream>>, Box<dyn std::error::Error>> {
    let mut roots = RootCertStore::empty();
    roots.add(server.root_certificate().ok_or("no TLS")?)?;
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tcp = TcpStream::connect(server.address()).await?;
    Ok(soon(TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("127.0.0.1")?, tcp)).await)
}

/// What the client has against the certificate.
fn complaint(failed: std::io::Result<TlsStream<TcpStream>>) -> Option<CertificateError> {
    match failed.err()?.downcast::<rustls::Error>() {
        Ok(rustls::Error::InvalidCertificate(complaint)) => Some(complaint),
        Ok(_) | Err(_) => None,
    }
}

#[tokio::test]
async fn a_good_certificate_carries_a_websocket() -> Tested {
    let server = FaultServer::start_tls(Certificate::Good, Behaviour::Echo).await?;
    assert!(server.url().starts_with("wss://127.0.0.1:"));
    let (mut socket, _) = soon(client_async(server.url(), secure(&server).await??)).await?;
    soon(socket.send(Message::text("hidden"))).await?;
    assert_eq!(soon(socket.next()).await.transpose()?, Some(Message::text("hidden")));
    socket.close(None).await?;
    assert!(matches!(soon(socket.next()).await, Some(Ok(Message::Close(_)))));
    let log = server.log();
    assert!(log.of(1).any(|what| *what == What::Secured) && log.opened() == 1, "{log}");
    Ok(())
}

#[tokio::test]
async fn bad_certificates_are_bad_and_can_be_mended_at_run_time() -> Tested {
    let server = FaultServer::start_tls(Certificate::Expired, Behaviour::Echo).await?;
    let expired = complaint(secure(&server).await?);
    assert!(matches!(expired, Some(CertificateError::Expired | CertificateError::ExpiredContext { .. })), "{expired:?}");

    server.set_certificate(Certificate::WrongName);
    let wrong = complaint(secure(&server).await?);
    assert!(matches!(wrong, Some(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. })), "{wrong:?}");
    let broke = |what: &What| matches!(what, What::Broke(how) if how.starts_with("TLS: "));
    server.until(PATIENCE, |log| log.count(broke) == 2 && log.live() == 0).await?;

    server.set_certificate(Certificate::Good);
    assert!(secure(&server).await?.is_ok());
    Ok(())
}

#[tokio::test]
async fn faults_come_below_tls_where_they_belong() -> Tested {
    let server = FaultServer::start_tls(Certificate::Good, Behaviour::Garbage(b"plain\n".to_vec())).await?;
    let mut tcp = TcpStream::connect(server.address()).await?;
    let mut bytes = Vec::new();
    soon(tcp.read_to_end(&mut bytes)).await?;
    assert_eq!(bytes, b"plain\n");

    server.set(Behaviour::AcceptThenDrop(Leave::Reset));
    let (mut socket, _) = soon(client_async(server.url(), secure(&server).await??)).await?;
    let end = soon(socket.next()).await;
    assert!(matches!(&end, Some(Err(Error::Io(error))) if error.kind() == std::io::ErrorKind::ConnectionReset), "{end:?}");
    Ok(())
}
