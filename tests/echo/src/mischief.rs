//! The one client that misbehaves, in a thread of its own: how, and what it must be answered.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use crate::{Outcome, plain};

/// It comes again so soon.
const AGAIN: Duration = Duration::from_millis(10);
/// An answer takes no longer than that, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It does not even connect.
    None,
    Garbage,
    NoMask,
    TooBig,
    NotUtf8,
    Drips,
    Silent,
    /// All of it, one right after the other.
    All,
}

impl Kind {
    const WAYS: [Self; 6] = [Self::Garbage, Self::NoMask, Self::TooBig, Self::NotUtf8, Self::Drips, Self::Silent];
    pub(crate) const ALL: [Self; 8] =
        [Self::None, Self::Garbage, Self::NoMask, Self::TooBig, Self::NotUtf8, Self::Drips, Self::Silent, Self::All];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::None => "nobody misbehaves",
            Self::Garbage => "garbage for a request",
            Self::NoMask => "a frame without a mask",
            Self::TooBig => "more than a message may have",
            Self::NotUtf8 => "text that is not UTF-8",
            Self::Drips => "a frame byte by byte",
            Self::Silent => "nothing at all is sent",
            Self::All => "all of it, in turn",
        }
    }

    /// A frame that must not be, and the code of the Close for it.
    const fn frame(self) -> Option<(&'static [u8], u16)> {
        match self {
            Self::NoMask => Some((&[0x81, 0x01, b'a'], 1002)),
            Self::TooBig => Some((&[0x82, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], 1009)),
            Self::NotUtf8 => Some((&[0x81, 0x82, 0, 0, 0, 0, 0xC3, 0x28], 1007)),
            Self::None | Self::Garbage | Self::Drips | Self::Silent | Self::All => None,
        }
    }
}

type Told = oneshot::Sender<Outcome<()>>;

/// The thread. It ends when this is dropped.
pub(crate) struct Mischief {
    kind: watch::Sender<Kind>,
    done: mpsc::UnboundedSender<Told>,
}

impl Mischief {
    pub(crate) fn start(port: u16) -> Self {
        let (kind, kinds) = watch::channel(Kind::None);
        let (done, dones) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map(|runtime| runtime.block_on(misbehave(port, kinds, dones)))
        });
        Self { kind, done }
    }

    pub(crate) fn begin(&self, kind: Kind) {
        self.kind.send_replace(kind);
    }

    /// Waits until all that it had begun is over, and says whether it was answered as it should be.
    pub(crate) async fn end(&self) -> Outcome<()> {
        self.kind.send_replace(Kind::None);
        let (tell, told) = oneshot::channel();
        self.done.send(tell)?;
        told.await?
    }
}

async fn misbehave(port: u16, mut kinds: watch::Receiver<Kind>, mut dones: mpsc::UnboundedReceiver<Told>) {
    let (mut held, mut outcome) = (Held::default(), Ok(()));
    loop {
        let kind = *kinds.borrow_and_update();
        if kind == Kind::None {
            held = Held::default();
            tokio::select! {
                changed = kinds.changed() => if changed.is_err() { return },
                Some(tell) = dones.recv() => drop(tell.send(std::mem::replace(&mut outcome, Ok(())))),
            }
            continue;
        }
        let one = [kind];
        let ways = if kind == Kind::All { &Kind::WAYS[..] } else { &one };
        for kind in ways {
            let once = once(port, *kind, &mut held).await;
            outcome = outcome.and(once.map_err(|error| format!("{}: {error}", kind.name()).into()));
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// What goes on until the end of the round.
#[derive(Default)]
struct Held {
    dripping: Option<TcpStream>,
    silent: Vec<TcpStream>,
}

/// Misbehaves once.
async fn once(port: u16, kind: Kind, held: &mut Held) -> Outcome<()> {
    match (kind, kind.frame()) {
        (_, Some((frame, code))) => {
            let mut socket = plain::open(port).await?;
            socket.get_mut().write_all(frame).await?;
            let mut answer = Vec::new();
            timeout(PATIENCE, socket.get_mut().read_to_end(&mut answer)).await??;
            let [high, low] = code.to_be_bytes();
            if !matches!(answer[..], [0x88, _, a, b, ..] if [a, b] == [high, low]) {
                return Err(format!("not a Close with {code} but {answer:?}").into());
            }
        }
        (Kind::Garbage, None) => {
            let mut noise = TcpStream::connect(("127.0.0.1", port)).await?;
            noise.write_all(&[0xA5; 4096]).await?;
            let mut answer = Vec::new();
            timeout(PATIENCE, noise.read_to_end(&mut answer)).await??;
            if !answer.starts_with(b"HTTP/1.1 400 ") {
                return Err(format!("not a 400 but {answer:?}").into());
            }
        }
        // A hundred times as often as once a second: that would be no disturbance.
        (Kind::Drips, None) => match &mut held.dripping {
            Some(socket) => socket.write_all(&[0]).await?,
            None => {
                let mut socket = plain::open(port).await?.into_inner();
                socket.write_all(&[0x82, 0xFE, 0xFF, 0xFF, 0, 0, 0, 0]).await?;
                held.dripping = Some(socket);
            }
        },
        (Kind::Silent, None) => held.silent.push(TcpStream::connect(("127.0.0.1", port)).await?),
        (Kind::None | Kind::NoMask | Kind::TooBig | Kind::NotUtf8 | Kind::All, None) => {}
    }
    Ok(())
}
