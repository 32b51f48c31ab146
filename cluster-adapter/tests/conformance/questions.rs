//! What is asked at once: by whom it is answered, how soon it is known that nobody will, and who learns that it was too late.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use relink_cluster::{Answers, AskError, Engine, Heard, Question};
use tokio::time::{Instant, sleep, timeout};

use crate::world::{World, envelope, settings};

const LONG: Duration = Duration::from_secs(20);
/// Far less than the time there was: what is known at once.
const AT_ONCE: Duration = Duration::from_secs(3);

async fn ask<E: Engine>(engine: &E, id: &str, within: Duration) -> Result<Bytes, AskError> {
    engine.ask(&envelope(id, "key"), Instant::now() + within).await
}

/// In a cluster the others learn a moment later who listens: nobody was asked meanwhile.
async fn ask_until_somebody_listens<E: Engine>(engine: &E, id: &str) -> Result<Bytes, AskError> {
    let until = Instant::now() + AT_ONCE;
    loop {
        match ask(engine, id, LONG).await {
            Err(AskError::Nobody) if Instant::now() < until => sleep(Duration::from_millis(10)).await,
            answer => return answer,
        }
    }
}

async fn next<A: Answers>(answers: &mut A) -> A::Question {
    timeout(LONG, answers.next()).await.expect("a question").expect("no fault").expect("it listens")
}

pub(crate) async fn a_question_is_answered<W: World>() {
    let world = W::new(settings());
    let (asks, answers) = (world.client().await, world.client().await);
    let mut answers = answers.answers().await.unwrap();
    let worker = async {
        let question = next(&mut answers).await;
        assert_eq!(question.envelope(), &envelope("q", "key"), "as it would come out of the queue");
        let left = question.until().saturating_duration_since(Instant::now());
        assert!(left <= LONG && left > LONG / 2, "{left:?}");
        assert_eq!(question.answer("yes".into()).await, Ok(Heard::InTime));
        assert_eq!(question.answer("no".into()).await, Ok(Heard::TooLate), "once is enough");
    };
    let (answer, ()) = tokio::join!(ask_until_somebody_listens(&asks, "q"), worker);
    assert_eq!(answer, Ok("yes".into()));
}

pub(crate) async fn that_nobody_listens_is_told_at_once<W: World>() {
    let world = W::new(settings());
    let (asks, listens) = (world.client().await, world.client().await);
    let began = Instant::now();
    assert_eq!(ask(&asks, "before", LONG).await, Err(AskError::Nobody));
    drop(listens.answers().await.unwrap());
    let gone = async {
        // The others learn of it a moment later; a question on its way is not heard.
        while ask(&asks, "after", Duration::from_millis(50)).await != Err(AskError::Nobody) {}
    };
    timeout(AT_ONCE, gone).await.expect("told");
    assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
}

pub(crate) async fn who_answers_too_late_learns_it<W: World>() {
    let world = W::new(settings());
    let (asks, answers) = (world.client().await, world.client().await);
    let mut answers = answers.answers().await.unwrap();
    let within = Duration::from_millis(400);
    let asked = async {
        loop {
            let began = Instant::now();
            match ask(&asks, "q", within).await {
                Err(AskError::Nobody) => sleep(Duration::from_millis(10)).await,
                answer => break (answer, began.elapsed()),
            }
        }
    };
    let ((answer, took), question) = tokio::join!(asked, next(&mut answers));
    assert_eq!(answer, Err(AskError::Late));
    assert!(took >= within && took < within + AT_ONCE / 2, "{took:?}");
    assert_eq!(question.answer("late".into()).await, Ok(Heard::TooLate));
    drop(asks);
    // Silence, if the answer meets whoever asked just as it goes.
    let later = async { while question.answer("later".into()).await != Ok(Heard::TooLate) {} };
    timeout(LONG, later).await.expect("whoever asked is gone altogether");
}

pub(crate) async fn one_of_two_gets_each_question<W: World>() {
    let world = W::new(settings());
    let (asks, one, other) = (world.client().await, world.client().await, world.client().await);
    let (mut one, mut other) = (one.answers().await.unwrap(), other.answers().await.unwrap());
    let work = async |answers: &mut <W::Engine as Engine>::Answers| {
        let mut heard = Vec::new();
        while let Ok(Ok(Some(question))) = timeout(Duration::from_millis(800), answers.next()).await {
            assert_eq!(question.answer(question.envelope().payload.clone()).await, Ok(Heard::InTime));
            heard.push(question.envelope().id.clone());
        }
        heard
    };
    let asks = &asks;
    let asking = join_all((0..40).map(|number| async move {
        let id = format!("q{number}");
        assert_eq!(ask_until_somebody_listens(asks, &id).await, Ok(envelope(&id, "key").payload), "its own answer");
    }));
    let (mut heard, others, _) = tokio::join!(work(&mut one), work(&mut other), asking);
    heard.extend(others);
    assert_eq!((heard.len(), heard.iter().collect::<HashSet<_>>().len()), (40, 40), "each is heard once");
}

pub(crate) async fn who_closes_is_asked_no_more<W: World>() {
    let world = W::new(settings());
    let (asks, one, other) = (world.client().await, world.client().await, world.client().await);
    let (mut one, mut other) = (one.answers().await.unwrap(), other.answers().await.unwrap());
    one.close().await.unwrap();
    assert!(timeout(LONG, one.next()).await.expect("it ends").unwrap().is_none(), "nothing was asked before");
    for id in (0..10).map(|number| number.to_string()) {
        let worker = async {
            let question = next(&mut other).await;
            assert_eq!(question.answer("yes".into()).await, Ok(Heard::InTime));
        };
        let (answer, ()) = tokio::join!(ask_until_somebody_listens(&asks, &id), worker);
        assert_eq!(answer, Ok("yes".into()));
    }
}

pub(crate) async fn answers_find_their_way_after_a_reconnect<W: World>() {
    let world = W::new(settings());
    let (asks, answers) = (world.client().await, world.client().await);
    let mut hears = answers.answers().await.unwrap();
    for id in (0..3).map(|number| number.to_string()) {
        W::reconnect(&asks).await;
        W::reconnect(&answers).await;
        let worker = async {
            let question = next(&mut hears).await;
            assert_eq!(question.answer("yes".into()).await, Ok(Heard::InTime));
        };
        let (answer, ()) = tokio::join!(ask_until_somebody_listens(&asks, &id), worker);
        assert_eq!(answer, Ok("yes".into()), "round {id}");
    }
}
