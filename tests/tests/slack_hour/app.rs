//! Owns the app: it acknowledges what comes, mostly at once, sometimes late, now and then not at all.

use std::fmt;
use std::time::Duration;

use fastrand::Rng;
use relink_tokio::slack::{Envelope, SocketMode};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::ENVELOPES;

/// One in so many is handled slowly.
const SLOW: usize = 250;
/// One in so many is dropped the first time.
const DROPPED: usize = 500;

/// What the app has done with each envelope. All of the memory it takes is there from the beginning.
pub(crate) struct Hands {
    app: SocketMode,
    dice: Rng,
    seen: Vec<Seen>,
    slow: JoinSet<()>,
    report: Report,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Never,
    Dropped,
    Taken,
}

/// What it came to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Report {
    taken: usize,
    slow: usize,
    dropped: usize,
    unsent: usize,
    /// Envelopes that were handed out again though they had not been dropped.
    pub(crate) twice: usize,
}

impl Hands {
    pub(crate) fn new(app: SocketMode, seed: u64) -> Self {
        let dice = Rng::with_seed(seed ^ 0x0A99);
        Self { app, dice, seen: vec![Seen::Never; ENVELOPES], slow: JoinSet::new(), report: Report::default() }
    }

    pub(crate) async fn work(mut self) -> Report {
        while let Some(envelope) = self.app.next().await {
            self.handle(envelope);
            while self.slow.try_join_next().is_some() {}
        }
        self.report
    }

    fn handle(&mut self, envelope: Envelope) {
        let number = number(&envelope);
        let before = std::mem::replace(&mut self.seen[number], Seen::Taken);
        self.report.twice += usize::from(before == Seen::Taken);
        if before == Seen::Never && self.dice.usize(..DROPPED) == 0 {
            self.seen[number] = Seen::Dropped;
            self.report.dropped += 1;
        } else if self.dice.usize(..SLOW) == 0 {
            self.report.slow += 1;
            let time = Duration::from_millis(self.dice.u64(500..8000));
            self.slow.spawn(async move {
                sleep(time).await;
                // Where its connection is gone meanwhile, it is acknowledged when it comes again.
                let _gone = envelope.ack();
            });
        } else {
            self.report.taken += 1;
            self.report.unsent += usize::from(envelope.ack().is_err());
        }
    }
}

/// The number that the fake Slack's samples carry.
fn number(envelope: &Envelope) -> usize {
    let (_, number) = envelope.payload().rsplit_once("\"flood\":").expect("a sample");
    number.trim_end_matches('}').parse().expect("a number")
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { taken, slow, dropped, unsent, twice } = self;
        write!(
            f,
            "the app took {taken} at once ({unsent} of them too late for their connection), {slow} slowly, dropped {dropped}, was given {twice} twice"
        )
    }
}
