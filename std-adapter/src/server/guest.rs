//! One connection in the house: how far it has come, and what anybody may know of it, or do to it, by then.

use std::sync::Arc;

use relink_core::CloseCode;
use relink_core::registry::{Gone, Key};
use tokio::task::AbortHandle;

use super::house::{House, Refused};
use super::{About, Cause};
use crate::client::Client;
use crate::ws::Message;

/// A connection that is there.
pub(super) struct Guest {
    pub(super) client: Client<Message>,
    standing: Standing,
    /// Its task.
    pub(super) task: Option<AbortHandle>,
    /// Who wants it to end, with which code.
    pub(super) cause: Option<(Cause, CloseCode)>,
    /// A drain has dropped it.
    pub(super) dropped: bool,
}

/// How far a connection has come. Nobody outside knows of one that was not let in.
enum Standing {
    /// Its request is being read.
    Arriving,
    /// Its request is being judged. Meanwhile these sessions were ended: it must not be let in if it would have been one of them.
    Judged(Vec<IsToEnd>),
    /// It was let in. Its answer is being written: a Close may come only after that.
    LetIn(Arc<About>),
    /// It is open.
    Open(Arc<About>),
}

/// Which sessions are to end.
pub(super) type IsToEnd = Arc<dyn Fn(&About) -> bool + Send + Sync>;

/// What is left to be said of a connection that has ended.
#[derive(Default)]
pub(super) struct Epitaph {
    /// A drain has dropped it.
    pub(super) dropped: bool,
    /// Who it was, if it was let in.
    pub(super) about: Option<Arc<About>>,
    /// Who wanted its end.
    pub(super) cause: Option<(Cause, CloseCode)>,
}

impl Guest {
    pub(super) const fn new(client: Client<Message>) -> Self {
        Self { client, standing: Standing::Arriving, task: None, cause: None, dropped: false }
    }

    /// What is known of it, once it is let in.
    pub(super) const fn about(&self) -> Option<&Arc<About>> {
        match &self.standing {
            Standing::LetIn(about) | Standing::Open(about) => Some(about),
            Standing::Arriving | Standing::Judged(_) => None,
        }
    }

    pub(super) const fn is_let_in(&self) -> bool {
        self.about().is_some()
    }

    pub(super) fn epitaph(&self) -> Epitaph {
        Epitaph { dropped: self.dropped, about: self.about().cloned(), cause: self.cause }
    }

    /// Notes who wants it to end. What is to be closed with which code now, if it is open; else it is closed as soon as it is.
    fn end(&mut self, cause: Cause, code: CloseCode) -> Option<(Client<Message>, CloseCode)> {
        // The first cause counts, and its code is the one that is said.
        let (_, code) = *self.cause.get_or_insert((cause, code));
        matches!(self.standing, Standing::Open(_)).then(|| (self.client.clone(), code))
    }
}

/// Coming in.
impl<P> House<P> {
    /// The gate is about to be asked about a connection.
    pub(super) fn judging(&self, key: Key) -> Result<(), Refused> {
        let mut rooms = self.rooms();
        if rooms.drain.is_some() {
            return Err(Refused::Draining);
        }
        let guest = rooms.registry.get_mut(key).map_err(|Gone| Refused::Draining)?;
        guest.standing = Standing::Judged(Vec::new());
        Ok(())
    }

    /// Lets a connection in, as this; the one that had its identity is closed. `false`: sessions like this were ended while it was
    /// being judged, so it is to be judged again.
    pub(super) fn let_in(&self, key: Key, about: &Arc<About>) -> Result<bool, Refused> {
        let (replaced, too_many) = loop {
            let ended = {
                let mut rooms = self.rooms();
                if rooms.drain.is_some() {
                    return Err(Refused::Draining);
                }
                let guest = rooms.registry.get_mut(key).map_err(|Gone| Refused::Draining)?;
                match &mut guest.standing {
                    Standing::Judged(ended) if !ended.is_empty() => std::mem::take(ended),
                    Standing::Arriving | Standing::Judged(_) | Standing::LetIn(_) | Standing::Open(_) => {
                        guest.standing = Standing::LetIn(about.clone());
                        let identity = about.identity.clone();
                        let replaced = identity.map(|identity| rooms.registry.identify(key, identity)).transpose();
                        let replaced = replaced.map_err(|Gone| Refused::Draining)?.flatten();
                        let replaced_max = self.settings.limits.replaced_max;
                        break (replaced, replaced.and_then(|old| rooms.replaced.add(old, replaced_max)));
                    }
                }
            };
            // The user's function runs without the lock.
            if ended.iter().any(|is_to_end| is_to_end(about)) {
                return Ok(false);
            }
        };
        if let Some(old) = replaced {
            self.counters.replaced();
            self.end(old, Cause::Replaced, self.settings.replaced_code);
        }
        too_many.into_iter().for_each(|key| self.cut_short(key));
        Ok(true)
    }

    /// A connection that was let in is open. If somebody wanted its end meanwhile, it is closed now.
    pub(super) fn opened(&self, key: Key) {
        let closing = {
            let mut rooms = self.rooms();
            let Ok(guest) = rooms.registry.get_mut(key) else { return };
            let Some(about) = guest.about().cloned() else { return };
            guest.standing = Standing::Open(about);
            guest.cause.map(|(_, code)| (guest.client.clone(), code))
        };
        if let Some((client, code)) = closing {
            client.wish_stop(code);
        }
    }
}

/// Going.
impl<P> House<P> {
    /// Closes a connection. Says whether it was there; one that is gone is counted.
    pub(super) fn end(&self, key: Key, cause: Cause, code: CloseCode) -> bool {
        let was_there = self.end_own(key, cause, code);
        self.counters.stale.add(u64::from(!was_there));
        was_there
    }

    /// As [`House::end`], where its end may have come first.
    pub(super) fn end_own(&self, key: Key, cause: Cause, code: CloseCode) -> bool {
        let closing = match self.rooms().registry.get_mut(key) {
            Ok(guest) if guest.is_let_in() => guest.end(cause, code),
            Ok(_) | Err(Gone) => return false,
        };
        if let Some((client, code)) = closing {
            client.wish_stop(code);
        }
        true
    }

    /// Closes a connection in its turn of a drain. Where nothing was asked for yet, there is nothing to answer; who is being judged
    /// gets an answer, which is a refusal from the beginning of the drain on.
    pub(super) fn end_drained(&self, key: Key, code: CloseCode) {
        let idle = match self.rooms().registry.get(key) {
            Ok(Guest { client, standing: Standing::Arriving, .. }) => Some(client.clone()),
            Ok(_) | Err(Gone) => None,
        };
        match idle {
            Some(client) => client.wish_stop(code),
            None => {
                self.end_own(key, Cause::Drained, code);
            }
        }
    }

    pub(super) fn end_where(&self, code: CloseCode, is_to_end: &IsToEnd) -> usize {
        let guests: Vec<_> = {
            let mut rooms = self.rooms();
            let keys: Vec<_> = rooms.registry.iter().map(|guest| guest.key).collect();
            let guests = keys.into_iter().filter_map(|key| {
                let guest = rooms.registry.get_mut(key).ok()?;
                if let Standing::Judged(ended) = &mut guest.standing {
                    ended.push(is_to_end.clone());
                }
                guest.about().map(|about| (key, about.clone()))
            });
            guests.collect()
        };
        // The user's function runs without the lock.
        guests.into_iter().filter(|(key, about)| is_to_end(about) && self.end(*key, Cause::Ended, code)).count()
    }
}
