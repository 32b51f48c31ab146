//! Owns the fence: one envelope a lane is on its way, and each expects the one before it.

use futures_util::future::try_join_all;
use tokio::sync::Mutex;
use tokio::time::{Duration, Instant, sleep};

use crate::{Appended, Engine, Entry, Envelope, Fault, Group, Lane, PublishError, Refused, Token};

/// How often an entry is tried anew after a conflict that turned out to be none.
const TRIES_MAX: u32 = 4;
/// How often a marker is tried. A predecessor that still writes moves the lane's end on with every entry: on three servers a marker was seen
/// to come too late more than four times in a row.
const MARKER_TRIES_MAX: u32 = 200;
/// The longest pause between two of them: out of step with whoever writes.
const MARKER_PAUSE_MAX_MICROS: u64 = 3000;

/// Puts envelopes into the queue, as the holder of a token.
///
/// As many are on their way at once as the queue has lanes: call [`Publisher::publish`] concurrently.
#[derive(Debug)]
pub struct Publisher<E> {
    engine: E,
    group: Group,
    token: Token,
    lanes: Box<[Mutex<End>]>,
}

/// What became of an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It is stored, at this place.
    New(u64),
    /// It was stored before.
    Duplicate,
}

/// Where a lane ends.
#[derive(Debug)]
struct End {
    /// The newest entry, as far as this publisher knows: what the next one expects.
    last: u64,
    /// When that was stored, or later.
    written: Instant,
}

impl<E: Engine> Publisher<E> {
    /// Takes the group's lanes over: puts a marker into each. From then on nothing new with an older token gets into them.
    ///
    /// Every group has lanes of its own in the one queue, and the workers read them all: two leaders of two groups are not in each
    /// other's way. Keep the number of groups small: the queue has [`Settings::lanes`](crate::Settings::lanes) for each.
    ///
    /// # Errors
    /// [`PublishError::Fenced`] if a newer token is there already; a fault, and it can be tried again.
    pub async fn take_over(engine: E, group: Group, token: Token) -> Result<Self, PublishError> {
        let marked = (0..engine.settings().lanes).map(|number| mark(&engine, Lane { group: &group, number }, token));
        let lanes = try_join_all(marked).await?.into_iter().map(Mutex::new).collect();
        Ok(Self { engine, group, token, lanes })
    }

    /// Stores an envelope, and returns when that is confirmed. Envelopes of one key that are published one after the other
    /// are stored in that order.
    ///
    /// # Errors
    /// [`PublishError::Fenced`]: a newer token has taken over; what is new was not stored and will not be. (An envelope that was
    /// stored before may be answered as a duplicate all the same.) A fault: unknown; publishing it again is safe.
    pub async fn publish(&self, envelope: &Envelope) -> Result<Stored, PublishError> {
        check(envelope)?;
        let number = self.engine.settings().lane_of(&envelope.key);
        let Some(end) = self.lanes.get(usize::from(number)) else { return Err(unsettled()) };
        let (lane, mut end) = (self.lane(number), end.lock().await);
        for _ in 0..TRIES_MAX {
            match self.engine.append(lane, end.last, self.token, Entry::Envelope(envelope)).await {
                Ok(Appended::New(sequence)) => {
                    end.stored(sequence);
                    return Ok(Stored::New(sequence));
                }
                Ok(Appended::Duplicate(_)) => return Ok(Stored::Duplicate),
                Err(Refused::Conflict) => self.catch_up(lane, &mut end).await?,
                Err(Refused::Fault(fault)) => return Err(fault.into()),
            }
        }
        Err(unsettled())
    }

    /// Puts a new marker into each lane in which nothing was stored for half of [`Settings::max_age`](crate::Settings::max_age): a lane
    /// whose entries have all aged away has forgotten whose it is. To be called now and then, every hour for instance.
    ///
    /// # Errors
    /// As for [`Publisher::publish`].
    pub async fn refresh(&self) -> Result<(), PublishError> {
        let quiet = self.engine.settings().max_age / 2;
        try_join_all((0..).zip(&self.lanes).map(|(number, end)| async move {
            let mut end = end.lock().await;
            if end.written.elapsed() >= quiet {
                *end = mark(&self.engine, self.lane(number), self.token).await?;
            }
            Ok(())
        }))
        .await
        .map(drop)
    }

    /// The token it publishes with.
    #[must_use]
    pub const fn token(&self) -> Token {
        self.token
    }

    const fn lane(&self, number: u16) -> Lane<'_> {
        Lane { group: &self.group, number }
    }

    /// The lane's newest entry is not the expected one. An own one, whose answer was not heard, is gone on from; another's is the fence.
    async fn catch_up(&self, lane: Lane<'_>, end: &mut End) -> Result<(), PublishError> {
        match self.engine.last(lane).await? {
            Some(last) if last.token == self.token => {
                end.stored(last.sequence.max(end.last));
                Ok(())
            }
            Some(last) if last.token > self.token => Err(PublishError::Fenced { by: Some(last.token) }),
            // Read too early, or the lane is empty and has forgotten whose it is.
            Some(_) => Err(unsettled()),
            None => Err(PublishError::Fenced { by: None }),
        }
    }
}

/// Stores an envelope without a token, and returns when that is confirmed: for those of whom there may be many at once, because whoever
/// sends to them chooses one. Nobody is fenced out, and it fences nobody out. Those of one key that are stored one after the other stay in
/// that order. An id that was stored before, by whomever, is not stored again.
///
/// # Errors
/// A fault: unknown; storing it again is safe.
pub async fn store<E: Engine>(engine: &E, envelope: &Envelope) -> Result<Stored, Fault> {
    check(envelope)?;
    match engine.add(envelope).await {
        Ok(Appended::New(sequence)) => Ok(Stored::New(sequence)),
        Ok(Appended::Duplicate(_)) => Ok(Stored::Duplicate),
        Err(Refused::Fault(fault)) => Err(fault),
        Err(Refused::Conflict) => Err(Fault::TimedOut { what: "put an entry beside the lanes" }),
    }
}

impl End {
    fn stored(&mut self, sequence: u64) {
        (self.last, self.written) = (sequence, Instant::now());
    }
}

/// Puts a marker into a lane, behind whatever is there that is not newer.
async fn mark<E: Engine>(engine: &E, lane: Lane<'_>, token: Token) -> Result<End, PublishError> {
    for _ in 0..MARKER_TRIES_MAX {
        let last = engine.last(lane).await?;
        if let Some(last) = last.filter(|last| last.token > token) {
            return Err(PublishError::Fenced { by: Some(last.token) });
        }
        match engine.append(lane, last.map_or(0, |last| last.sequence), token, Entry::Marker).await {
            Ok(Appended::New(last) | Appended::Duplicate(last)) => return Ok(End { last, written: Instant::now() }),
            Err(Refused::Conflict) => sleep(Duration::from_micros(fastrand::u64(..MARKER_PAUSE_MAX_MICROS))).await,
            Err(Refused::Fault(fault)) => return Err(fault.into()),
        }
    }
    Err(unsettled())
}

fn unsettled() -> PublishError {
    Fault::TimedOut { what: "put an entry into a lane that somebody else writes to" }.into()
}

const ID_BYTES_MAX: usize = 512;

fn check(envelope: &Envelope) -> Result<(), Fault> {
    let is_header = |text: &str| text.len() <= ID_BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_graphic());
    if envelope.id.is_empty() || !is_header(&envelope.id) || !is_header(&envelope.key) {
        return Err(Fault::BadEnvelope);
    }
    Ok(())
}
