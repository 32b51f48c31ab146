//! Owns what the handles wish for.

use relink_core::CloseCode;

/// What the handles wish for. Wishes replace one another, so they need no queue: first the end, then what follows it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wishes {
    pub(crate) end: Option<Wish>,
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
        let end = match (self.end, wish) {
            (Some(stop @ Wish::Stop(_)), Wish::Drain(..)) => stop,
            (_, wish) => wish,
        };
        *self = Self { end: Some(end), start: false, renew: false };
    }
}
