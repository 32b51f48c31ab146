//! Owns the course of one lead: the lanes are taken over, it dials, receives, stores, acknowledges, and ends in time.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep, sleep_until};

use super::desk::Desk;
use super::notice::Notice;
use super::options::Options;
use super::role::Shared;
use super::source::{Feed, News, Source};
use crate::{Engine, Hold, Lead, PublishError, Publisher};

/// Between two tries to take the lanes over.
const PAUSE: Duration = Duration::from_millis(200);
/// Where somebody has to mend something, it is tried again so much later: the lease stays, and a URL of Slack's is not asked for in vain too often.
const MENDED_AFTER: Duration = Duration::from_secs(300);
/// Quiet lanes are looked after so often, or four times as often as their markers age.
const REFRESH_EVERY: Duration = Duration::from_secs(3600);

/// What stays the same over all leads.
pub(super) struct Terms<E> {
    pub(super) engine: E,
    pub(super) options: Options,
    pub(super) shared: Arc<Shared>,
}

/// Until it is over. Everything in the lead's name is dropped when this returns.
pub(super) async fn run<E: Engine, S: Source>(lead: &Lead, terms: &Terms<E>, source: &mut S) {
    let hold = lead.hold();
    let publisher = until_over(&hold, async {
        tokio::select! {
            biased;
            _ = lead.stepping_down() => None,
            publisher = take_over(lead, terms) => publisher,
        }
    });
    let Some(Some(publisher)) = publisher.await else { return };
    terms.shared.tell(Notice::TookOver { token: lead.token() });
    let mut course = Course {
        lead,
        hold: &hold,
        desk: Desk::new(terms, Arc::new(publisher), hold.clone()),
        source,
        feed: None,
        dial_at: Some(Instant::now()),
        drained_by: None,
        refresh: None,
    };
    // First of all, every time: a process that was stopped sees that its time is over before it does anything else.
    until_over(&hold, course.go()).await;
    course.feed = None;
    course.desk.clear();
}

/// Polls this only as long as the lead holds.
async fn until_over<T>(hold: &Hold, work: impl Future<Output = T>) -> Option<T> {
    let (mut halted, mut work) = (pin!(hold.halted()), pin!(work));
    poll_fn(|context| {
        if !hold.is_valid() || halted.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        work.as_mut().poll(context).map(Some)
    })
    .await
}

async fn take_over<E: Engine>(lead: &Lead, terms: &Terms<E>) -> Option<Publisher<E>> {
    loop {
        match Publisher::take_over(terms.engine.clone(), lead.group().clone(), lead.token()).await {
            Ok(publisher) => return Some(publisher),
            Err(PublishError::Fenced { by }) => {
                terms.shared.stats().fenced += 1;
                tracing::warn!(?by, "a newer token has the lanes already: this lead is over");
                lead.fenced();
                return None;
            }
            Err(PublishError::Fault(fault)) => tracing::warn!(%fault, "the lanes cannot be taken over yet"),
        }
        sleep(PAUSE).await;
    }
}

/// One lead that has the lanes.
struct Course<'a, E: Engine, S: Source> {
    lead: &'a Lead,
    hold: &'a Hold,
    desk: Desk<'a, E, <S::Feed as Feed>::Ack>,
    source: &'a mut S,
    feed: Option<S::Feed>,
    /// When to dial, where there is no feed.
    dial_at: Option<Instant>,
    /// When the lead must be over, once it is to end.
    drained_by: Option<Instant>,
    refresh: Option<BoxFuture<'static, Result<(), PublishError>>>,
}

impl<E: Engine, S: Source> Course<'_, E, S> {
    async fn go(&mut self) {
        let hold = self.hold;
        let mut stepping_down = pin!(hold.stepping_down());
        let mut refresh_at = Instant::now() + self.refresh_every();
        loop {
            if self.drained_by.is_some() && self.feed.is_none() && self.desk.is_empty() {
                return;
            }
            let expires_at = self.desk.deadline();
            tokio::select! {
                biased;
                until = &mut stepping_down, if self.drained_by.is_none() => self.step_down(until),
                () = at(self.drained_by) => return,
                settled = self.desk.settled() => {
                    if self.desk.settle(settled).is_err() {
                        return self.fenced();
                    }
                }
                () = at(expires_at) => self.desk.expire(),
                refreshed = run_of(&mut self.refresh) => {
                    self.refresh = None;
                    if let Err(PublishError::Fenced { .. }) = refreshed {
                        return self.fenced();
                    }
                }
                () = sleep_until(refresh_at) => {
                    refresh_at = Instant::now() + self.refresh_every();
                    self.refresh = Some(self.desk.refresh());
                }
                () = at(self.dial_at) => self.dial(),
                news = next(&mut self.feed) => self.hear(news),
            }
        }
    }

    fn refresh_every(&self) -> Duration {
        REFRESH_EVERY.min(self.desk.settings().max_age / 8)
    }

    fn step_down(&mut self, until: Instant) {
        self.desk.terms().shared.tell(Notice::StepsDown);
        (self.drained_by, self.dial_at) = (Some(until), None);
        if let Some(feed) = &mut self.feed {
            feed.drain(until);
        }
    }

    fn dial(&mut self) {
        self.dial_at = None;
        match self.source.dial(self.hold) {
            Ok(feed) => self.feed = Some(feed),
            Err(error) => {
                tracing::error!(%error, "there is nothing to dial; it is tried again in five minutes");
                self.dial_later();
            }
        }
    }

    fn dial_later(&mut self) {
        self.lead.dial_failed();
        self.dial_at = Instant::now().checked_add(MENDED_AFTER);
    }

    fn hear(&mut self, news: Option<News<<S::Feed as Feed>::Ack>>) {
        let shared = &self.desk.terms().shared;
        if let Some(feed) = &self.feed {
            shared.stats().ghosts = feed.ghosts();
        }
        match news {
            Some(News::Item(item)) => self.desk.take(item),
            Some(News::Up) => {
                shared.stats().is_up = true;
                shared.tell(Notice::Up);
                self.lead.serving();
            }
            Some(News::Down) => {
                shared.stats().is_up = false;
                shared.tell(Notice::Down);
                self.lead.dial_failed();
            }
            None => {
                shared.stats().is_up = false;
                self.feed = None;
                if self.drained_by.is_none() {
                    tracing::error!("the source has given up; it is dialled again in five minutes, and the lease stays");
                    self.dial_later();
                }
            }
        }
    }

    fn fenced(&self) {
        self.desk.terms().shared.stats().fenced += 1;
        tracing::warn!("a newer token has the lanes: this lead is over");
        self.lead.fenced();
    }
}

async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

async fn next<F: Feed>(feed: &mut Option<F>) -> Option<News<F::Ack>> {
    match feed {
        Some(feed) => feed.next().await,
        None => std::future::pending().await,
    }
}

async fn run_of<T>(future: &mut Option<BoxFuture<'static, T>>) -> T {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}
