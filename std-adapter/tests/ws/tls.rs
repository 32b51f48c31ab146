//! wss:// with certificates that are good, expired, of tomorrow, for another name, of nobody, and with peers without TLS.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use relink_core::{Millis, Verdict};
use relink_tokio::classify::verdict;
use relink_tokio::ending::{TlsFault, TlsProblem};
use relink_tokio::ws::rustls::pki_types::PrivatePkcs8KeyDer;
use relink_tokio::ws::rustls::server::WebPkiClientVerifier;
use relink_tokio::ws::rustls::{ClientConfig, RootCertStore, ServerConfig, crypto::ring};
use relink_tokio::ws::{Message, Request, Ws, tls};
use relink_tokio::{Connection, Ending, Incoming};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::peer::{accept, flush, frame, hold, next, open_with, read_frame, read_request};

/// A certificate authority of our own.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        roots
    }

    /// A client that trusts this authority and nobody else.
    pub(crate) fn client(&self) -> Arc<ClientConfig> {
        Arc::new(tls::builder().unwrap().with_root_certificates(self.roots()).with_no_client_auth())
    }

    /// A server with a certificate for this name, after `change`.
    pub(crate) fn server(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Arc<ServerConfig> {
        let (chain, key) = self.certificate(name, change);
        Arc::new(server_builder().with_no_client_auth().with_single_cert(chain, key.into()).unwrap())
    }

    fn certificate(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> (Vec<Der>, PrivatePkcs8KeyDer<'static>) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        change(&mut params);
        let certificate = params.signed_by(&key, &self.0).unwrap();
        (vec![certificate.der().clone()], key.serialize_der().into())
    }
}

type Der = relink_tokio::ws::rustls::pki_types::CertificateDer<'static>;

fn server_builder() -> relink_tokio::ws::rustls::ConfigBuilder<ServerConfig, relink_tokio::ws::rustls::WantsVerifier> {
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions().unwrap()
}

/// A server that echoes one message; the transport dials it whatever the URL's host is.
async fn serving(config: Arc<ServerConfig>, client: Arc<ClientConfig>) -> Ws {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let Ok(mut stream) = TlsAcceptor::from(config).accept(stream).await else { return };
        accept(&mut stream).await;
        let (_, payload) = read_frame(&mut stream).await;
        stream.write_all(&frame(0x81, &payload)).await.unwrap();
        stream.flush().await.unwrap();
    });
    Ws::to(Request::new("wss://chat.test/").unwrap()).tls(client).connector(move |_| TcpStream::connect(address))
}

async fn fault(ws: Ws) -> (TlsFault, String) {
    let ending = open_with(ws).await.expect_err("a failure");
    let text = ending.to_string();
    let longest = Verdict::RetryIn(Millis::MAX);
    match &ending {
        Ending::Tls(fault) => {
            assert_eq!(verdict(&ending), if fault.problem.is_certificate() { longest } else { Verdict::Retry }, "{text}");
            (fault.clone(), text)
        }
        other => panic!("not TLS: {other:?}"),
    }
}

#[tokio::test]
async fn a_good_certificate_opens_and_messages_flow() {
    let authority = Authority::new("ours");
    let ws = serving(authority.server("chat.test", |_| ()), authority.client()).await;
    let mut connection = open_with(ws).await.unwrap();
    connection.queue("in secret".into()).unwrap();
    flush(&mut connection).await.unwrap();
    assert!(matches!(next(&mut connection).await, Incoming::Message(Message::Text(text)) if text == "in secret"));
    // The peer ends without a Close and without close_notify: the same as without TLS.
    assert!(matches!(next(&mut connection).await, Incoming::Lost(Ending::Eof)));
}

#[tokio::test]
async fn an_expired_certificate_is_said_loudly_and_tried_again_at_the_longest_delay() {
    let authority = Authority::new("ours");
    let server = authority.server("chat.test", |params| params.not_after = date_time_ymd(2020, 1, 1));
    let (fault, text) = fault(serving(server, authority.client()).await).await;
    assert_eq!(fault.problem, TlsProblem::Expired);
    let sentence =
        "refused to trust \"chat.test\": its certificate has EXPIRED; the operator must renew it (or this machine's clock is wrong) (";
    assert!(text.starts_with(sentence), "{text}");
}

#[tokio::test]
async fn other_bad_certificates_have_their_own_names() {
    let authority = Authority::new("ours");
    let future = authority.server("chat.test", |params| params.not_before = date_time_ymd(4000, 1, 1));
    assert_eq!(fault(serving(future, authority.client()).await).await.0.problem, TlsProblem::NotYetValid);
    let other_name = authority.server("other.test", |_| ());
    let (named, text) = fault(serving(other_name, authority.client()).await).await;
    assert_eq!(named.problem, TlsProblem::WrongName);
    assert!(text.contains("ANOTHER NAME") && text.contains("other.test"), "{text}");
    let nobody = Authority::new("nobody").server("chat.test", |_| ());
    assert_eq!(fault(serving(nobody, authority.client()).await).await.0.problem, TlsProblem::UnknownIssuer);
    let copied_name = Authority::new("ours").server("chat.test", |_| ());
    assert_eq!(fault(serving(copied_name, authority.client()).await).await.0.problem, TlsProblem::BadCertificate);
    // The roots compiled in do not know our authority either.
    let unknown = authority.server("chat.test", |_| ());
    assert_eq!(fault(serving(unknown, tls::default_roots().unwrap()).await).await.0.problem, TlsProblem::UnknownIssuer);
}

#[tokio::test]
async fn a_peer_that_wants_a_certificate_of_ours_says_so_by_an_alert() {
    let authority = Authority::new("ours");
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(authority.roots()), Arc::new(ring::default_provider())).build().unwrap();
    let (chain, key) = authority.certificate("chat.test", |_| ());
    let server = server_builder().with_client_cert_verifier(verifier).with_single_cert(chain, key.into()).unwrap();
    let (fault, text) = fault(serving(Arc::new(server), authority.client()).await).await;
    assert_eq!(fault.problem, TlsProblem::Alert);
    assert!(text.contains("refused the TLS handshake") && text.contains("CertificateRequired"), "{text}");
}

#[tokio::test]
async fn an_end_before_the_answer_is_the_same_as_without_tls() {
    let authority = Authority::new("ours");
    let server = authority.server("chat.test", |_| ());
    let (ours, theirs) = tokio::io::duplex(10_000);
    tokio::spawn(async move {
        let mut stream = TlsAcceptor::from(server).accept(theirs).await.unwrap();
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1").await.unwrap();
        stream.flush().await.unwrap();
    });
    let ours = std::sync::Mutex::new(Some(ours));
    let ws = Ws::to(Request::new("wss://chat.test/").unwrap()).tls(authority.client()).connector(move |_| {
        let stream = ours.lock().unwrap().take();
        async move { stream.ok_or_else(|| std::io::Error::other("the pipe is taken")) }
    });
    let ending = open_with(ws).await.expect_err("a failure");
    assert!(matches!(ending, Ending::HandshakeCut { received_bytes: 8 }), "{ending:?}");
}

#[tokio::test]
async fn peers_without_tls() {
    let client = Authority::new("ours").client();
    for (bytes, problem) in [(&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], TlsProblem::NotTls), (b"", TlsProblem::Cut)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("wss://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            // The client has spoken first, as TLS does.
            tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 4096]).await.unwrap();
            stream.write_all(bytes).await.unwrap();
            stream.shutdown().await.unwrap();
            hold(&mut stream).await;
        });
        let (fault, text) = fault(Ws::to(Request::new(&url).unwrap()).tls(client.clone())).await;
        assert_eq!(fault.problem, problem, "{text}");
    }
}

#[cfg(feature = "platform-roots")]
#[tokio::test]
async fn the_platform_does_not_know_our_authority() {
    let unknown = Authority::new("ours").server("chat.test", |_| ());
    assert_eq!(fault(serving(unknown, tls::platform_roots().unwrap()).await).await.0.problem, TlsProblem::UnknownIssuer);
}
