//! A message on its way from its sender to a connection.

use relink_core::Attempt;

use crate::receipt::{Fate, Receipt, Teller};

/// A message on its way.
pub(crate) struct Entry<M> {
    pub(crate) message: M,
    pub(crate) weight: u32,
    /// Most messages have none, so it is kept apart: entries are moved a lot.
    pub(crate) tag: Option<Box<Tag<M>>>,
}

/// What is wanted of a message beyond being sent.
pub(crate) struct Tag<M> {
    /// To go on the connection of this attempt and no other.
    on: Option<Attempt>,
    /// To tell what became of it.
    pub(crate) teller: Teller<M>,
}

impl<M> Entry<M> {
    pub(crate) const fn plain(message: M, weight: u32) -> Self {
        Self { message, weight, tag: None }
    }

    /// The message of a sender that wants to be told what becomes of it.
    pub(crate) fn tracked(message: M, weight: u32, on: Option<Attempt>) -> (Self, Receipt<M>) {
        let (teller, receipt) = Receipt::pair();
        (Self { message, weight, tag: Some(Box::new(Tag { on, teller })) }, receipt)
    }

    /// The connection it is bound to.
    pub(crate) fn on(&self) -> Option<Attempt> {
        self.tag.as_ref().and_then(|tag| tag.on)
    }

    /// Tells the sender, if it wants to know; gives the message back with it.
    pub(crate) fn tell(self, fate: impl FnOnce(M) -> Fate<M>) {
        if let Some(tag) = self.tag {
            let _nobody_waits = tag.teller.send(fate(self.message));
        }
    }
}
