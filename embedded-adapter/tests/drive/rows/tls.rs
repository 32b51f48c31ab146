//! Owns the example's TLS on the driver: against a server of rustls's, whatever pieces the records come and go in.

use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use assert_no_alloc::permit_alloc;
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use embedded_tls::{Aes128GcmSha256, UnsecureProvider};
use relink_embedded::wire::{Request, WsFramer};
use relink_embedded::{DialFault, Line, run_single};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tungstenite::protocol::{Role, WebSocket};
use tungstenite::{Error, Message};

use crate::net::Net;
use crate::pipe::{Blocking, End, Manner};
use crate::rig::{CONFIG, Rig};
use crate::tls::dialler::{Socket, TlsDialler};

const REQUEST: Request<'_> = Request { host: "device.example", path: "/", subprotocols: &[], headers: &[] };

/// A socket into the network.
struct Wireless {
    net: Rc<Net>,
    end: Option<End>,
}

impl ErrorType for Wireless {
    type Error = ErrorKind;
}

impl Read for Wireless {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        let end = self.end.as_mut().ok_or(ErrorKind::NotConnected)?;
        poll_fn(|cx| permit_alloc(|| end.poll_read(buffer, cx.waker()))).await
    }
}

impl Write for Wireless {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        let end = self.end.as_mut().ok_or(ErrorKind::NotConnected)?;
        poll_fn(|cx| permit_alloc(|| end.poll_write(bytes, cx.waker()))).await
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

impl Socket for Wireless {
    async fn connect(&mut self) -> Result<(), DialFault> {
        self.end = Some(self.net.connect());
        Ok(())
    }

    fn abort(&mut self) {
        self.end = None;
    }
}

struct Chance(u64);

impl rand_core_06::RngCore for Chance {
    fn next_u32(&mut self) -> u32 {
        rand_core_06::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core_06::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (self.0 >> 33) as u8;
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core_06::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl rand_core_06::CryptoRng for Chance {}

/// A server's settings, with a certificate of its own.
fn settings() -> Arc<ServerConfig> {
    let own = rcgen::generate_simple_self_signed(["device.example".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_protocol_versions(&[&rustls::version::TLS13]).unwrap();
    Arc::new(builder.with_no_client_auth().with_single_cert(vec![own.cert.der().clone()], key.into()).unwrap())
}

type Stream = StreamOwned<ServerConnection, Blocking>;

/// Does this over and over until it does not want to wait any more.
async fn retried<T>(socket: &mut Stream, mut act: impl FnMut(&mut Stream) -> io::Result<T>) -> io::Result<T> {
    poll_fn(|cx| {
        socket.sock.waker = cx.waker().clone();
        match act(socket) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
            done => Poll::Ready(done),
        }
    })
    .await
}

/// Answers the upgrade, and each text with the same text.
async fn echo(settings: Arc<ServerConfig>, end: End) {
    let waker = std::task::Waker::noop().clone();
    let mut stream = StreamOwned::new(ServerConnection::new(settings).unwrap(), Blocking { end, waker });
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if retried(&mut stream, |stream| io::Read::read(stream, &mut byte)).await.unwrap_or(0) == 0 {
            return;
        }
        head.push(byte[0]);
    }
    let answer = crate::peer::answer(&String::from_utf8(head).unwrap());
    let mut socket = WebSocket::from_raw_socket(stream, Role::Server, None);
    let mut unsaid = Some(answer);
    poll_fn(|cx| {
        socket.get_mut().sock.waker = cx.waker().clone();
        if let Some(answer) = unsaid.take() {
            io::Write::write_all(&mut socket.get_mut().conn.writer(), answer.as_bytes()).unwrap();
        }
        loop {
            let _all_or_not = io::Write::flush(socket.get_mut());
            match socket.read() {
                Ok(Message::Text(text)) => drop(socket.write(Message::Text(text))),
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    let _all_or_not = socket.flush();
                    return Poll::Pending;
                }
                Err(_) => return Poll::Ready(()),
            }
        }
    })
    .await;
}

#[test]
fn messages_pass_in_both_directions_whatever_the_pieces() {
    for manner in [Manner::WIDE, Manner::BYTES, Manner::random(31), Manner::random(32)] {
        let rig = Rig::new(manner);
        let settings = settings();
        rig.serve(move |_, end| echo(Arc::clone(&settings), end));
        let (client, net, ended, clock) = (Rc::clone(&rig.client), Rc::clone(&rig.net), Rc::clone(&rig.ended), rig.clock());
        let mut session = rig.session::<relink_core::Single>(CONFIG);
        rig.world.spawn(async move {
            let (mut receive, mut send) = ([0; 256], [0; 256]);
            let provider = UnsecureProvider::new::<Aes128GcmSha256>(Chance(3));
            let dialler = Box::new(TlsDialler::new(Wireless { net, end: None }, provider, REQUEST));
            let mut line: Line<'_, _, WsFramer> = Line::new(*dialler, &mut receive, &mut send, &client).unwrap();
            ended.set(Some(run_single(&mut session, &client, &clock, &mut line).await));
        });
        assert_eq!(rig.run(100), ["0 up #1"], "{manner:?}");
        for number in 0..60 {
            rig.send(&format!("message {number}"));
            rig.run(u64::from(number % 3 == 0));
        }
        // Pings and pongs of a minute, too.
        assert!(rig.run(60_000).is_empty());
        assert_eq!(*rig.notes.texts.borrow(), (0..60).map(|number| format!("message {number}")).collect::<Vec<_>>(), "{manner:?}");
        rig.stop();
        rig.run(2_000);
        assert_eq!(rig.ended.get(), Some(relink_core::End::Stopped));
    }
}
