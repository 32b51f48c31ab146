//! Owns a TCP proxy that can be cut and frozen: as a whole, or for those who dial under one name.

use std::collections::BTreeSet;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// A way to one server. Dropped, it ends with all its connections.
pub(crate) struct Proxy {
    address: SocketAddr,
    state: watch::Sender<State>,
    _tasks: JoinSet<io::Result<()>>,
}

#[derive(Clone, Debug, Default)]
struct State {
    mode: Mode,
    frozen: BTreeSet<String>,
}

/// What becomes of what is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It arrives.
    #[default]
    Open,
    /// It waits, and nothing ends: as when a cable is out.
    Frozen,
    /// Every connection is ended, and nobody listens.
    Cut,
}

/// A server of NATS's that dials another one tells its name like this.
const NAME: &[u8] = br#""server_name":""#;
/// Behind so many bytes no name is looked for any more.
const NAME_WITHIN: usize = 8192;
const CHUNK: usize = 16 << 10;

impl Proxy {
    /// On a free port, in front of this one of loopback.
    pub(crate) async fn start(to: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (address, (state, seen)) = (listener.local_addr()?, watch::channel(State::default()));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let (mut listener, mut mode) = (Some(listener), seen.clone());
            loop {
                let open = match listener.take() {
                    Some(open) => open,
                    // Nobody else has asked for this port meanwhile, or nothing comes of the play.
                    None => TcpListener::bind(address).await?,
                };
                accept(open, to, &seen).await;
                if mode.wait_for(|state| state.mode != Mode::Cut).await.is_err() {
                    return io::Result::Ok(());
                }
            }
        });
        Ok(Self { address, state, _tasks: tasks })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn set(&self, mode: Mode) {
        self.state.send_modify(|state| state.mode = mode);
    }

    /// Freezes what those send and get who dial under this name, or lets it go on.
    pub(crate) fn freeze(&self, name: &str, is_frozen: bool) {
        self.state.send_modify(|state| {
            if is_frozen {
                state.frozen.insert(name.to_owned());
            } else {
                state.frozen.remove(name);
            }
        });
    }
}

impl State {
    fn passes(&self, name: Option<&String>) -> bool {
        self.mode == Mode::Open && !name.is_some_and(|name| self.frozen.contains(name))
    }
}

/// Takes connections until the proxy is cut.
async fn accept(listener: TcpListener, to: u16, state: &watch::Receiver<State>) {
    let (mut connections, mut cut) = (JoinSet::new(), state.clone());
    let accepting = async {
        while let Ok((outer, _)) = listener.accept().await {
            while connections.try_join_next().is_some() {}
            connections.spawn(serve(outer, to, state.clone()));
        }
    };
    tokio::select! {
        () = accepting => {}
        _ = cut.wait_for(|state| state.mode == Mode::Cut) => {}
    }
}

/// One connection, until either side ends it.
async fn serve(outer: TcpStream, to: u16, mut state: watch::Receiver<State>) -> Option<()> {
    // Who dials a frozen server hears nothing.
    state.wait_for(|state| state.mode == Mode::Open).await.ok()?;
    let inner = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).await.ok()?;
    let _ = (outer.set_nodelay(true), inner.set_nodelay(true));
    let ((from_outer, to_outer), (from_inner, to_inner)) = (outer.into_split(), inner.into_split());
    let name = Arc::new(OnceLock::new());
    let in_ = pump(from_outer, to_inner, state.clone(), name.clone(), true);
    let out = pump(from_inner, to_outer, state, name, false);
    tokio::select! { _ = in_ => {} _ = out => {} }
    Some(())
}

async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut state: watch::Receiver<State>,
    name: Arc<OnceLock<String>>,
    is_dialler: bool,
) -> io::Result<()> {
    let (mut chunk, mut head) = (vec![0; CHUNK], Vec::new());
    loop {
        let read = from.read(&mut chunk).await?;
        if read == 0 {
            return to.shutdown().await;
        }
        if is_dialler && name.get().is_none() && head.len() < NAME_WITHIN {
            head.extend_from_slice(&chunk[..read]);
            if let Some(found) = name_in(&head) {
                let _ = name.set(found);
            }
        }
        if state.wait_for(|state| state.passes(name.get())).await.is_err() {
            return Ok(());
        }
        to.write_all(&chunk[..read]).await?;
    }
}

fn name_in(head: &[u8]) -> Option<String> {
    let from = head.windows(NAME.len()).position(|window| window == NAME)? + NAME.len();
    let rest = head.get(from..)?;
    let name = rest.get(..rest.iter().position(|byte| *byte == b'"')?)?;
    String::from_utf8(name.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::name_in;

    #[test]
    fn a_server_is_known_by_what_it_says_first() {
        let says = br#"CONNECT {"echo":true}
INFO {"server_id":"NA","server_name":"n2","version":"2.15.1"}"#;
        assert_eq!(name_in(says), Some("n2".to_owned()));
        assert_eq!(name_in(&says[..60]), None, "not all of it is there yet");
    }
}
