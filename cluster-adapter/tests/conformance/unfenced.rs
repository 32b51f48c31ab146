//! What gets into the queue beside the lanes: nobody is fenced out, nobody is in the way.

use futures_util::future::join_all;
use relink_cluster::{Delivery, Engine, Fault, Publisher, Settings, Stored, Token, store};

use crate::world::{World, drain, envelope, group, one_partition, settings};

pub(crate) async fn many_store_beside_a_leader_and_none_is_in_the_way<W: World>() {
    let settings = Settings { lanes: 4, max_ack_pending: 4000, ..one_partition() };
    let world = W::new(settings);
    let leader = Publisher::take_over(world.client().await, group(), Token::new(7)).await.unwrap();
    let (one, other) = (world.client().await, world.client().await);
    let leading = async {
        for number in 0..100 {
            let id = format!("led-{number}");
            assert!(matches!(leader.publish(&envelope(&id, "same")).await, Ok(Stored::New(_))), "{id}");
        }
    };
    let (one, other) = (&one, &other);
    let storing = join_all((0..200).map(|number| async move {
        let engine = if number % 2 == 0 { one } else { other };
        let id = format!("free-{number}");
        assert!(matches!(store(engine, &envelope(&id, "same")).await, Ok(Stored::New(_))), "{id}");
    }));
    tokio::join!(leading, storing);
    let successor = Publisher::take_over(world.client().await, group(), Token::new(11)).await.expect("it is in no lane");
    assert!(matches!(successor.publish(&envelope("next", "same")).await, Ok(Stored::New(_))));
    let all = drain(&mut one.consume(0).await.unwrap()).await;
    assert_eq!(all.len(), 301, "what was confirmed is there");
    let free = all.iter().filter(|delivery| delivery.envelope().id.starts_with("free"));
    assert!(free.clone().all(|delivery| delivery.token() == Token::new(0)));
    assert_eq!(free.count(), 200);
}

pub(crate) async fn an_id_is_stored_once_whichever_way_it_comes<W: World>() {
    let engine = W::new(one_partition()).client().await;
    let leader = Publisher::take_over(engine.clone(), group(), Token::new(7)).await.unwrap();
    let (first, second) = (envelope("first", "k"), envelope("second", "k"));
    assert!(matches!(leader.publish(&first).await, Ok(Stored::New(_))));
    assert_eq!(store(&engine, &first).await, Ok(Stored::Duplicate));
    assert!(matches!(store(&engine, &second).await, Ok(Stored::New(_))));
    assert_eq!(store(&engine, &second).await, Ok(Stored::Duplicate));
    assert_eq!(leader.publish(&second).await, Ok(Stored::Duplicate));
    assert_eq!(store(&engine, &envelope("a space", "k")).await, Err(Fault::BadEnvelope));
    let ids: Vec<_> = drain(&mut engine.consume(0).await.unwrap()).await.iter().map(|delivery| delivery.envelope().id.clone()).collect();
    assert_eq!(ids, ["first".into(), "second".into()], "in the order of their coming");
}

pub(crate) async fn it_comes_out_of_its_keys_partition<W: World>() {
    let engine = W::new(settings()).client().await;
    for number in 0..20 {
        store(&engine, &envelope(&number.to_string(), &format!("key-{number}"))).await.unwrap();
    }
    let mut count = 0;
    for partition in 0..engine.settings().partitions {
        for delivery in drain(&mut engine.consume(partition).await.unwrap()).await {
            assert_eq!(engine.settings().partition_of(engine.settings().lane_of(&delivery.envelope().key)), partition);
            count += 1;
        }
    }
    assert_eq!(count, 20);
}
