//! What a receiver receives from, and what it must bring.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use crate::{Envelope, Hold};

/// Where a receiver receives from. It lives as long as the receiver, over many leads: what must be remembered from one to the
/// next (how often it may dial, for instance) is in here.
pub trait Source: Send + 'static {
    /// One lead's connections.
    type Feed: Feed;

    /// Begins to dial, in a lead's name; returns at once. What goes wrong later is dialled again, by the feed, as long as the lead holds: whoever
    /// polls the feed looks at that first, every time.
    ///
    /// # Errors
    /// What a person has to mend. It is tried again after a while.
    fn dial(&mut self, hold: &Hold) -> Result<Self::Feed, Box<dyn Error + Send + Sync>>;
}

/// One lead's connections. Dropped, they are gone at once, with everything that runs for them.
pub trait Feed: Send + 'static {
    /// How an item is acknowledged.
    type Ack: Ack;

    /// What happens next; `None`: it has ended for good. Dropping the future loses nothing.
    fn next(&mut self) -> impl Future<Output = Option<News<Self::Ack>>> + Send;

    /// Dials no more, takes nothing new in, and closes when all that it has handed out is acknowledged or dropped; by then at the
    /// latest. [`Feed::next`] goes on to hand out what is there already, and returns `None` at the end.
    fn drain(&mut self, until: Instant);

    /// How many connections are registered at the peer that are nobody's any more, as far as it says.
    fn ghosts(&self) -> u32 {
        0
    }
}

/// What happens to a feed.
#[derive(Debug)]
pub enum News<A> {
    /// It has a connection.
    Up,
    /// It has none, and one could not be had or was lost.
    Down,
    /// Something came in.
    Item(Item<A>),
}

/// Something that came in, and waits to be acknowledged. Dropped, it never is.
#[derive(Debug)]
pub struct Item<A> {
    /// What is stored, or asked.
    pub envelope: Envelope,
    /// What follows where it is not acknowledged.
    pub nature: Nature,
    /// How long whoever sent it waits, less the way back.
    pub within: Duration,
    /// How it is acknowledged.
    pub ack: A,
}

/// What follows where something is not acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Nature {
    /// It comes again.
    ComesAgain,
    /// It never comes again.
    Once,
    /// It never comes again, and somebody waits for the answer: a person that has pressed a button.
    Question,
}

/// How one item is acknowledged.
pub trait Ack: Send + 'static {
    /// Acknowledges it; with an answer, if there is one and it can take one. Returns at once.
    ///
    /// # Errors
    /// [`Unsent`]: there is no way to say it any more, or not with this answer.
    fn acknowledge(self, answer: Option<&[u8]>) -> Result<(), Unsent>;
}

/// Why an acknowledgement did not go as it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// It was not sent: the connection that brought the item is gone.
    Gone,
    /// It was sent without the answer, which was too large, or not of the kind that can be sent.
    WithoutAnswer,
}

impl fmt::Display for Unsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gone => "the connection that brought it is gone",
            Self::WithoutAnswer => "it was acknowledged without the answer, which is too large or of the wrong kind; send it another way",
        })
    }
}

impl Error for Unsent {}
