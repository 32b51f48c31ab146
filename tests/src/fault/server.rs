//! Owns the fault server's handle: start it, change it, take it down and up again, ask what it saw.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpSocket;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::CertificateDer;

use super::accept::accept;
use super::act::{Act, Leave};
use super::behaviour::Behaviour;
use super::book::{Book, Unseen};
use super::log::Log;
use super::numbers::{Counter, Numbers};
use super::script::{Scene, Script};
use super::tls::{Certificate, Tls};

/// Connections that wait for their accept.
const BACKLOG: u32 = 1024;

/// A server on a loopback port of its own that does what it is told, right or wrong, and notes what clients do.
///
/// Dropped, it ends at once, with all its connections and tasks.
#[derive(Debug)]
pub struct FaultServer {
    shared: Arc<Shared>,
    address: SocketAddr,
    listening: Mutex<Option<Listening>>,
    /// Bound and never listening: while the server is down, nobody else gets its port.
    _port: Option<TcpSocket>,
}

/// What the handle and the connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) book: Book,
    pub(crate) counter: Counter,
    pub(crate) accepted: AtomicUsize,
    pub(crate) orders: watch::Sender<Arc<[Act]>>,
    script: Mutex<Script>,
    tls: Option<(Tls, Mutex<Certificate>)>,
}

#[derive(Debug)]
struct Listening {
    task: JoinHandle<()>,
    stop: Option<oneshot::Sender<Leave>>,
}

impl FaultServer {
    /// Starts a server without TLS.
    ///
    /// # Errors
    /// If no loopback port can be had.
    pub async fn start(behaviour: Behaviour) -> io::Result<Self> {
        Self::start_with(None, behaviour)
    }

    /// Starts a server with TLS that shows this certificate.
    ///
    /// # Errors
    /// If no loopback port can be had, or no certificate can be made.
    pub async fn start_tls(certificate: Certificate, behaviour: Behaviour) -> io::Result<Self> {
        Self::start_with(Some((Tls::new()?, Mutex::new(certificate))), behaviour)
    }

    fn start_with(tls: Option<(Tls, Mutex<Certificate>)>, behaviour: Behaviour) -> io::Result<Self> {
        let port = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let shared = Shared {
            book: Book::new(),
            counter: Counter::default(),
            accepted: AtomicUsize::new(0),
            orders: watch::Sender::new(Arc::new([])),
            script: Mutex::new(Script::new([behaviour.always()], Instant::now())),
            tls,
        };
        let address = port.local_addr()?;
        // Only Linux lets a second socket listen on a port that a first one merely holds.
        let port = cfg!(target_os = "linux").then_some(port);
        let server = Self { shared: Arc::new(shared), address, listening: Mutex::new(None), _port: port };
        server.up()?;
        Ok(server)
    }

    /// Where to dial: `ws://127.0.0.1:PORT/`, or `wss://` with TLS.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.shared.tls.is_some() { "wss" } else { "ws" };
        format!("{scheme}://{}/", self.address)
    }

    /// The address it listens on, also while it is down.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The port it listens on, also while it is down.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.address.port()
    }

    /// The certificate of the authority that signed the server's, for a client's trust anchors; `None` without TLS.
    #[must_use]
    pub fn root_certificate(&self) -> Option<CertificateDer<'static>> {
        self.shared.tls.as_ref().map(|(tls, _)| tls.root().clone())
    }

    /// The certificate that the next connections are shown. Without TLS it changes nothing.
    pub fn set_certificate(&self, certificate: Certificate) {
        if let Some((_, current)) = &self.shared.tls {
            *lock(current) = certificate;
        }
    }

    /// What the next connections meet. Those that are there go on as they are.
    pub fn set(&self, behaviour: Behaviour) {
        self.script([behaviour.always()]);
    }

    /// What the next connections meet, scene by scene; the last scene stays.
    pub fn script(&self, scenes: impl IntoIterator<Item = Scene>) {
        *lock(&self.shared.script) = Script::new(scenes, Instant::now());
    }

    /// Has every connection that is there stop what it does and play these acts.
    pub fn tell(&self, acts: impl IntoIterator<Item = Act>) {
        self.shared.orders.send_replace(acts.into_iter().collect());
    }

    /// Goes down: closes the listener, ends every connection so, and returns when all is closed (1.5 s at most).
    /// From then on dials are refused by the kernel. A server that is down stays so.
    pub async fn down(&self, leave: Leave) {
        let Some(mut listening) = lock(&self.listening).take() else { return };
        if let Some(stop) = listening.stop.take() {
            let _ = stop.send(leave);
        }
        let _ = (&mut listening.task).await;
    }

    /// Listens again on the same port. A server that is up stays so.
    ///
    /// # Errors
    /// If somebody else took the port meanwhile.
    pub fn up(&self) -> io::Result<()> {
        let mut listening = lock(&self.listening);
        if listening.is_none() {
            let listener = bind(self.address)?.listen(BACKLOG)?;
            let (stop, stopped) = oneshot::channel();
            let task = tokio::spawn(accept(listener, self.shared.clone(), stopped));
            *listening = Some(Listening { task, stop: Some(stop) });
        }
        Ok(())
    }

    /// A restart: down, a pause, and up again.
    ///
    /// # Errors
    /// If somebody else took the port meanwhile.
    pub async fn restart(&self, leave: Leave, pause: Duration) -> io::Result<()> {
        self.down(leave).await;
        sleep(pause).await;
        self.up()
    }

    /// Goes down with [`Leave::Fin`] and gives the whole log; nothing of the server is left then.
    pub async fn stop(self) -> Log {
        self.down(Leave::Fin).await;
        self.log()
    }

    /// What was seen until now.
    #[must_use]
    pub fn log(&self) -> Log {
        self.shared.book.log()
    }

    /// Waits until the log is as `wanted`, and gives it.
    ///
    /// # Errors
    /// [`Unseen`] if it is not so within `patience`; its text shows the log.
    pub async fn until(&self, patience: Duration, wanted: impl Fn(&Log) -> bool) -> Result<Log, Unseen> {
        self.shared.book.until(patience, wanted).await
    }

    /// Counts no further: what was numbered until now is all there will be, and can be compared with what the client has.
    pub fn end_numbers(&self) {
        self.shared.counter.end(Instant::now());
    }

    /// What became of the numbered messages until now.
    #[must_use]
    pub fn numbers(&self) -> Numbers {
        self.shared.counter.numbers(Instant::now())
    }
}

impl Shared {
    pub(crate) fn next_behaviour(&self, now: Instant) -> Behaviour {
        lock(&self.script).next(now)
    }

    pub(crate) fn acceptor(&self) -> Option<TlsAcceptor> {
        self.tls.as_ref().map(|(tls, certificate)| tls.acceptor(*lock(certificate)))
    }
}

/// The accept loop owns the connections' tasks: ended, it ends them.
impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
