//! TLS: the trust anchors, the handshake, and what its errors mean to a person.

use std::io;
use std::sync::{Arc, OnceLock};

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{self, CertificateError, ClientConfig, Error};

use super::source::Socket;
use crate::ending::{Ending, RequestFault, TlsFault, TlsProblem};

/// The client configuration used where none is given, one for the whole process (so that sessions are resumed):
/// `webpki_roots` where that feature is on, else `platform_roots`.
pub fn default_roots() -> Result<Arc<ClientConfig>, RequestFault> {
    static SHARED: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = SHARED.get() {
        return Ok(config.clone());
    }
    let config = any_roots()?;
    Ok(SHARED.get_or_init(|| config).clone())
}

#[cfg(feature = "webpki-roots")]
fn any_roots() -> Result<Arc<ClientConfig>, RequestFault> {
    webpki_roots()
}

#[cfg(all(feature = "platform-roots", not(feature = "webpki-roots")))]
fn any_roots() -> Result<Arc<ClientConfig>, RequestFault> {
    platform_roots()
}

#[cfg(not(any(feature = "platform-roots", feature = "webpki-roots")))]
fn any_roots() -> Result<Arc<ClientConfig>, RequestFault> {
    let why = "no trust anchors are compiled in; turn on the feature webpki-roots or platform-roots, or give a client configuration";
    Err(RequestFault::NoTls(why.into()))
}

/// Trusts what Mozilla trusted when this was compiled.
#[cfg(feature = "webpki-roots")]
pub fn webpki_roots() -> Result<Arc<ClientConfig>, RequestFault> {
    let anchors = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let config = builder()?.with_root_certificates(anchors).with_no_client_auth();
    Ok(Arc::new(config))
}

/// Trusts what the operating system trusts.
#[cfg(feature = "platform-roots")]
pub fn platform_roots() -> Result<Arc<ClientConfig>, RequestFault> {
    use rustls_platform_verifier::BuilderVerifierExt;
    let config = builder()?.with_platform_verifier().map_err(no_tls)?.with_no_client_auth();
    Ok(Arc::new(config))
}

/// The beginning of a client configuration of your own: ring does the cryptography, TLS 1.2 and 1.3 are spoken.
pub fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, RequestFault> {
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(ring).with_safe_default_protocol_versions().map_err(no_tls)
}

fn no_tls(error: Error) -> RequestFault {
    RequestFault::NoTls(error.to_string().into())
}

/// Shakes hands over this stream.
pub(super) async fn secure(stream: Socket, host: &Arc<str>, config: Arc<ClientConfig>) -> Result<Socket, Ending> {
    let name = ServerName::try_from(host.to_string()).map_err(|_| {
        let why = format!("{host:?} is neither a host name nor an address");
        Ending::Request(RequestFault::Url(why.into()))
    })?;
    match TlsConnector::from(config).connect(name, stream).await {
        Ok(stream) => Ok(Box::new(stream)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Err(Ending::Tls(TlsFault { problem: TlsProblem::Cut, host: host.clone(), detail: error.to_string().into() }))
        }
        Err(error) => Err(ending(host, error)),
    }
}

/// What an error of a stream means, with or without TLS on it.
pub(crate) fn ending(host: &Arc<str>, error: io::Error) -> Ending {
    if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        return Ending::Tls(fault(host, tls));
    }
    match error.kind() {
        // A TLS stream that ends without a close_notify, which many peers do not send.
        io::ErrorKind::UnexpectedEof => Ending::Eof,
        _ => Ending::from(error),
    }
}

/// What TLS says of a peer.
pub(crate) fn fault(host: &Arc<str>, error: &Error) -> TlsFault {
    TlsFault { problem: problem(error), host: host.clone(), detail: error.to_string().into() }
}

fn problem(error: &Error) -> TlsProblem {
    match error {
        Error::InvalidCertificate(fault) => match fault {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsProblem::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsProblem::NotYetValid,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => TlsProblem::WrongName,
            CertificateError::UnknownIssuer => TlsProblem::UnknownIssuer,
            CertificateError::Revoked => TlsProblem::Revoked,
            _ => TlsProblem::BadCertificate,
        },
        Error::NoCertificatesPresented => TlsProblem::BadCertificate,
        Error::AlertReceived(_) => TlsProblem::Alert,
        Error::InvalidMessage(_) => TlsProblem::NotTls,
        Error::PeerIncompatible(_) | Error::NoApplicationProtocol => TlsProblem::Incompatible,
        _ => TlsProblem::Other,
    }
}
