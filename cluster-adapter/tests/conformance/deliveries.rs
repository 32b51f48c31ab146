//! How what is stored comes out: in order, again when it must, and at last as a dead letter.

use std::collections::HashMap;
use std::time::Duration;

use relink_cluster::{Consumer, Delivery, Engine, Fault, Publisher, Reason, Settings, Stored, Token};
use tokio::time::{Instant, sleep};

use crate::world::{World, drain, envelope, group, next_within, one_partition, settings};

const SOON: Duration = Duration::from_millis(700); // less than ack_wait

async fn filled<W: World>(settings: Settings, ids: impl IntoIterator<Item = (String, String)>) -> W::Engine {
    let engine = W::new(settings).client().await;
    let publisher = Publisher::take_over(engine.clone(), group(), Token::new(1)).await.unwrap();
    for (id, key) in ids {
        assert!(matches!(publisher.publish(&envelope(&id, &key)).await, Ok(Stored::New(_))), "{id}");
    }
    engine
}

async fn one<W: World>() -> W::Engine {
    filled::<W>(one_partition(), [("a".into(), "k".into())]).await
}

pub(crate) async fn a_key_comes_in_order<W: World>() {
    let ids = (0..200).map(|number| (number.to_string(), format!("key-{}", number % 10)));
    let engine = filled::<W>(settings(), ids).await;
    let mut counts: HashMap<Box<str>, Vec<u32>> = HashMap::new();
    for partition in 0..2 {
        let mut consumer = engine.consume(partition).await.unwrap();
        for delivery in drain(&mut consumer).await {
            let envelope = delivery.envelope();
            assert_eq!(engine.settings().partition_of(engine.settings().lane_of(&envelope.key)), partition);
            assert_eq!(envelope.payload, format!("payload of {}", envelope.id));
            assert_eq!((delivery.token(), delivery.delivered()), (Token::new(1), 1));
            counts.entry(envelope.key.clone()).or_default().push(envelope.id.parse().unwrap());
        }
    }
    assert_eq!(counts.len(), 10);
    for (key, numbers) in counts {
        assert!(numbers.len() == 20 && numbers.is_sorted(), "{key}: {numbers:?}");
    }
    assert!(matches!(engine.consume(2).await, Err(Fault::NoSuchPartition)));
}

pub(crate) async fn what_is_not_answered_comes_again<W: World>() {
    let engine = one::<W>().await;
    let (mut first, mut second) = (engine.consume(0).await.unwrap(), engine.consume(0).await.unwrap());
    let began = Instant::now();
    let dropped = next_within(&mut first, SOON).await.unwrap();
    assert_eq!(dropped.delivered(), 1);
    drop(first);
    let again = next_within(&mut second, Duration::from_secs(5)).await.expect("it comes again");
    assert!(began.elapsed() >= settings().ack_wait * 9 / 10, "after {:?}", began.elapsed());
    assert_eq!((again.delivered(), again.sequence(), again.envelope()), (2, dropped.sequence(), dropped.envelope()));
    dropped.ack().await.expect("late, but it counts");
    assert!(next_within(&mut second, settings().ack_wait * 3).await.is_none());
}

pub(crate) async fn what_is_handed_back_comes_again_when_it_is_due<W: World>() {
    let engine = one::<W>().await;
    let mut consumer = engine.consume(0).await.unwrap();
    next_within(&mut consumer, SOON).await.unwrap().nack(Duration::ZERO).await.unwrap();
    let delivery = next_within(&mut consumer, SOON).await.expect("at once");
    assert_eq!(delivery.delivered(), 2);
    let (began, delay) = (Instant::now(), Duration::from_millis(1500));
    delivery.nack(delay).await.unwrap();
    let delivery = next_within(&mut consumer, Duration::from_secs(5)).await.expect("after the delay");
    assert!(began.elapsed() >= delay * 9 / 10, "after {:?}", began.elapsed());
    delivery.ack().await.unwrap();
    delivery.ack().await.expect("twice does no harm");
    assert!(next_within(&mut consumer, settings().ack_wait * 2).await.is_none());
}

pub(crate) async fn progress_keeps_it_in_hand<W: World>() {
    let engine = one::<W>().await;
    let (mut consumer, mut other) = (engine.consume(0).await.unwrap(), engine.consume(0).await.unwrap());
    let delivery = next_within(&mut consumer, SOON).await.unwrap();
    let working = async {
        for _ in 0..10 {
            sleep(settings().ack_wait * 3 / 10).await;
            delivery.in_progress().await.unwrap();
        }
        delivery.ack().await.unwrap();
    };
    let ((), seen) = tokio::join!(working, next_within(&mut other, settings().ack_wait * 5));
    assert!(seen.is_none(), "it was in somebody's hand all the time");
}

pub(crate) async fn what_is_delivered_too_often_is_a_dead_letter<W: World>() {
    let engine = filled::<W>(one_partition(), [("poison".into(), "k".into()), ("good".into(), "k".into())]).await;
    let mut consumer = engine.consume(0).await.unwrap();
    let (mut deliveries, mut good) = (0, 0);
    while let Some(delivery) = next_within(&mut consumer, settings().ack_wait * 3).await {
        if &*delivery.envelope().id == "poison" {
            deliveries += 1;
            assert_eq!(delivery.delivered(), deliveries);
        } else {
            delivery.ack().await.unwrap();
            good += 1;
        }
    }
    assert_eq!((deliveries, good), (3, 1), "others of its key go on");
    let letters = engine.dead_letters(0).await.unwrap();
    let [letter] = &*letters else { panic!("{letters:?}") };
    assert_eq!((letter.envelope.as_ref(), &letter.reason), (Some(&envelope("poison", "k")), &Reason::Deliveries(3)));
    assert_eq!(engine.dead_letters(letter.position).await.unwrap(), []);
}

pub(crate) async fn a_dead_letter_keeps_its_reason_and_is_one<W: World>() {
    let engine = filled::<W>(one_partition(), [("a".into(), "k".into()), ("b".into(), "k".into())]).await;
    let mut consumer = engine.consume(0).await.unwrap();
    let first = next_within(&mut consumer, SOON).await.unwrap();
    first.dead_letter("no such\r\nchannel").await.unwrap();
    first.dead_letter("said twice").await.unwrap();
    let second = next_within(&mut consumer, SOON).await.unwrap();
    second.dead_letter("too late").await.unwrap();
    assert!(next_within(&mut consumer, settings().ack_wait * 2).await.is_none());
    let letters = engine.dead_letters(0).await.unwrap();
    let said: Vec<_> = letters.iter().map(|letter| (letter.envelope.clone(), letter.reason.clone())).collect();
    let expected =
        [("a", "no such  channel"), ("b", "too late")].map(|(id, reason)| (Some(envelope(id, "k")), Reason::Said(reason.into())));
    assert_eq!(said, expected);
    assert_eq!(engine.dead_letters(letters[0].position).await.unwrap(), letters[1..]);
}

pub(crate) async fn no_more_is_in_hand_than_allowed<W: World>() {
    let ids = (0..20).map(|number| (number.to_string(), "k".into()));
    let engine = filled::<W>(Settings { max_ack_pending: 5, ..one_partition() }, ids).await;
    let mut consumer = engine.consume(0).await.unwrap();
    let mut in_hand = Vec::new();
    while let Some(delivery) = next_within(&mut consumer, SOON / 2).await {
        in_hand.push(delivery);
    }
    assert_eq!(in_hand.len(), 5);
    in_hand.pop().unwrap().ack().await.unwrap();
    assert_eq!(consumer.next().await.unwrap().delivered(), 1, "there is room for one more");
}
