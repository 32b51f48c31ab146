//! The putting together of a driver.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Waker;

use relink_core::{Config, Link, Millis};
use tracing::Span;

use super::Driver;
use super::deadline::Wait;
use super::notices::Notices;
use super::timer::Timer;
use super::view::Place;
use crate::dice::Dice;
use crate::inbox::InboxLimits;
use crate::judge::Judge;
use crate::observe::Observer;
use crate::shared::Shared;
use crate::{Clock, Transport};

/// What a driver is made of.
pub(crate) struct Parts<T: Transport> {
    pub(crate) transport: T,
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) dice: Dice,
    pub(crate) judge: Judge,
    pub(crate) observer: Option<Box<dyn Observer<T::Message>>>,
    pub(crate) write_timeout: Millis,
    pub(crate) inbox: InboxLimits,
    pub(crate) shared: Arc<Shared<T::Message>>,
    pub(crate) span: Span,
}

impl<T: Transport> Driver<T> {
    #[cfg(feature = "server")]
    pub(crate) const fn transport_mut(&mut self) -> &mut T {
        &mut self.transport
    }

    pub(crate) fn new(parts: Parts<T>) -> Self {
        let judge = if parts.judge.is_silent() { None } else { Some(Box::new(parts.judge)) };
        Self {
            link: Link::new(parts.config),
            clock: parts.clock,
            now: parts.clock.now(),
            dice: parts.dice,
            transport: parts.transport,
            judge,
            observer: parts.observer,
            write_timeout: parts.write_timeout,
            task: Waker::noop().clone(),
            ear: Waker::from(parts.shared.clone()),
            shared: parts.shared,
            notices: Notices::new(parts.inbox),
            opening: None,
            slots: [None, None],
            intake: VecDeque::new(),
            more: false,
            place: Place::Idle,
            told: None,
            ended: Vec::new(),
            down_why: None,
            fatal: None,
            timer: Timer::new(),
            progress: false,
            held_changed: false,
            wait: Wait::No,
            in_poll: false,
            span: if parts.span.is_none() { None } else { Some(Box::new(parts.span)) },
        }
    }

    /// A task of its own is there for it.
    pub(crate) fn is_to_be_polled(&self) {
        self.shared.is_to_be_driven();
    }
}
