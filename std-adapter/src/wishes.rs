//! What the handles wish for.

use relink_core::CloseCode;

/// What the handles wish for. Wishes replace one another, so they need no queue: first the end, then what follows it.
#[derive(Debug, Default)]
pub(crate) struct Wishes {
    pub(crate) end: Option<Box<Wish>>,
    pub(crate) start: bool,
    pub(crate) renew: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Wish {
    Stop(CloseCode),
    Drain(tokio::time::Instant, CloseCode),
}

impl Wishes {
    pub(crate) const fn is_empty(&self) -> bool {
        self.end.is_none() && !self.start && !self.renew
    }

    pub(crate) fn ends(&mut self, wish: Wish) {
        let end = match (self.end.take(), wish) {
            (Some(stop), Wish::Drain(..)) if matches!(*stop, Wish::Stop(_)) => stop,
            (_, wish) => Box::new(wish),
        };
        *self = Self { end: Some(end), start: false, renew: false };
    }
}
