//! Owns one connection's bytes: those that come in become messages, those that go out become frames. Does no I/O, knows no clock.
//!
//! ```
//! use relink_embedded::wire::{Incoming, Message, Request, Wire};
//!
//! let (mut receive, mut send) = ([0; 512], [0; 512]);
//! let mut wire: Wire = Wire::new(&mut receive, &mut send).unwrap();
//! let mut entropy = |bytes: &mut [u8]| bytes.fill(0x5A); // a real one is needed: see `Entropy`
//! wire.open(&Request { host: "192.0.2.1", path: "/", ..Request::default() }, &mut entropy).unwrap();
//!
//! // For each connection, until nothing more comes: write and read, as the transport takes and gives, then look.
//! let (space, unsent) = wire.halves();
//! assert!(unsent.starts_with(b"GET / HTTP/1.1\r\n"));
//! let count = unsent.len();
//! space[..9].copy_from_slice(b"HTTP/1.1 ");
//! wire.sent(count);
//! wire.received(9);
//! while let Some(incoming) = wire.next(&mut entropy) {
//!     match incoming {
//!         Incoming::Message(Message::Text(text)) => drop(text),
//!         other => drop(other),
//!     }
//! }
//! ```
//!
//! What comes in is read by a guard: [`Violation`] lists what it does not let pass, and what it does, does not depend on how the
//! bytes are cut. What goes out is written by a [`Framing`], which is another crate's.

mod bytes;
mod error;
mod frames;
mod framing;
mod handshake;
mod incoming;
mod receive;
mod request;
mod send;
mod sender;
mod steps;
mod violation;

use core::fmt;
use core::marker::PhantomData;
use core::str;

pub use error::{NoRoom, TooSmall, Unsendable};
#[cfg(feature = "embedded-websocket")]
pub use framing::EmbeddedWebsocket;
pub use framing::{Frame, Framing, WsFramer};
pub use handshake::HEAD_BYTES_MAX;
pub use incoming::{Incoming, Message};
pub use request::{Request, SUBPROTOCOLS_MAX};
pub use sender::Sender;
pub use violation::{FrameFault, HandshakeFault, Violation};

use crate::entropy::Entropy;
use frames::{CONTROL_BYTES_MAX, Guard, HEADER_BYTES_MAX, may_be_sent};
use handshake::Answer;
use receive::Receive;
use send::{CONTROL_FRAME_BYTES_MAX, Send};

/// The shortest receive buffer. For messages of N bytes it must be 10 bytes longer than N.
pub const RECEIVE_BYTES_MIN: usize = 64;

/// The shortest send buffer. The upgrade request has to fit into it, and the longest message with 14 bytes more.
pub const SEND_BYTES_MIN: usize = CONTROL_FRAME_BYTES_MAX;

/// One WebSocket connection of a client, as bytes; after [`Wire::open`] the next one, in the same memory.
///
/// A call that gives nothing new may always be made again: no call waits, and none does more than read what has come in.
pub struct Wire<'b, F = WsFramer> {
    receive: Receive<'b>,
    send: Send<'b>,
    phase: Phase,
    guard: Guard,
    /// Whether the connection is not open yet, or a Close was sent or received: nothing is taken.
    is_shut: bool,
    pong: Pong,
    framing: PhantomData<F>,
}

/// How far a connection is.
#[derive(Clone, Debug)]
enum Phase {
    /// Not begun.
    Idle,
    /// The upgrade request is sent, or on its way.
    Opening(Answer),
    /// Frames come. `is_skipping`: those of a message that is too large.
    Open { is_skipping: bool },
    /// The peer's Close is here; ours is still to be written, with this code.
    Answering(u16),
    /// Nothing more comes.
    Over,
}

/// The pong that waits for room: the answer to the newest ping (RFC 6455 §5.5.3).
struct Pong {
    bytes: [u8; CONTROL_BYTES_MAX],
    len: Option<usize>,
}

impl<'b, F: Framing> Wire<'b, F> {
    /// No connection yet, in this memory: `receive` holds what has come in and is put together, `send` what is to be written.
    ///
    /// # Errors
    ///
    /// One of the two is too small to be of any use; what it must be at least is in the error.
    pub fn new(receive: &'b mut [u8], send: &'b mut [u8]) -> Result<Self, TooSmall> {
        if receive.len() < RECEIVE_BYTES_MIN {
            return Err(TooSmall::Receive { bytes_min: RECEIVE_BYTES_MIN });
        }
        if send.len() < SEND_BYTES_MIN {
            return Err(TooSmall::Send { bytes_min: SEND_BYTES_MIN });
        }
        Ok(Self {
            receive: Receive::new(receive),
            send: Send::new(send),
            phase: Phase::Idle,
            guard: Guard::new(),
            is_shut: true,
            pong: Pong { bytes: [0; CONTROL_BYTES_MAX], len: None },
            framing: PhantomData,
        })
    }

    /// The longest message that can be received, in bytes, in however many fragments.
    #[must_use]
    pub const fn message_bytes_max(&self) -> usize {
        self.receive.len().saturating_sub(HEADER_BYTES_MAX)
    }

    /// Begins a connection: the upgrade request is what is to be written first. Forgets all of the one before.
    ///
    /// # Errors
    ///
    /// The request holds what cannot be sent, or does not fit into the buffers. Then there is no connection.
    pub fn open(&mut self, request: &Request<'_>, entropy: &mut impl Entropy) -> Result<(), Unsendable> {
        self.forget();
        request.check()?;
        let key = handshake::random_key(entropy);
        self.receive.begin(|out| request.write_subprotocols(out, HEADER_BYTES_MAX))?;
        self.send.begin(|out| request.write(&key, out))?;
        self.phase = Phase::Opening(Answer::new(handshake::accept(&key)));
        Ok(())
    }

    fn forget(&mut self) {
        self.send.clear();
        self.receive.drop_kept();
        self.receive.clear();
        self.phase = Phase::Idle;
        self.is_shut = true;
        self.pong.len = None;
    }

    /// Both sides at once, for a transport that reads and writes at the same time: room to read into, and what is to be written.
    ///
    /// The room is not empty where [`Wire::next`] has said everything. Nothing to be written: an empty slice.
    pub fn halves(&mut self) -> (&mut [u8], &[u8]) {
        self.receive.settle();
        (self.receive.space(), self.send.unsent())
    }

    /// How much is to be written, in bytes.
    pub(crate) fn unsent_len(&self) -> u32 {
        u32::try_from(self.send.unsent().len()).unwrap_or(u32::MAX)
    }

    /// So many bytes were read into the room; more than there was counts as all of it.
    pub fn received(&mut self, count: usize) {
        self.receive.settle();
        self.receive.received(count);
    }

    /// So many bytes were written; more than there were count as all of them.
    pub fn sent(&mut self, count: usize) {
        self.send.sent(count);
    }

    /// The next thing that has come in; none, if there is nothing: read more.
    ///
    /// Pings and the peer's Close are answered here: call it, too, when bytes were sent, for an answer may have waited for room.
    pub fn next(&mut self, entropy: &mut impl Entropy) -> Option<Incoming<'_>> {
        self.next_and_sender(entropy).map(|(incoming, _)| incoming)
    }

    /// As [`Wire::next`], with the other side: a message can be answered while it is read.
    pub fn next_and_sender(&mut self, entropy: &mut impl Entropy) -> Option<(Incoming<'_>, Sender<'_, 'b, F>)> {
        self.receive.settle();
        self.answer(entropy);
        let happened = self.advance()?;
        // What has just come in may want an answer.
        self.answer(entropy);
        let sender = Sender::new(self.refusal(), &mut self.send);
        Some((Self::told(&self.receive, &self.guard, happened), sender))
    }

    /// Whether something has come in that [`Wire::next`] has not looked at.
    #[must_use]
    pub fn has_unread(&self) -> bool {
        !self.receive.unseen().is_empty()
    }

    /// Whether nothing waits to be written.
    #[must_use]
    pub fn is_all_sent(&self) -> bool {
        self.send.unsent().is_empty() && self.pong.len.is_none() && !matches!(self.phase, Phase::Answering(_))
    }

    /// Sends a message, in one frame.
    ///
    /// # Errors
    ///
    /// There is no room for it, or the connection is not open. Nothing of it was taken then.
    pub fn message(&mut self, message: Message<'_>, entropy: &mut impl Entropy) -> Result<(), NoRoom> {
        self.frame(message.frame(), entropy)
    }

    /// Sends a ping.
    ///
    /// # Errors
    ///
    /// As [`Wire::message`].
    pub fn ping(&mut self, entropy: &mut impl Entropy) -> Result<(), NoRoom> {
        self.frame(Frame::Ping(&[]), entropy)
    }

    /// Sends Close. Nothing is taken after it; what comes in until the peer's Close is still told.
    ///
    /// Of a reason as much is sent as fits into 123 bytes.
    ///
    /// # Errors
    ///
    /// As [`Wire::message`]; and the code is none that may be sent.
    pub fn close(&mut self, code: u16, reason: &str, entropy: &mut impl Entropy) -> Result<(), NoRoom> {
        if !may_be_sent(code) {
            return Err(NoRoom::Code(code));
        }
        if self.is_shut {
            return Err(NoRoom::NotOpen);
        }
        self.send.frame::<F>(Frame::Close(code, cut(reason)), entropy)?;
        self.is_shut = true;
        self.pong.len = None;
        Ok(())
    }

    /// Why no message is taken now, whatever its length. However many there are: a pong waits for those before it only.
    #[inline(never)]
    const fn refusal(&self) -> Option<NoRoom> {
        match (self.is_shut, self.pong.len) {
            (true, _) => Some(NoRoom::NotOpen),
            (false, Some(_)) => Some(NoRoom::Now),
            (false, None) => None,
        }
    }

    fn frame(&mut self, frame: Frame<'_>, entropy: &mut impl Entropy) -> Result<(), NoRoom> {
        self.answer(entropy);
        if let Some(refusal) = self.refusal() {
            return Err(refusal);
        }
        self.send.frame::<F>(frame, entropy)
    }
}

/// Without what is in the buffers: the request holds secrets, and so may messages.
impl<F> fmt::Debug for Wire<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phase = match self.phase {
            Phase::Idle => "idle",
            Phase::Opening(_) => "opening",
            Phase::Open { .. } => "open",
            Phase::Answering(_) => "answering",
            Phase::Over => "over",
        };
        f.debug_struct("Wire").field("phase", &phase).field("unsent", &self.send.unsent().len()).finish_non_exhaustive()
    }
}

/// As much of a reason as a Close can hold (RFC 6455 §5.5).
fn cut(reason: &str) -> &str {
    let end = reason.floor_char_boundary(CONTROL_BYTES_MAX.saturating_sub(2));
    reason.get(..end).unwrap_or_default()
}
