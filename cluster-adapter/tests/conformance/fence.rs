//! What gets into the queue: nothing old behind a marker, nothing twice, nothing that pushes another out.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::future::join_all;
use relink_cluster::{Appended, Delivery, Engine, Entry, Fault, Group, Lane, PublishError, Publisher, Refused, Settings, Stored, Token};
use tokio::time::sleep;

use crate::world::{World, drain, envelope, group, one_partition, settings};

const OLD: Token = Token::new(7);
const NEW: Token = Token::new(11);

const fn lane(group: &Group, number: u16) -> Lane<'_> {
    Lane { group, number }
}

/// As long as the outcome is unknown, once more: as a receiver does.
async fn publish<E: Engine>(publisher: &Publisher<E>, id: &str, key: &str) -> Result<Stored, PublishError> {
    let envelope = envelope(id, key);
    for _ in 0..5 {
        match publisher.publish(&envelope).await {
            Err(PublishError::Fault(Fault::TimedOut { .. } | Fault::NoLeader)) => sleep(Duration::from_millis(20)).await,
            outcome => return outcome,
        }
    }
    panic!("{id}: no outcome")
}

pub(crate) async fn nothing_old_stands_behind_a_marker<W: World>() {
    let settings = Settings { lanes: 64, partitions: 1, max_ack_pending: 4000, ..settings() };
    let world = W::new(settings.clone());
    let (engine, successor) = (world.client().await, world.client().await);
    let old = Publisher::take_over(engine.clone(), group(), OLD).await.unwrap();
    let (old, successor) = (&old, &successor);
    // Forty writers pour into all lanes until each one is told that it is over.
    let pouring = join_all((0..40).map(|writer| async move {
        for number in 0..20_000 {
            let id = format!("{writer}-{number}");
            match publish(old, &id, &id).await {
                Ok(Stored::New(_)) => tokio::task::yield_now().await,
                Err(PublishError::Fenced { .. }) => return number,
                outcome => panic!("{id}: {outcome:?}"),
            }
            sleep(Duration::from_millis(1)).await;
        }
        panic!("never fenced");
    }));
    let taking = async {
        sleep(Duration::from_millis(300)).await;
        let publisher = Publisher::take_over(successor.clone(), group(), NEW).await.unwrap();
        let markers = join_all((0..64).map(|number| async move { successor.last(lane(&group(), number)).await.unwrap().unwrap() })).await;
        assert!(markers.iter().all(|marker| marker.token == NEW), "{markers:?}");
        publish(&publisher, "first-of-new", "any").await.unwrap();
        markers
    };
    let (stored, markers) = tokio::join!(pouring, taking);
    let stored: usize = stored.iter().sum();
    assert!(stored > 100, "{stored}: too few to say anything");
    let again = publish(old, "0-0", "0-0").await;
    assert!(matches!(again, Ok(Stored::Duplicate) | Err(PublishError::Fenced { .. })), "{again:?}");

    let all = drain(&mut engine.consume(0).await.unwrap()).await;
    assert_eq!(all.len(), stored + 1, "what was confirmed is there, and what was refused is not");
    for delivery in all.iter().filter(|delivery| delivery.token() == OLD) {
        let marker = markers[usize::from(settings.lane_of(&delivery.envelope().key))];
        assert!(delivery.sequence() < marker.sequence, "{:?} behind {marker:?}", delivery.envelope());
    }
}

pub(crate) async fn two_groups_do_not_fence_each_other<W: World>() {
    let settings = Settings { lanes: 4, ..one_partition() };
    let (engine, us) = (W::new(settings).client().await, Group::new("us-1").unwrap());
    let here = &Publisher::take_over(engine.clone(), group(), NEW).await.unwrap();
    let there = &Publisher::take_over(engine.clone(), us.clone(), OLD).await.expect("its lanes are its own");
    let both = (0..40).map(|number| async move {
        let (publisher, id) = if number % 2 == 0 { (here, format!("h{number}")) } else { (there, format!("t{number}")) };
        assert!(matches!(publish(publisher, &id, "same").await, Ok(Stored::New(_))), "{id}");
    });
    join_all(both).await;
    assert_eq!(publish(there, "h0", "same").await, Ok(Stored::Duplicate), "an id is known to both");
    let refused = Publisher::take_over(engine.clone(), us, Token::new(3)).await.err().expect("an old token of its own group");
    assert_eq!(refused, PublishError::Fenced { by: Some(OLD) });
    assert_eq!(drain(&mut engine.consume(0).await.unwrap()).await.len(), 40, "one worker reads both");
}

pub(crate) async fn an_old_token_cannot_take_over<W: World>() {
    let engine = W::new(settings()).client().await;
    let new = Publisher::take_over(engine.clone(), group(), NEW).await.unwrap();
    let refused = Publisher::take_over(engine.clone(), group(), OLD).await.err().expect("an old token");
    assert_eq!(refused, PublishError::Fenced { by: Some(NEW) });
    publish(&new, "a", "k").await.expect("the new one was not disturbed");
    let again = Publisher::take_over(engine, group(), NEW).await.expect("the same token, after an answer that was lost");
    assert!(matches!(publish(&again, "b", "k").await, Ok(Stored::New(_))));
}

pub(crate) async fn a_stale_expectation_stores_nothing<W: World>() {
    let engine = W::new(one_partition()).client().await;
    let Ok(Appended::New(marker)) = engine.append(lane(&group(), 0), 0, OLD, Entry::Marker).await else { panic!("a marker") };
    let envelopes: Vec<_> = (0..100).map(|number| envelope(&format!("e{number}"), "k")).collect();
    // All at once, all expecting the marker: one of them is right.
    let group = &group();
    let outcomes = join_all(envelopes.iter().map(|envelope| engine.append(lane(group, 0), marker, OLD, Entry::Envelope(envelope)))).await;
    let stored = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Appended::New(_)))).count();
    let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(Refused::Conflict))).count();
    assert_eq!((stored, refused), (1, 99), "{outcomes:?}");
    assert_eq!(drain(&mut engine.consume(0).await.unwrap()).await.len(), 1);
}

pub(crate) async fn an_id_is_stored_once<W: World>() {
    let engine = W::new(one_partition()).client().await;
    let publisher = &Publisher::take_over(engine.clone(), group(), OLD).await.unwrap();
    let outcomes = join_all((0..8).map(|_| publish(publisher, "same", "k"))).await;
    let stored = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Stored::New(_)))).count();
    let duplicates = outcomes.iter().filter(|outcome| **outcome == Ok(Stored::Duplicate)).count();
    assert_eq!((stored, duplicates), (1, 7), "{outcomes:?}");
    let successor = Publisher::take_over(engine.clone(), group(), NEW).await.unwrap();
    assert_eq!(publish(&successor, "same", "k").await, Ok(Stored::Duplicate), "the successor sees it, too");
    assert!(matches!(publish(&successor, "other", "k").await, Ok(Stored::New(_))));
    let ids: Vec<_> = drain(&mut engine.consume(0).await.unwrap()).await.iter().map(|delivery| delivery.envelope().id.clone()).collect();
    assert_eq!(ids, ["same".into(), "other".into()]);
}

pub(crate) async fn an_own_entry_whose_answer_was_lost_is_no_fence<W: World>() {
    let engine = W::new(one_partition()).client().await;
    let publisher = Publisher::take_over(engine.clone(), group(), OLD).await.unwrap();
    let (group, number) = (group(), engine.settings().lane_of("k"));
    let lane = lane(&group, number);
    let before = engine.last(lane).await.unwrap().unwrap();
    let unheard = engine.append(lane, before.sequence, OLD, Entry::Envelope(&envelope("unheard", "k"))).await;
    assert!(matches!(unheard, Ok(Appended::New(_))));
    assert_eq!(publish(&publisher, "unheard", "k").await, Ok(Stored::Duplicate), "published again, as a sender does");
    assert!(matches!(publish(&publisher, "next", "k").await, Ok(Stored::New(_))));
    assert!(matches!(publish(&publisher, "next but one", "k").await, Err(PublishError::Fault(Fault::BadEnvelope))), "a space in an id");
    let ids: Vec<_> = drain(&mut engine.consume(0).await.unwrap()).await.iter().map(|delivery| delivery.envelope().id.clone()).collect();
    assert_eq!(ids, ["unheard".into(), "next".into()]);
}

pub(crate) async fn a_quiet_lane_is_marked_anew<W: World>() {
    let max_age = Duration::from_secs(4);
    let engine = W::new(Settings { max_age, duplicate_window: max_age, lanes: 2, ..one_partition() }).client().await;
    let publisher = Publisher::take_over(engine.clone(), group(), NEW).await.unwrap();
    for _ in 0..6 {
        sleep(max_age / 4).await;
        publisher.refresh().await.unwrap();
    }
    let refused = Publisher::take_over(engine.clone(), group(), OLD).await.err().expect("the lanes have not forgotten");
    assert_eq!(refused, PublishError::Fenced { by: Some(NEW) });
    assert!(matches!(publish(&publisher, "a", "k").await, Ok(Stored::New(_))));
    sleep(max_age * 2).await;
    assert_eq!(engine.last(lane(&group(), 0)).await.unwrap(), None, "without it they do");
    let forgotten = publish(&publisher, "b", "k").await;
    assert!(matches!(forgotten, Err(PublishError::Fenced { by: None })), "{forgotten:?}: whose the lane is cannot be known");
}

pub(crate) async fn what_cannot_be_kept_is_refused<W: World>() {
    let engine = W::new(Settings { max_bytes: 64 << 10, ..one_partition() }).client().await;
    let publisher = Publisher::take_over(engine.clone(), group(), OLD).await.unwrap();
    let mut confirmed = HashSet::new();
    let full = loop {
        assert!(confirmed.len() < 1000, "never full");
        let mut envelope = envelope(&format!("e{}", confirmed.len()), "k");
        envelope.payload = vec![b'x'; 1000].into();
        match publisher.publish(&envelope).await {
            Ok(Stored::New(_)) => confirmed.insert(envelope.id),
            outcome => break outcome,
        };
    };
    assert_eq!(full, Err(PublishError::Fault(Fault::Full)));
    assert!(confirmed.len() > 20, "{}", confirmed.len());
    let kept: HashSet<_> =
        drain(&mut engine.consume(0).await.unwrap()).await.iter().map(|delivery| delivery.envelope().id.clone()).collect();
    assert_eq!(kept, confirmed, "nothing was pushed out");
}
