//! The Draining state: nothing new, what is in hand is finished, then a Close.

use super::signal::{How, Signal};
use super::{Effect, Step};
use crate::{Action, Attempt, Draining, Older, Other, Pairing, Then};

impl<H: Pairing> Step<'_, H> {
    pub(super) fn draining(&mut self, signal: Signal, draining: &mut Draining) -> Effect {
        match signal {
            Signal::Start if self.on.config.redial && draining.then == Then::Stop => self.restarts(&mut draining.then),
            Signal::Stop => {
                (draining.code, draining.then) = (self.code, Then::Stop);
                self.drained(draining)
            }
            Signal::Drain => self.drains_sooner(draining),
            Signal::Timeout if self.due(draining.until) => self.drained(draining),
            Signal::Drained => self.idles(!self.beside, draining),
            Signal::Asked => {
                self.amend(&mut draining.then);
                self.stays()
            }
            Signal::Closed => self.draining_ends(How::Closed, draining),
            Signal::Broken => self.draining_ends(How::Leave, draining),
            Signal::Lost => self.draining_ends(How::Lost, draining),
            Signal::Nothing | Signal::Timeout | Signal::Start | Signal::Opened | Signal::Accepted | Signal::Heard | Signal::Pulse => {
                self.ignored()
            }
        }
    }

    /// A second Drain can only shorten the first; like a Stop it takes back a Start.
    fn drains_sooner(&mut self, draining: &mut Draining) -> Effect {
        draining.until = draining.until.min(self.until);
        (draining.code, draining.then) = (self.code, Then::Stop);
        self.stays()
    }

    fn draining_ends(&mut self, how: How, draining: &mut Draining) -> Effect {
        self.amend(&mut draining.then);
        match draining.older {
            Older::Held(older, busy) if H::PAIRED => self.drains_alone(!self.beside, how, draining, (older, busy)),
            Older::Held(..) | Older::None => {
                self.then = draining.then;
                self.ends(draining.attempt, how)
            }
        }
    }

    /// One of two connections has ended: the other goes on, or closes at once if nothing is in hand on it.
    fn drains_alone(&mut self, current: bool, how: How, draining: &mut Draining, older: (Attempt, bool)) -> Effect {
        let mut ended = older.0;
        if current {
            ended = draining.attempt;
            (draining.attempt, draining.busy) = older;
        }
        draining.older = Older::None;
        if !draining.busy {
            draining.until = self.now;
        }
        if how != How::Lost {
            self.act(Action::Abort(ended));
        }
        self.stays()
    }

    /// Nothing is in hand on one connection; closes if nothing is in hand on the other either.
    #[cfg_attr(target_pointer_width = "64", inline(never))]
    fn idles(&mut self, current: bool, draining: &mut Draining) -> Effect {
        let busy = match &mut draining.older {
            Older::Held(_, busy) if !current && H::PAIRED => busy,
            Older::Held(..) | Older::None => &mut draining.busy,
        };
        if !core::mem::replace(busy, false) {
            return self.ignored();
        }
        let older_busy = H::PAIRED && matches!(draining.older, Older::Held(_, true));
        if draining.busy || older_busy { self.stays() } else { self.drained(draining) }
    }

    fn drained(&mut self, draining: &Draining) -> Effect {
        (self.code, self.then) = (draining.code, draining.then);
        if let Older::Held(older, _) = draining.older
            && H::PAIRED
        {
            self.other = Other::ToClose(older, draining.code);
        }
        self.ends(draining.attempt, How::Leave)
    }
}
