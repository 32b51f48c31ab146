//! Owns how a connection goes on: from what has come in to what has happened.

use core::ops::Range;
use core::str;

use relink_core::Millis;

use super::bytes::copy;
use super::frames::{Control, Guard, HEADER_BYTES_MAX, Seen, close};
use super::framing::{Frame, Framing};
use super::handshake::Verdict;
use super::incoming::{Incoming, Message};
use super::receive::Receive;
use super::violation::{FrameFault, HandshakeFault, Violation};
use super::{Phase, Pong, Wire};
use crate::entropy::Entropy;

/// The code of a Close that answers one without a code.
const NORMAL: u16 = 1000;

/// What has happened; what belongs to it stands in the receive buffer or with the guard.
pub(super) enum Happened {
    Opened(Option<Range<usize>>),
    Refused { status: u16, retry_after: Option<Millis> },
    Message { payload: Range<usize>, is_text: bool },
    Ping,
    Pong,
    Closed { code: Option<u16> },
    TooLarge { len: u64 },
    Violation(Violation),
}

impl From<FrameFault> for Happened {
    fn from(fault: FrameFault) -> Self {
        Self::Violation(Violation::Frame(fault))
    }
}

impl<F: Framing> Wire<'_, F> {
    /// Writes the answers that wait, as far as there is room.
    pub(super) fn answer(&mut self, entropy: &mut impl Entropy) {
        if let Phase::Answering(code) = self.phase
            && self.send.frame::<F>(Frame::Close(code, ""), entropy).is_ok()
        {
            self.phase = Phase::Over;
        }
        if let Some(len) = self.pong.len {
            let payload = self.pong.bytes.get(..len).unwrap_or_default();
            if self.send.frame::<F>(Frame::Pong(payload), entropy).is_ok() {
                self.pong.len = None;
            }
        }
    }

    /// Goes on to the next thing that happens.
    #[inline(never)]
    pub(super) fn advance(&mut self) -> Option<Happened> {
        match &mut self.phase {
            Phase::Idle | Phase::Answering(_) | Phase::Over => {
                self.receive.clear();
                None
            }
            Phase::Opening(answer) => {
                let (asked, bytes) = self.receive.kept_and_unseen();
                let (count, said) = answer.look(bytes, asked);
                self.receive.look(count);
                self.receive.drop_looked();
                Some(self.answered(said?))
            }
            Phase::Open { .. } => self.frames(),
        }
    }

    fn answered(&mut self, said: Result<Verdict, HandshakeFault>) -> Happened {
        match said {
            Ok(Verdict::Opened(subprotocol)) => {
                self.phase = Phase::Open { is_skipping: false };
                self.guard = Guard::new();
                self.is_shut = false;
                self.receive.hand_over();
                Happened::Opened(subprotocol)
            }
            Ok(Verdict::Refused { status, retry_after }) => {
                self.end();
                Happened::Refused { status, retry_after }
            }
            Err(fault) => {
                self.end();
                Happened::Violation(Violation::Handshake(fault))
            }
        }
    }

    /// Nothing more is read.
    #[inline(never)]
    fn end(&mut self) {
        self.phase = Phase::Over;
        self.receive.drop_kept();
        self.receive.clear();
    }

    fn frames(&mut self) -> Option<Happened> {
        // Each round looks at a byte at least, or ends a frame without a payload.
        loop {
            let (count, seen) = self.guard.look(self.receive.unseen());
            self.receive.look(count);
            // The payload of a message stays; headers and control frames are the guard's.
            if self.is_skipping() || !matches!(seen, Ok(Seen::DataGoesOn | Seen::DataEnds { .. })) {
                self.receive.drop_looked();
            }
            let happened = match seen {
                Ok(Seen::More | Seen::DataGoesOn) => return None,
                Ok(Seen::ControlBegins) => None,
                Ok(Seen::Control(control)) => Some(self.control(control)),
                Ok(Seen::DataBegins { len, message_len }) => self.data_begins(len, message_len),
                Ok(Seen::DataEnds { is_final, is_text }) => self.data_ends(is_final, is_text),
                Err(fault) => {
                    self.end();
                    Some(fault.into())
                }
            };
            if happened.is_some() {
                return happened;
            }
        }
    }

    const fn is_skipping(&self) -> bool {
        matches!(self.phase, Phase::Open { is_skipping: true })
    }

    fn data_begins(&mut self, len: u64, message_len: u64) -> Option<Happened> {
        if self.is_skipping() || self.receive.has_room(len, HEADER_BYTES_MAX) {
            return None;
        }
        self.phase = Phase::Open { is_skipping: true };
        self.receive.drop_kept();
        Some(Happened::TooLarge { len: message_len })
    }

    fn data_ends(&mut self, is_final: bool, is_text: bool) -> Option<Happened> {
        if self.is_skipping() {
            self.phase = Phase::Open { is_skipping: !is_final };
            return None;
        }
        if is_final {
            return Some(Happened::Message { payload: self.receive.last_payload(), is_text });
        }
        self.receive.keep_payload();
        None
    }

    fn control(&mut self, control: Control) -> Happened {
        match control {
            Control::Ping => {
                if !self.is_shut {
                    self.pong.put(self.guard.control());
                }
                Happened::Ping
            }
            Control::Pong => Happened::Pong,
            Control::Close => {
                let (code, _) = close(self.guard.control());
                self.end();
                if !self.is_shut {
                    self.phase = Phase::Answering(code.unwrap_or(NORMAL));
                    self.is_shut = true;
                    self.pong.len = None;
                }
                Happened::Closed { code }
            }
        }
    }

    /// What has happened, with what belongs to it.
    #[inline(never)]
    pub(super) fn told<'w>(receive: &'w Receive<'_>, guard: &'w Guard, happened: Happened) -> Incoming<'w> {
        match happened {
            Happened::Opened(subprotocol) => Incoming::Opened { subprotocol: subprotocol.and_then(|name| receive.text(name)) },
            Happened::Refused { status, retry_after } => Incoming::Refused { status, retry_after },
            Happened::Message { payload, is_text: false } => Incoming::Message(Message::Binary(receive.get(payload))),
            // The guard has checked that it is text.
            Happened::Message { payload, is_text: true } => match receive.text(payload) {
                Some(text) => Incoming::Message(Message::Text(text)),
                None => Incoming::Violation(Violation::Frame(FrameFault::Text)),
            },
            Happened::Ping => Incoming::Ping,
            Happened::Pong => Incoming::Pong,
            Happened::Closed { code } => {
                let (_, reason) = close(guard.control());
                Incoming::Closed { code, reason: str::from_utf8(reason).unwrap_or_default() }
            }
            Happened::TooLarge { len } => Incoming::TooLarge { len },
            Happened::Violation(violation) => Incoming::Violation(violation),
        }
    }
}

impl Pong {
    fn put(&mut self, payload: &[u8]) {
        if copy(&mut self.bytes, 0, payload) {
            self.len = Some(payload.len());
        }
    }
}
