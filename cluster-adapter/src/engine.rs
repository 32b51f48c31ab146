//! What an engine must bring: a cell for each lease, a log cut into lanes, and deliveries from it.

use std::collections::BTreeSet;
use std::future::{Future, pending};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::{
    Answers, Appended, AskError, Cell, DeadLetter, Entry, Envelope, Fault, Group, Holder, Lane, Last, Record, Refused, Settings, Token,
    Unanswered,
};

/// Where leases and the queue live. Clones are the same engine.
///
/// These are primitives, each one request and one answer: they decide nothing and try nothing twice. What uses them
/// ([`Election`](crate::Election), [`Publisher`](crate::Publisher)) is the same for every engine. A read may be old; a write with
/// an expectation never is, so only writes decide. Every future may be dropped; whether its write happens is unknown then.
pub trait Engine: Clone + Send + Sync + 'static {
    /// Reads one partition.
    type Consumer: Consumer;
    /// Hears what is asked.
    type Answers: Answers;

    /// The times and sizes, within their bounds.
    fn settings(&self) -> &Settings;

    /// The lease's cell, perhaps as it was a moment ago.
    fn read(&self, group: &Group) -> impl Future<Output = Result<Cell, Fault>> + Send;

    /// Writes the lease's cell if its revision is still the expected one, and answers the new one: larger than all before it in
    /// any cell of this engine. What is written ends after [`Settings::lease`] without another write; then the cell's revision is 0.
    /// `None` gives the lease back.
    fn write(&self, group: &Group, expected: u64, record: Option<&Record>) -> impl Future<Output = Result<u64, Refused>> + Send;

    /// Waits until somebody may have given the lease back. A hint: it may be wrong, late, or never come. The end of a lease is none.
    fn given_back(&self, group: &Group) -> impl Future<Output = ()> + Send {
        let _ = group;
        pending()
    }

    /// Says that this one is a member of the group; it is one for [`Settings::lease`] from then on.
    fn announce(&self, group: &Group, member: &Holder) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Says that this one is a member no more.
    fn withdraw(&self, group: &Group, member: &Holder) -> impl Future<Output = Result<(), Fault>> + Send;

    /// The group's members, perhaps as it was a moment ago.
    fn members(&self, group: &Group) -> impl Future<Output = Result<BTreeSet<Holder>, Fault>> + Send;

    /// The newest entry of a lane, perhaps as it was a moment ago.
    fn last(&self, lane: Lane<'_>) -> impl Future<Output = Result<Option<Last>, Fault>> + Send;

    /// Appends an entry to a lane if the newest there is still the expected one (0: none). An envelope whose id is known is a duplicate:
    /// engines differ in whether they see that first, or the wrong expectation. Neither stores it.
    fn append(
        &self,
        lane: Lane<'_>,
        expected: u64,
        token: Token,
        entry: Entry<'_>,
    ) -> impl Future<Output = Result<Appended, Refused>> + Send;

    /// Appends an envelope beside the lanes, whatever stands there: for those who need no fence. It is delivered with the partition of its
    /// key's lane, its id is known as any other's, and its token is 0. Never refused as a conflict.
    fn add(&self, envelope: &Envelope) -> impl Future<Output = Result<Appended, Refused>> + Send;

    /// Begins to read a partition (`0..partitions`). Those who read the same share what is in it.
    fn consume(&self, partition: u16) -> impl Future<Output = Result<Self::Consumer, Fault>> + Send;

    /// Asks one of those who listen, and waits for the answer until then. What is asked is not stored, and asked of nobody else.
    fn ask(&self, envelope: &Envelope, until: Instant) -> impl Future<Output = Result<Bytes, AskError>> + Send;

    /// Listens for what is asked.
    fn answers(&self) -> impl Future<Output = Result<Self::Answers, Fault>> + Send;

    /// Dead letters behind this position (0: from the first one), some at a time; none when there are no more.
    fn dead_letters(&self, after: u64) -> impl Future<Output = Result<Vec<DeadLetter>, Fault>> + Send;
}

/// Reads one partition.
pub trait Consumer: Send + 'static {
    /// What it hands out.
    type Delivery: Delivery;

    /// The next delivery; waits for one. Dropping the future loses nothing. After a fault it can be asked again.
    fn next(&mut self) -> impl Future<Output = Result<Self::Delivery, Fault>> + Send;

    /// Takes the partition over: what was delivered to anybody and is unanswered is delivered anew, now and before
    /// anything newer, its deliveries counted on; but not what this reader has in hand. Answers what is unanswered, in hand or not; what comes anew may come
    /// in any order. To be called before the first [`Consumer::next`], and wherever there is [a gap](Consumer::has_gap); after a fault it can be called again.
    fn take_over(&mut self, in_hand: &BTreeSet<u64>) -> impl Future<Output = Result<Unanswered, Fault>> + Send;

    /// Whether something was delivered since this reader took over and has not arrived here: lost on its way when a server or a connection went, or
    /// given to somebody who reads still. What has come since may be ahead of it; taking over anew brings it.
    fn has_gap(&self) -> bool;

    /// What is delivered and unanswered now: by whomever, and markers that are never seen count, too.
    fn unanswered(&mut self) -> impl Future<Output = Result<Unanswered, Fault>> + Send;

    /// Whether nothing is fetched ahead from now on: what is not asked for is not delivered, and none of its deliveries is counted.
    fn one_by_one(&mut self, is_so: bool);

    /// Ends the reading. What was fetched ahead is handed back at once; what was handed out is to be answered still.
    fn close(self) -> impl Future<Output = Result<(), Fault>> + Send;
}

/// One message in hand. Dropped without an answer, it is delivered again after [`Settings::ack_wait`].
///
/// An answer that fails may have arrived; it can be given again. One that comes too late, when the message was delivered anew, still counts.
pub trait Delivery: Send + Sync + 'static {
    /// What is to be worked on.
    fn envelope(&self) -> &Envelope;

    /// Its place in the queue: grows within a lane.
    fn sequence(&self) -> u64;

    /// Whose it is.
    fn token(&self) -> Token;

    /// The how-manieth delivery of it this is, from 1.
    fn delivered(&self) -> u64;

    /// It is done: not delivered again.
    fn ack(&self) -> impl Future<Output = Result<(), Fault>> + Send;

    /// It is handed back: delivered again after this delay. What is behind it in its lane does not wait.
    fn nack(&self, delay: Duration) -> impl Future<Output = Result<(), Fault>> + Send;

    /// It is being worked on: [`Settings::ack_wait`] begins anew.
    fn in_progress(&self) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Nobody can work on it: it is put to the dead letters with this reason (one line of at most 1000 characters is kept), then not delivered again.
    fn dead_letter(&self, reason: &str) -> impl Future<Output = Result<(), Fault>> + Send;
}
