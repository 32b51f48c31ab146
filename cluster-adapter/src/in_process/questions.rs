//! Owns the questions that wait for somebody to take them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use crate::question::wait;
use crate::{AskError, Envelope, Fault, Heard};

/// All that is asked and not taken yet. No more than those who ask: a question that nobody waits for is forgotten.
#[derive(Debug, Default)]
pub(super) struct Questions {
    inner: Mutex<Inner>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    listeners: usize,
    waiting: VecDeque<Asked>,
}

#[derive(Debug)]
struct Asked {
    envelope: Envelope,
    until: Instant,
    answer: oneshot::Sender<Bytes>,
}

/// Hears what is asked.
#[derive(Debug)]
pub struct Answers {
    questions: Arc<Questions>,
    is_closed: bool,
}

/// A question in hand.
#[derive(Debug)]
pub struct Question {
    envelope: Envelope,
    until: Instant,
    answer: Mutex<Option<oneshot::Sender<Bytes>>>,
}

impl Questions {
    pub(super) async fn ask(&self, envelope: &Envelope, until: Instant) -> Result<Bytes, AskError> {
        let (answer, answered) = oneshot::channel();
        {
            let mut inner = self.lock();
            if inner.listeners == 0 {
                return Err(AskError::Nobody);
            }
            inner.waiting.retain(|asked| !asked.answer.is_closed());
            inner.waiting.push_back(Asked { envelope: envelope.clone(), until, answer });
        }
        self.changed.notify_waiters();
        wait(answered, until).await.ok_or(AskError::Late)
    }

    pub(super) fn listen(self: &Arc<Self>) -> Answers {
        self.lock().listeners += 1;
        Answers { questions: self.clone(), is_closed: false }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<Question> {
        let mut inner = self.lock();
        while let Some(Asked { envelope, until, answer }) = inner.waiting.pop_front() {
            if !answer.is_closed() {
                return Some(Question { envelope, until, answer: Mutex::new(Some(answer)) });
            }
        }
        None
    }
}

impl Answers {
    fn leave(&mut self) {
        if !std::mem::replace(&mut self.is_closed, true) {
            self.questions.lock().listeners -= 1;
        }
    }
}

impl crate::Answers for Answers {
    type Question = Question;

    async fn next(&mut self) -> Result<Option<Question>, Fault> {
        loop {
            let changed = self.questions.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.is_closed {
                return Ok(None);
            }
            if let Some(question) = self.questions.take() {
                return Ok(Some(question));
            }
            changed.await;
        }
    }

    async fn close(&mut self) -> Result<(), Fault> {
        self.leave();
        Ok(())
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        self.leave();
    }
}

impl crate::Question for Question {
    fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    fn until(&self) -> Instant {
        self.until
    }

    async fn answer(&self, answer: Bytes) -> Result<Heard, Fault> {
        let asker = self.answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        let is_heard = asker.is_some_and(|asker| asker.send(answer).is_ok());
        Ok(if is_heard { Heard::InTime } else { Heard::TooLate })
    }
}
