//! Owns a conversation: one connection's reading and writing, both at once, from its first byte to its last.

use core::future::{pending, poll_fn};
use core::pin::pin;
use core::task::Poll;

use embassy_futures::select::select;
use embassy_futures::yield_now;
use embedded_io_async::{Error, ErrorKind, Read, Write};
use relink_core::{Attempt, Pairing};
use relink_profiles::Profile;

use super::Driver;
use crate::Entropy;
use crate::dial::{Clock, Connection};
use crate::ending::Ending;
use crate::user::User;
use crate::wire::{Framing, Wire};

/// Reads and writes of one connection before the others get their turn, even if it could go on.
const TURNS_MAX: u32 = 64;

impl<P: Profile, U: User<P, H>, E: Entropy, H: Pairing + Copy, C: Clock, const M: usize, const B: usize> Driver<'_, P, U, E, H, C, M, B> {
    /// One connection, from its first byte to its last.
    pub(super) async fn converse<T: Connection, F: Framing>(&self, seat: (usize, Attempt), connection: &mut T, wire: &mut Wire<'_, F>) {
        let now = self.clock.now();
        let request = connection.request();
        self.with(|session| session.dialled(seat, now, &request, wire, self.client));
        let (mut reader, mut writer) = connection.split();
        let mut output = Output::Flushed;
        let mut turns = 0_u32;
        loop {
            let now = self.clock.now();
            self.with(|session| session.work(seat, now, wire, self.client));
            if self.is_dismissed(seat.0) {
                self.with(|session| session.leave(seat, wire));
                return last_words(&mut writer, wire).await;
            }
            turns = turns.wrapping_add(1);
            if turns.is_multiple_of(TURNS_MAX) {
                yield_now().await;
            }
            let is_held_up = wire.has_unread();
            let (space, unsent) = wire.halves();
            let reading = async { if is_held_up || space.is_empty() { pending().await } else { reader.read(space).await } };
            let writing = output.go_on(&mut writer, unsent, is_held_up);
            let (read, wrote) = either_or_both(reading, writing, || self.is_called(seat.0)).await;
            if let Some(Output::Dirty(count)) = wrote {
                wire.sent(count);
                self.with(|session| session.sent(seat, count, self.client));
            }
            let had_failed = output.failure();
            output = wrote.unwrap_or(output);
            match (read, had_failed) {
                (Some(Ok(0)), failure) => return self.lost(seat, failure.unwrap_or(Ending::Eof)),
                (Some(Ok(count)), _) => wire.received(count),
                (Some(Err(error)), _) => return self.lost(seat, Ending::Io(error.kind())),
                // Nothing is left to be read.
                (None, Some(failure)) if wrote.is_some() => return self.lost(seat, failure),
                (None, _) => {}
            }
        }
    }

    fn lost(&self, seat: (usize, Attempt), why: Ending) {
        let now = self.clock.now();
        self.with(|session| session.lost(seat, now, why, self.client));
    }
}

/// Polls both, so that neither waits for the other: a peer that sends without a pause is answered all the same. Ready when one is, or
/// somebody calls.
async fn either_or_both<R, W>(
    reading: impl Future<Output = R>,
    writing: impl Future<Output = W>,
    is_called: impl Fn() -> bool,
) -> (Option<R>, Option<W>) {
    let (mut reading, mut writing) = (pin!(reading), pin!(writing));
    poll_fn(|cx| {
        let read = reading.as_mut().poll(cx);
        let wrote = writing.as_mut().poll(cx);
        match (read, wrote) {
            (Poll::Pending, Poll::Pending) if is_called() => Poll::Ready((None, None)),
            (Poll::Pending, Poll::Pending) => Poll::Pending,
            (Poll::Ready(read), Poll::Pending) => Poll::Ready((Some(read), None)),
            (Poll::Pending, Poll::Ready(wrote)) => Poll::Ready((None, Some(wrote))),
            (Poll::Ready(read), Poll::Ready(wrote)) => Poll::Ready((Some(read), Some(wrote))),
        }
    })
    .await
}

/// Writes what the transport takes here and now.
async fn last_words<W: Write, F: Framing>(writer: &mut W, wire: &mut Wire<'_, F>) {
    let writing = async {
        while !wire.halves().1.is_empty() {
            match writer.write(wire.halves().1).await {
                Ok(0) | Err(_) => return,
                Ok(count) => wire.sent(count),
            }
        }
        let _nobody_waits = writer.flush().await;
    };
    // Not by `ready`: that panics when it is asked twice.
    select(writing, poll_fn(|_| Poll::Ready(()))).await;
}

/// How far the writing of one connection is.
#[derive(Clone, Copy)]
enum Output {
    /// The transport has taken so many bytes just now, and may keep them until it is flushed.
    Dirty(usize),
    /// Everything written is on its way.
    Flushed,
    /// Nothing can be written any more. What the peer said before is still read: its Close with a verdict, perhaps.
    Failed(ErrorKind),
}

impl Output {
    /// Writes, or flushes if there is nothing to be written; waits if there is nothing to be done. Ready with the failure before once
    /// the network had a turn; not, while nobody reads what there is.
    async fn go_on<W: Write>(self, writer: &mut W, unsent: &[u8], is_held_up: bool) -> Self {
        let is_idle = match self {
            Self::Dirty(_) => false,
            Self::Flushed => unsent.is_empty(),
            Self::Failed(_) => is_held_up,
        };
        if is_idle {
            pending::<()>().await;
        }
        if let Self::Failed(_) = self {
            yield_now().await;
            return self;
        }
        let done = match unsent {
            [] => writer.flush().await.map(|()| Self::Flushed),
            _ => writer.write(unsent).await.map(Self::Dirty),
        };
        match done {
            Ok(Self::Dirty(0)) => Self::Failed(ErrorKind::WriteZero),
            Ok(output) => output,
            Err(error) => Self::Failed(error.kind()),
        }
    }

    const fn failure(self) -> Option<Ending> {
        if let Self::Failed(kind) = self { Some(Ending::Io(kind)) } else { None }
    }
}
