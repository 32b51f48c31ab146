//! Owns the server's certificates: made anew for each server, signed by an authority of its own.

use std::sync::Arc;
use std::{fmt, io};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

/// What the server shows in a TLS handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// For `127.0.0.1` and `localhost`, in its time.
    Good,
    /// The same, but its time ended in 2021.
    Expired,
    /// In its time, but for `elsewhere.example`.
    WrongName,
}

/// The authority and the three certificates.
pub(crate) struct Tls {
    root: CertificateDer<'static>,
    good: TlsAcceptor,
    expired: TlsAcceptor,
    wrong_name: TlsAcceptor,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

impl Tls {
    pub(crate) fn new() -> io::Result<Self> {
        let mut params = CertificateParams::new(Vec::new()).map_err(io::Error::other)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let authority = CertifiedIssuer::self_signed(params, key).map_err(io::Error::other)?;
        Ok(Self {
            root: authority.der().clone(),
            good: acceptor(&authority, Certificate::Good)?,
            expired: acceptor(&authority, Certificate::Expired)?,
            wrong_name: acceptor(&authority, Certificate::WrongName)?,
        })
    }

    /// The authority's certificate, for a client's trust anchors.
    pub(crate) const fn root(&self) -> &CertificateDer<'static> {
        &self.root
    }

    pub(crate) fn acceptor(&self, certificate: Certificate) -> TlsAcceptor {
        match certificate {
            Certificate::Good => self.good.clone(),
            Certificate::Expired => self.expired.clone(),
            Certificate::WrongName => self.wrong_name.clone(),
        }
    }
}

fn acceptor(authority: &CertifiedIssuer<'_, KeyPair>, kind: Certificate) -> io::Result<TlsAcceptor> {
    let names = match kind {
        Certificate::Good | Certificate::Expired => vec!["127.0.0.1".to_owned(), "localhost".to_owned()],
        Certificate::WrongName => vec!["elsewhere.example".to_owned()],
    };
    let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
    (params.not_before, params.not_after) = match kind {
        Certificate::Good | Certificate::WrongName => (date_time_ymd(2020, 1, 1), date_time_ymd(2100, 1, 1)),
        Certificate::Expired => (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1)),
    };
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let certificate = params.signed_by(&key, authority).map_err(io::Error::other)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key))
        .map_err(io::Error::other)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
