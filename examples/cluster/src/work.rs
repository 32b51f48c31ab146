//! Owns the worker's role, and what is done with what came in: replace [`Desk::work`] and [`Desk::answer`] by what your app does.

use std::time::Duration;

use relink_cluster::receiver::read;
use relink_cluster::worker::{Job, Outcome, Retries, Worker};
use relink_cluster::{Answers, Engine, Holder, Question};
use relink_core::{Backoff, Millis};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use crate::args::{Args, Work};
use crate::journal::Journal;

/// What is done with what came in.
#[derive(Clone, Debug)]
struct Desk {
    work: Work,
    journal: Journal,
}

/// Both ways in which a worker is given something to do.
pub(crate) struct Working {
    pub(crate) worker: Worker,
    close: watch::Sender<bool>,
    answers: JoinHandle<()>,
}

/// How long the pause is after the engine could not be asked for questions.
const PAUSE: Duration = Duration::from_secs(1);
/// Between two tries of a job.
const BACKOFF: Backoff = Backoff { delay_min: Millis::new(200), delay_max: Millis::from_secs(10), ..Backoff::INTERACTIVE };

impl Desk {
    /// An event is to be worked on: as often as it is delivered, at least once.
    async fn work(&self, job: &Job) -> Outcome {
        sleep(self.work.work).await;
        let text = read(job.payload()).map(|body| body.payload.to_owned()).unwrap_or_default();
        match &self.work.poison {
            Some(poison) if text.contains(poison) => Outcome::Retry("it holds the text that this example fails at".into()),
            Some(_) | None => Outcome::Done,
        }
    }

    /// A person waits: what a command is answered with.
    async fn answer(&self, payload: &[u8]) -> String {
        let command = read(payload).ok().and_then(|body| serde_json::from_str::<serde_json::Value>(body.payload).ok());
        let text = command.as_ref().and_then(|command| command["text"].as_str()).unwrap_or_default();
        json!({"text": format!("you said {text:?}")}).to_string()
    }
}

/// Starts to work.
pub(crate) fn start<E: Engine>(engine: &E, holder: Holder, args: &Args, journal: &Journal) -> Working {
    let desk = Desk { work: args.work.clone(), journal: journal.clone() };
    let retries = Retries { tries: args.work.tries.into(), backoff: BACKOFF, ..Retries::DEFAULT };
    let worker = Worker::builder(engine.clone(), holder)
        .terms(args.times.terms())
        .concurrency(args.work.concurrency.into())
        .retries(retries)
        .drain(args.times.finish);
    let (close, closed) = watch::channel(false);
    let answers = tokio::spawn(answers(engine.clone(), desk.clone(), closed));
    Working { worker: worker.spawn(move |job: Job| handle(desk.clone(), job)), close, answers }
}

impl Working {
    /// Finishes what is in hand, and hands back the rest.
    pub(crate) async fn end(self) {
        let Self { worker, close, answers } = self;
        close.send_replace(true);
        let (_, _) = tokio::join!(worker.drain(), answers);
    }
}

async fn handle(desk: Desk, job: Job) -> Outcome {
    let outcome = desk.work(&job).await;
    let more = json!({
        "id": job.id(), "key": job.key(), "sequence": job.sequence(), "token": job.token().get(), "delivered": job.delivered(), "attempt": job.attempt(),
    });
    desk.journal.say(if outcome == Outcome::Done { "worked" } else { "failed" }, more);
    outcome
}

/// Answers questions until it is told to close; those that were heard by then are answered still.
async fn answers<E: Engine>(engine: E, desk: Desk, mut closed: watch::Receiver<bool>) {
    let mut answering = JoinSet::new();
    while !is_closed(&closed) {
        match engine.answers().await {
            Ok(mut open) => {
                while let Some(question) = next(&mut open, &mut closed).await {
                    while answering.try_join_next().is_some() {}
                    answering.spawn(answer(desk.clone(), question));
                }
            }
            Err(fault) => {
                desk.journal.say("fault", json!({"error": fault.to_string()}));
                let _ = timeout(PAUSE, told(&mut closed)).await;
            }
        }
    }
    while answering.join_next().await.is_some() {}
}

/// `None`: nothing comes any more, or there was a fault.
async fn next<A: Answers>(answers: &mut A, closed: &mut watch::Receiver<bool>) -> Option<A::Question> {
    if !is_closed(closed) {
        tokio::select! {
            question = answers.next() => return question.ok().flatten(),
            () = told(closed) => answers.close().await.ok()?,
        }
    }
    answers.next().await.ok().flatten()
}

fn is_closed(closed: &watch::Receiver<bool>) -> bool {
    *closed.borrow()
}

async fn told(closed: &mut watch::Receiver<bool>) {
    // Whoever could tell is gone: that is the same.
    let _ = closed.wait_for(|closed| *closed).await;
}

async fn answer<Q: Question>(desk: Desk, question: Q) {
    let text = desk.answer(&question.envelope().payload).await;
    let heard = question.answer(text.into()).await;
    desk.journal.say("told", json!({"id": &*question.envelope().id, "heard": format!("{heard:?}")}));
}
