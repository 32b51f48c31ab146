//! One connection in memory, both ends of it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use relink_tokio::core::Report;
use relink_tokio::{CloseCode, Connection, Ending, Incoming};

use super::{Manners, Text, closed};

/// The other end of one connection.
#[derive(Clone)]
pub(crate) struct Peer(Arc<Mutex<Link>>);

#[derive(Default)]
struct Link {
    inbound: VecDeque<Incoming<Text>>,
    reader: Option<Waker>,
    writer: Option<Waker>,
    manners: Manners,
    buffer: Vec<Text>,
    /// What the peer answers once it gets what is queued.
    answers: Vec<Incoming<Text>>,
    sent: Vec<Text>,
    flushes: usize,
    written_bytes: u64,
    pings: usize,
    close: Option<CloseCode>,
    /// The Close has left the write buffer.
    hears_close: bool,
    busy: bool,
    broken: bool,
    dropped: bool,
}

/// Messages that fit into the write buffer.
pub(crate) const BUFFER_MAX: usize = 64;

impl Peer {
    pub(super) fn new(manners: Manners) -> Self {
        Self(Arc::new(Mutex::new(Link { manners, ..Link::default() })))
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        self.0.lock().unwrap()
    }

    /// Something comes in at the link.
    pub(crate) fn push(&self, incoming: Incoming<Text>) {
        let waker = {
            let mut link = self.link();
            link.inbound.push_back(incoming);
            link.reader.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn say(&self, text: impl Into<Text>) {
        self.push(Incoming::Message(text.into()));
    }

    pub(crate) fn report(&self, report: Report) {
        self.push(Incoming::Report(report));
    }

    pub(crate) fn close(&self, code: u16) {
        self.push(Incoming::Closed(closed(code)));
    }

    pub(crate) fn lose(&self) {
        self.push(Incoming::Lost(Ending::Eof));
    }

    pub(crate) fn manners(&self, manners: Manners) {
        let waker = {
            let mut link = self.link();
            link.manners = manners;
            link.writer.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn set_busy(&self, busy: bool) {
        self.link().busy = busy;
    }

    /// Every write fails from here on.
    pub(crate) fn break_writes(&self) {
        self.link().broken = true;
    }

    /// The socket takes a few bytes, but not all.
    pub(crate) fn trickle(&self) {
        let waker = {
            let mut link = self.link();
            link.written_bytes += 1;
            link.writer.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn sent(&self) -> Vec<Text> {
        self.link().sent.clone()
    }

    pub(crate) fn flushes(&self) -> usize {
        self.link().flushes
    }

    pub(crate) fn pings(&self) -> usize {
        self.link().pings
    }

    pub(crate) fn close_code(&self) -> Option<u16> {
        self.link().close.map(CloseCode::get)
    }

    pub(crate) fn hears_close(&self) -> bool {
        self.link().hears_close
    }

    pub(crate) fn unread(&self) -> usize {
        self.link().inbound.len()
    }

    pub(crate) fn is_dropped(&self) -> bool {
        self.link().dropped
    }
}

/// The link's end of one connection.
pub(crate) struct Wire(Peer);

impl Wire {
    pub(super) const fn to(peer: Peer) -> Self {
        Self(peer)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.0.link().dropped = true;
    }
}

impl Connection for Wire {
    type Message = Text;

    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Incoming<Text>> {
        let mut link = self.0.link();
        match link.inbound.pop_front() {
            Some(incoming) => Poll::Ready(incoming),
            None if link.manners.floods => {
                // As tokio does: a task that has read so much in one go has to let others run. This is a big message.
                for _ in 0..3 {
                    std::task::ready!(tokio::task::coop::poll_proceed(cx)).made_progress();
                }
                Poll::Ready(Incoming::Message("flood".into()))
            }
            None => {
                link.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        if self.0.link().buffer.len() < BUFFER_MAX { Poll::Ready(Ok(())) } else { self.poll_flush(cx) }
    }

    fn queue(&mut self, message: Text) -> Result<(), Ending> {
        let mut link = self.0.link();
        assert!(link.close.is_none(), "a message behind the Close");
        link.buffer.push(message);
        Ok(())
    }

    fn queue_ping(&mut self) -> Result<(), Ending> {
        let mut link = self.0.link();
        link.pings += 1;
        if link.manners.answers_pings {
            link.answers.push(Incoming::Report(Report::Heard));
        }
        Ok(())
    }

    fn queue_close(&mut self, code: CloseCode) -> Result<(), Ending> {
        let mut link = self.0.link();
        assert!(link.close.is_none(), "a second Close");
        link.close = Some(code);
        if link.manners.answers_close {
            link.answers.push(Incoming::Closed(closed(code.get())));
            link.answers.push(Incoming::Lost(Ending::Finished));
        }
        Ok(())
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        let mut link = self.0.link();
        if link.manners.has_one_waker {
            link.reader = Some(cx.waker().clone());
        }
        if link.broken {
            return Poll::Ready(Err(std::io::Error::from(std::io::ErrorKind::BrokenPipe).into()));
        }
        if !link.manners.takes_writes {
            link.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let buffer = std::mem::take(&mut link.buffer);
        link.hears_close = link.close.is_some();
        link.flushes += usize::from(!buffer.is_empty());
        link.written_bytes += buffer.iter().map(|text| text.len() as u64).sum::<u64>();
        if link.manners.echoes {
            link.inbound.extend(buffer.iter().cloned().map(Incoming::Message));
        }
        link.sent.extend(buffer);
        let answers = std::mem::take(&mut link.answers);
        link.inbound.extend(answers);
        if !link.inbound.is_empty() {
            link.reader.take().into_iter().for_each(Waker::wake);
        }
        Poll::Ready(Ok(()))
    }

    fn written_bytes(&self) -> u64 {
        self.0.link().written_bytes
    }

    fn is_busy(&self) -> bool {
        self.0.link().busy
    }
}
