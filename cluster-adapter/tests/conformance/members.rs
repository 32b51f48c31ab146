//! Who is there: those who said so lately.

use std::collections::BTreeSet;
use std::time::Duration;

use relink_cluster::{Engine, Group, Holder};
use tokio::time::{Instant, sleep};

use crate::world::{World, settings};

fn group(name: &str) -> Group {
    Group::new(name).unwrap()
}

async fn members<E: Engine>(engine: &E, group: &Group) -> Vec<Holder> {
    engine.members(group).await.unwrap().into_iter().collect()
}

pub(crate) async fn a_member_is_one_for_as_long_as_it_says_so<W: World>() {
    let world = W::new(settings());
    let (engine, other) = (world.client().await, world.client().await);
    let workers = group("workers");
    let [stays, falls_silent] = ["stays", "silent"].map(|name| Holder::new(name).unwrap());
    assert_eq!(members(&engine, &workers).await, []);
    let began = Instant::now();
    engine.announce(&workers, &falls_silent).await.unwrap();
    while began.elapsed() < settings().lease * 2 {
        engine.announce(&workers, &stays).await.unwrap();
        if began.elapsed() < settings().lease * 8 / 10 {
            let all: BTreeSet<_> = [stays.clone(), falls_silent.clone()].into();
            assert_eq!(other.members(&workers).await.unwrap(), all, "after {:?}", began.elapsed());
        }
        sleep(settings().lease / 10).await;
    }
    assert_eq!(members(&other, &workers).await, [stays]);
    sleep(settings().lease * 2).await;
    assert_eq!(members(&other, &workers).await, []);
}

pub(crate) async fn who_withdraws_is_no_member_and_others_are<W: World>() {
    let world = W::new(settings());
    let (engine, other) = (world.client().await, world.client().await);
    let (workers, machines) = (group("workers"), group("machines"));
    // Names that begin alike.
    let [a, b] = ["pod", "pod-1"].map(|name| Holder::new(name).unwrap());
    for member in [&a, &b] {
        engine.announce(&workers, member).await.unwrap();
        engine.announce(&machines, member).await.unwrap();
    }
    engine.withdraw(&workers, &a).await.unwrap();
    assert_eq!(members(&other, &workers).await, [b]);
    assert_eq!(members(&other, &machines).await.len(), 2, "in one group only");
    engine.withdraw(&workers, &a).await.expect("twice does no harm");
    engine.announce(&workers, &a).await.unwrap();
    assert!(members(&other, &workers).await.contains(&a), "it has come back");
    sleep(Duration::from_millis(1)).await;
    assert_eq!(engine.read(&workers).await.unwrap().revision, 0, "a lease of that name is another thing");
}
