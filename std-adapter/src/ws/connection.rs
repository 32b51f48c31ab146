//! An open WebSocket connection: frames in, frames out, the closing handshake.
//!
//! It works on tungstenite's `WebSocketContext` (the protocol without the socket), because of how that behaves:
//! - `write` appends a frame to an unbounded buffer and writes to the socket only once the buffer exceeds
//!   `write_buffer_size`. That is set out of reach: nothing is written but in `poll_flush`, and with a pong in
//!   `poll_receive`, both with the task's waker at hand. So N messages that were queued leave in one write.
//! - A ping is answered by `read` itself: the pong waits in a slot until a flush. `read` would write it, too, but then a
//!   socket that can only be read from would hide the peer's last words: so it is given one that takes nothing. Beside pongs come the protocol's replies; a peer that lets us answer but does not read would fill
//!   the buffer without end. So after [`REPLIES_MAX`] answers that the socket has not taken, nothing more is read.
//! - A Close is answered with its own code, likewise from the slot; afterwards `read` takes whatever comes for an error. So
//!   after a Close, as after a violation, bytes are read and thrown away until the transport ends. A server ends it first (RFC 6455 §7.1.1).
//! - A Close whose code may not be sent is shown as if it had been 1002 "Protocol violation", and answered so.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use relink_core::{CloseCode, Report};
use tokio::time::{Sleep, sleep};
use tungstenite::protocol::{CloseFrame, WebSocketContext};
use tungstenite::{Error, Message as Frame};

use super::fault::{self, is_blocked};
use super::io::{Away, Ear, Wire};
use super::source::Socket;
use super::{Limits, Meaning, Message, Opened, Protocol, Side, Sign, tls};
use crate::ending::{self, Ending, Violation};
use crate::transport::{Connection, Incoming};

/// A control frame holds 125 bytes, two of which are the code (RFC 6455 §5.5).
const REASON_BYTES_MAX: usize = 123;
/// How many answers may wait for the socket before reading stops.
const REPLIES_MAX: u32 = 64;

/// An open WebSocket connection, with the protocol `P` on top.
pub struct WsConnection<P> {
    wire: Wire,
    codec: WebSocketContext,
    protocol: P,
    host: Arc<str>,
    side: Side,
    phase: Phase,
    /// Bytes queued since the last complete flush.
    queued_bytes: usize,
    queued_bytes_max: usize,
    /// Answers queued since the last complete flush.
    replies: u32,
}

#[derive(Debug)]
enum Phase {
    /// Both sides send.
    Open,
    /// It is open, and the protocol cannot go on with it.
    Objected(CloseCode, Arc<str>),
    /// We have sent our Close.
    Closing,
    /// The peer has sent its Close, or is given up: only the end of the transport is awaited.
    Over(Ending),
    /// It was given up, has been told so, and we have ended our direction.
    Left(Ending, Pin<Box<Sleep>>),
}

impl<P: Protocol> WsConnection<P> {
    /// The connection after the opening handshake; `rest` is what came behind it.
    pub(crate) fn new(
        side: Side,
        (socket, rest): (Socket, Vec<u8>),
        mut protocol: P,
        opened: &Opened,
        host: Arc<str>,
        limits: &Limits,
    ) -> Self {
        let greeting = protocol.greeting(opened);
        let objection = protocol.objection(opened);
        let mut connection = Self {
            wire: Wire::new(socket, rest, limits),
            codec: WebSocketContext::new(side.role(), Some(limits.tungstenite())),
            protocol,
            host,
            side,
            phase: objection.map_or(Phase::Open, |(code, why)| Phase::Objected(code, why)),
            queued_bytes: 0,
            queued_bytes_max: limits.write_buffer_bytes,
            replies: 0,
        };
        if let Some(greeting) = greeting {
            // Nothing can stand in the way of the first frame.
            let _ = connection.push(greeting.into());
        }
        connection
    }

    fn push(&mut self, frame: Frame) -> Result<(), Ending> {
        match &self.phase {
            Phase::Open | Phase::Objected(..) => {}
            Phase::Closing => return Err(Ending::Finished),
            Phase::Over(ending) | Phase::Left(ending, _) => return Err(ending.clone()),
        }
        self.queued_bytes = self.queued_bytes.saturating_add(frame.len()).saturating_add(14);
        match self.codec.write(&mut Away, frame) {
            Ok(()) => Ok(()),
            Err(error) if is_blocked(&error) => Ok(()),
            Err(error) => Err(self.ending(error)),
        }
    }

    #[inline]
    fn understood(&mut self, message: Message) -> Incoming<Message> {
        let meaning = self.protocol.recognise(&message);
        match meaning {
            Meaning { sign: None, reply: None, deliver: true } => Incoming::Message(message),
            meaning => self.meant(message, meaning),
        }
    }

    /// A message that is more than payload. Kept apart, and so is [`WsConnection::happened`]: what is common is moved less that way.
    #[inline(never)]
    fn meant(&mut self, message: Message, Meaning { sign, reply, deliver }: Meaning) -> Incoming<Message> {
        if let Some(reply) = reply {
            self.replies = self.replies.saturating_add(1);
            // After a Close there is nothing to reply to.
            let _ = self.push(reply.into());
        }
        let report = match sign {
            None => return if deliver { Incoming::Message(message) } else { Incoming::Report(Report::Heard) },
            Some(Sign::Broken(code, why)) => return self.broken(Violation::Profile(code, why)),
            Some(Sign::Accepted) => Report::Accepted,
            Some(Sign::Pulse(next)) => Report::Pulse(next),
            Some(Sign::Asked(verdict, why)) if deliver => return Incoming::AskedBy(message, verdict, why),
            Some(Sign::Asked(verdict, why)) => return Incoming::Asked(verdict, why),
        };
        if deliver { Incoming::Both(message, report) } else { Incoming::Report(report) }
    }

    /// All that is no message.
    #[inline(never)]
    fn happened(&mut self, read: Result<Frame, Error>) -> Incoming<Message> {
        match read {
            Ok(Frame::Close(frame)) => self.closed(frame),
            Ok(Frame::Ping(_)) => {
                self.replies = self.replies.saturating_add(1);
                Incoming::Report(Report::Heard)
            }
            Ok(Frame::Pong(_) | Frame::Frame(_) | Frame::Text(_) | Frame::Binary(_)) => Incoming::Report(Report::Heard),
            Err(error) if fault::is_end(&error) => Incoming::Lost(Ending::Eof),
            Err(error) => match fault::violation(error) {
                Ok(violation) => self.broken(violation),
                Err(other) => Incoming::Lost(self.ending(other)),
            },
        }
    }

    fn closed(&mut self, frame: Option<CloseFrame>) -> Incoming<Message> {
        match fault::peer_close(frame) {
            Ok(close) => {
                self.phase = Phase::Over(Ending::Closed(close.clone()));
                Incoming::Closed(Ending::Closed(close))
            }
            Err(violation) => self.broken(violation),
        }
    }

    fn broken(&mut self, violation: Violation) -> Incoming<Message> {
        self.give_up(violation.code(), Ending::Protocol(violation))
    }

    fn give_up(&mut self, code: CloseCode, ending: Ending) -> Incoming<Message> {
        self.phase = Phase::Over(ending.clone());
        Incoming::Broken(code, ending)
    }

    /// Nothing is left to be read now.
    fn runs_dry(&mut self, stirred: bool) -> Poll<Incoming<Message>> {
        match self.wire.pace.runs_dry() {
            Some(waited) => Poll::Ready(self.give_up(CloseCode::TIMEOUT, Ending::Timeout(ending::Phase::Message(waited)))),
            // A part of a long message is a sign of life.
            None if stirred => Poll::Ready(Incoming::Report(Report::Heard)),
            None => Poll::Pending,
        }
    }

    fn ending(&self, error: Error) -> Ending {
        match error {
            Error::Io(error) => tls::ending(&self.host, error),
            Error::ConnectionClosed | Error::AlreadyClosed => Ending::Finished,
            other => Ending::from(io::Error::other(other.to_string())),
        }
    }

    /// Only the end of the transport is awaited.
    fn poll_over(&mut self, cx: &mut Context<'_>, ending: Ending) -> Poll<Incoming<Message>> {
        // Until our Close is queued there is something to be written.
        let Some(linger) = self.side.linger().filter(|_| !self.codec.can_write()) else { return self.poll_end(cx, ending) };
        let told = match ready!(self.poll_flush(cx)) {
            Ok(()) => ready!(Pin::new(&mut *self.wire.socket).poll_shutdown(cx)).is_ok(),
            Err(_) => false,
        };
        if !told || matches!(ending, Ending::Closed(_)) {
            // Why it ended is known already.
            return Poll::Ready(Incoming::Lost(ending));
        }
        self.phase = Phase::Left(ending.clone(), Box::pin(sleep(linger.as_duration())));
        self.poll_left(cx, ending)
    }

    fn poll_left(&mut self, cx: &mut Context<'_>, ending: Ending) -> Poll<Incoming<Message>> {
        if let Phase::Left(_, lingers) = &mut self.phase
            && lingers.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(Incoming::Lost(ending));
        }
        self.poll_end(cx, ending)
    }

    /// Throws away what still comes, until the transport ends.
    fn poll_end(&mut self, cx: &mut Context<'_>, ending: Ending) -> Poll<Incoming<Message>> {
        match ready!(super::io::poll_discard(&mut *self.wire.socket, cx)) {
            // However it ends, why it ended is known already.
            Ok(()) | Err(_) => Poll::Ready(Incoming::Lost(ending)),
        }
    }
}

/// After a Close, ours or the peer's, nothing more is written: a peer that looks for it is told with TLS by a close_notify (RFC 8446 §6.1),
/// as far as the socket takes it now. Nobody waits for that.
impl<P> Drop for WsConnection<P> {
    fn drop(&mut self) {
        if !matches!(self.phase, Phase::Closing | Phase::Over(Ending::Closed(_))) || std::thread::panicking() {
            return;
        }
        let mut cx = Context::from_waker(Waker::noop());
        if let Ok(()) | Err(Error::ConnectionClosed) = self.codec.flush(&mut self.wire.pipe(&mut cx)) {
            let _ended_or_not = Pin::new(&mut *self.wire.socket).poll_shutdown(&mut cx);
        }
    }
}

impl<P> fmt::Debug for WsConnection<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WsConnection").field("host", &self.host).field("phase", &self.phase).finish_non_exhaustive()
    }
}

impl<P: Protocol> Connection for WsConnection<P> {
    type Message = Message;

    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Incoming<Message>> {
        match &self.phase {
            Phase::Open | Phase::Closing => {}
            Phase::Objected(code, why) => {
                let violation = Violation::Profile(*code, why.clone());
                return Poll::Ready(self.broken(violation));
            }
            Phase::Over(ending) => {
                let ending = ending.clone();
                return self.poll_over(cx, ending);
            }
            Phase::Left(ending, _) => {
                let ending = ending.clone();
                return self.poll_left(cx, ending);
            }
        }
        if self.replies >= REPLIES_MAX
            && let Err(ending) = ready!(self.poll_flush(cx))
        {
            return Poll::Ready(Incoming::Lost(ending));
        }
        let read = self.codec.read(&mut Ear(self.wire.pipe(cx)));
        let stirred = std::mem::take(&mut self.wire.stirred);
        match read {
            Ok(Frame::Text(text)) => Poll::Ready(self.understood(Message::Text(text))),
            Ok(Frame::Binary(bytes)) => Poll::Ready(self.understood(Message::Binary(bytes))),
            Err(error) if is_blocked(&error) => self.runs_dry(stirred),
            other => Poll::Ready(self.happened(other)),
        }
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        match &self.phase {
            Phase::Open | Phase::Objected(..) if self.queued_bytes < self.queued_bytes_max => Poll::Ready(Ok(())),
            Phase::Open | Phase::Objected(..) => self.poll_flush(cx),
            Phase::Closing => Poll::Ready(Err(Ending::Finished)),
            Phase::Over(ending) | Phase::Left(ending, _) => Poll::Ready(Err(ending.clone())),
        }
    }

    fn queue(&mut self, message: Message) -> Result<(), Ending> {
        self.push(message.into())
    }

    fn queue_ping(&mut self) -> Result<(), Ending> {
        let ping = self.protocol.ping().map_or_else(|| Frame::Ping(Default::default()), Into::into);
        self.push(ping)
    }

    fn queue_close(&mut self, code: CloseCode) -> Result<(), Ending> {
        // RFC 6455 §7.4.1: some codes never stand in a frame.
        let code = if code.is_sendable() { code } else { CloseCode::NORMAL };
        let reason = self.protocol.reason(code).unwrap_or_default();
        let reason = reason.get(..reason.floor_char_boundary(REASON_BYTES_MAX)).unwrap_or_default().into();
        let frame = CloseFrame { code: code.get().into(), reason };
        if matches!(self.phase, Phase::Open | Phase::Objected(..)) {
            self.phase = Phase::Closing;
        }
        self.protocol.closing();
        // Where a Close was sent or is being answered already, tungstenite adds no second one.
        match self.codec.close(&mut Away, Some(frame)) {
            Ok(()) => Ok(()),
            Err(error) if is_blocked(&error) => Ok(()),
            Err(error) => Err(self.ending(error)),
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        match self.codec.flush(&mut self.wire.pipe(cx)) {
            Ok(()) | Err(Error::ConnectionClosed) => {
                self.queued_bytes = 0;
                self.replies = 0;
                Poll::Ready(Ok(()))
            }
            Err(error) if is_blocked(&error) => Poll::Pending,
            Err(error) => Poll::Ready(Err(match &self.phase {
                // The peer did not wait for our answer: why it ended is known already.
                Phase::Over(ending) | Phase::Left(ending, _) => ending.clone(),
                Phase::Open | Phase::Objected(..) | Phase::Closing => self.ending(error),
            })),
        }
    }

    fn is_busy(&self) -> bool {
        self.protocol.is_busy()
    }

    fn wants_flush(&self) -> bool {
        self.queued_bytes > 0 || self.replies > 0
    }

    fn written_bytes(&self) -> u64 {
        self.wire.written_bytes
    }
}
