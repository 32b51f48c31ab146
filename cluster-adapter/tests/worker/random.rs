//! Random worlds: workers come, go, are killed and cut off, deliveries are lost, jobs fail, panic and take their time. Each key keeps its order, and nothing is lost.

use std::time::Duration;

use relink_cluster::Settings;
use relink_cluster::worker::{Job, Outcome, Retries};
use tokio::time::sleep;

use crate::world::{Process, World, settings};

const WORLDS: u64 = 30;
const EVENTS: usize = 400;

/// As chance will have it: mostly quick and right.
async fn work(job: Job) -> Outcome {
    let chance = fastrand::u32(..1000);
    sleep(Duration::from_millis(fastrand::u64(..200))).await;
    match chance {
        0..100 => Outcome::Retry("not now".into()),
        100..110 => panic!("{} of {}, as it was to be", job.id(), job.key()),
        110..115 => {
            sleep(Duration::from_secs(fastrand::u64(..60))).await;
            Outcome::Done
        }
        _ => Outcome::Done,
    }
}

fn start(world: &World) -> Process {
    let name = fastrand::choice(["a", "b", "c", "d", "e", "f", "g"]).unwrap_or_default();
    let drain = Duration::from_millis(fastrand::u64(..5000));
    let set = |builder: relink_cluster::worker::Builder<_>| {
        builder.retries(Retries { tries: 1000, ..Retries::DEFAULT }).drain(drain).concurrency(fastrand::usize(1..40))
    };
    world.start(name, set, work)
}

/// One thing happens to the workers.
async fn happens(world: &World, processes: &mut Vec<Process>) {
    let any = |processes: &Vec<Process>| fastrand::usize(..processes.len().max(1));
    match fastrand::u8(..9) {
        0..2 if processes.len() < 5 => processes.push(start(world)),
        2 if processes.len() > 1 => {
            let process = processes.swap_remove(any(processes));
            // In its own time, while everything else goes on.
            tokio::spawn(async move { process.worker.drain().await });
        }
        3 if processes.len() > 1 => processes.swap_remove(any(processes)).kill(),
        4 => processes[any(processes)].way.cut(),
        5 => processes[any(processes)].way.lose(fastrand::u64(1..6)),
        6 | 7 => processes.iter().for_each(|process| process.way.mend()),
        _ => {}
    }
}

async fn one_world(seed: u64) -> (usize, u64) {
    println!("seed {seed}");
    fastrand::seed(seed);
    let world = World::new(Settings { max_deliver: 1000, ..settings() }).await;
    let mut processes = vec![start(&world)];
    for number in 0..EVENTS {
        world.publish(&format!("k{}", fastrand::u8(..25)), &format!("e{number}")).await;
        sleep(Duration::from_millis(fastrand::u64(..500))).await;
        if fastrand::u8(..15) == 0 {
            happens(&world, &mut processes).await;
        }
    }
    processes.iter().for_each(|process| process.way.mend());
    world.done(EVENTS, Duration::from_secs(3600)).await;
    sleep(Duration::from_secs(60)).await;
    world.account.judge();
    assert_eq!((world.account.undone(), world.unanswered().await, world.account.running()), (vec![], 0, 0));
    (world.account.repeats(), world.account.begun())
}

#[tokio::test(start_paused = true)]
async fn in_any_world_each_key_keeps_its_order_and_nothing_is_lost() {
    std::panic::set_hook(Box::new(|panic| {
        if !panic.to_string().contains("as it was to be") {
            eprintln!("{panic}");
        }
    }));
    let first = std::env::var("RELINK_SEED").ok().map(|seed| seed.parse().expect("a number"));
    let seeds = first.map_or_else(|| (0..WORLDS).map(|_| fastrand::u64(..)).collect(), |seed| vec![seed]);
    let (mut repeats, mut begun) = (0, 0);
    for seed in seeds {
        let (again, tries) = one_world(seed).await;
        (repeats, begun) = (repeats + again, begun + tries);
    }
    println!("{begun} tries, {repeats} done again after a kill or a cut");
}
