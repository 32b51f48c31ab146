//! Owns what a WebSocket makes of the client's frames: acknowledgements, pings, a Close, and what is too long.

use tokio::time::Instant;

use super::manner::Manner;
use super::message;
use super::settings::{AfterClose, FRAME_LIMIT_BYTES, Oversize};
use super::socket::{Over, Socket};
use crate::fault::{Frame, Opcode};

/// RFC 6455 §7.4.1: a message is too big to process.
const TOO_BIG: u16 = 1009;
/// RFC 6455 §7.4.1: the peer breaks the protocol.
const BROKEN: u16 = 1002;

impl Socket {
    pub(crate) async fn hear(&mut self, frame: Frame, manner: &Manner) -> Result<(), Over> {
        self.note(|record| record.heard = Instant::now());
        if frame.mask.is_none() || frame.reserved_bits != 0 {
            return self.broken().await;
        }
        let fragment = frame.opcode == Opcode::Continuation || !frame.last;
        if fragment || frame.payload.len() >= FRAME_LIMIT_BYTES {
            return self.oversize(fragment).await;
        }
        match frame.opcode {
            Opcode::Text => {
                self.acknowledge(&String::from_utf8_lossy(&frame.payload));
                Ok(())
            }
            Opcode::Binary => {
                self.acknowledge(&format!("a binary message of {} bytes", frame.payload.len()));
                Ok(())
            }
            Opcode::Ping => {
                self.note(|record| record.pings += 1);
                if manner.pong { self.say(&Frame::new(Opcode::Pong, frame.payload)).await } else { Ok(()) }
            }
            Opcode::Pong => {
                self.note(|record| record.pongs += 1);
                Ok(())
            }
            Opcode::Close => self.closed(frame.close_code(), manner).await,
            Opcode::Continuation | Opcode::Reserved(_) => self.broken().await,
        }
    }

    fn acknowledge(&self, text: &str) {
        let (now, timeout) = (Instant::now(), self.hub.paced(self.hub.settings.ack_timeout));
        self.hub.change(|state| {
            let book = &mut state.book;
            let Some(ack) = message::ack(text) else { return book.note_strange(self.number, text.to_owned()) };
            let Some(envelope) = book.envelopes.get_mut(&ack.envelope_id) else {
                book.counts.acks_unknown += 1;
                return;
            };
            let before = envelope.fate;
            let worth = envelope.acknowledge(self.number, ack.payload.map(|payload| payload.get().to_owned()), now, timeout);
            book.counts.acknowledged += usize::from(before != envelope.fate);
            book.count_ack(worth);
        });
    }

    async fn oversize(&mut self, fragment: bool) -> Result<(), Over> {
        self.hub.change(|state| {
            let counts = &mut state.book.counts;
            *(if fragment { &mut counts.fragments } else { &mut counts.oversize }) += 1;
        });
        match self.hub.settings.oversize {
            Oversize::Dropped => Ok(()),
            Oversize::Closes => {
                self.unregister();
                self.close(Some(TOO_BIG)).await
            }
        }
    }

    async fn broken(&mut self) -> Result<(), Over> {
        self.hub.change(|state| state.book.counts.broken += 1);
        self.unregister();
        self.close(Some(BROKEN)).await
    }

    async fn closed(&mut self, code: Option<u16>, manner: &Manner) -> Result<(), Over> {
        self.note(|record| record.close_received = Some((Instant::now(), code)));
        self.unregister();
        if !manner.answer_close {
            self.agenda.keep(&[]);
            return Ok(());
        }
        self.close(code).await?;
        match self.hub.settings.after_close {
            AfterClose::Hold => Ok(()),
            AfterClose::End => Err(Over::Parted),
        }
    }
}
