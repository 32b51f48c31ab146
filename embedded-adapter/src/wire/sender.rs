//! Owns the sending side of a connection by itself, for as long as a message is read.

use core::fmt;
use core::marker::PhantomData;

use super::error::NoRoom;
use super::framing::{Framing, WsFramer};
use super::incoming::Message;
use super::send::Send;
use crate::entropy::Entropy;

/// The sending side alone.
pub struct Sender<'w, 'b, F = WsFramer> {
    send: &'w mut Send<'b>,
    refusal: Option<NoRoom>,
    framing: PhantomData<F>,
}

impl<'w, 'b, F: Framing> Sender<'w, 'b, F> {
    /// `refusal`: why nothing is taken, if that is so.
    pub(super) const fn new(refusal: Option<NoRoom>, send: &'w mut Send<'b>) -> Self {
        Self { send, refusal, framing: PhantomData }
    }

    /// As [`Wire::message`](super::Wire::message).
    ///
    /// # Errors
    ///
    /// As [`Wire::message`](super::Wire::message).
    pub fn message(&mut self, message: Message<'_>, entropy: &mut impl Entropy) -> Result<(), NoRoom> {
        if let Some(refusal) = self.refusal {
            return Err(refusal);
        }
        self.send.frame::<F>(message.frame(), entropy)
    }
}

impl<F> fmt::Debug for Sender<'_, '_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("unsent", &self.send.unsent().len()).finish_non_exhaustive()
    }
}
