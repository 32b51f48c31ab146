//! Five candidates and everything that goes wrong: never do two lead at once, and there is a leader again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::world::{Bad, Bent, Pause, Process};
use super::{Election, Group, Holder, InProcess};
use crate::Hold;

const CANDIDATES: usize = 5;
/// How long it goes on, and how often it is looked.
const WHOLE: Duration = Duration::from_secs(1200);
const LOOK: Duration = Duration::from_millis(11);

/// One process, as long as it lives.
struct Candidate {
    election: Election,
    driver: JoinHandle<()>,
    work: JoinHandle<()>,
    pause: Arc<Pause>,
    line: Bad,
    clock: Arc<Bent>,
    holds: Arc<Mutex<Vec<Hold>>>,
    /// What ails it ends then.
    until: Instant,
}

impl Candidate {
    fn new(engine: &InProcess, dice: &mut Rng, rates: (u64, u64)) -> Self {
        let line = Bad::new(engine.clone(), dice.u64(..)).loses(dice.u64(..20), dice.u64(1..400));
        let clock = Arc::new(Bent::new(dice.u64(rates.0..=rates.1), dice.u64(..1_000_000)));
        let (election, driver) =
            Election::builder(line.clone(), Group::new("eu").unwrap(), Holder::new("pod").unwrap()).bent(Arc::clone(&clock)).build();
        let (process, pause) = Process::new(driver);
        let holds: Arc<Mutex<Vec<Hold>>> = Arc::default();
        let work = tokio::spawn(work(election.clone(), Arc::clone(&holds), dice.fork()));
        Self { election, driver: tokio::spawn(process), work, pause, line, clock, holds, until: Instant::now() }
    }

    fn holds(&self) -> Vec<Hold> {
        self.holds.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Something happens to it.
    fn ail(&mut self, dice: &mut Rng) {
        self.until = Instant::now() + Duration::from_millis(dice.u64(1000..25_000));
        match dice.u8(..6) {
            0 => self.pause.stop(),
            1 => self.line.is_down(true),
            2 => self.clock.jump(dice.u64(1..30_000)),
            3 => {
                let election = self.election.clone();
                tokio::spawn(async move { election.stop().await });
            }
            4 => self.driver.abort(),
            _ => {}
        }
    }

    /// What ailed it is over. One that was killed stays dead.
    fn recover(&self) {
        self.pause.go_on();
        self.line.is_down(false);
        self.election.start();
    }
}

/// Leads, drains for as long as it likes, and is elected again.
async fn work(election: Election, holds: Arc<Mutex<Vec<Hold>>>, mut dice: Rng) {
    loop {
        let Some(lead) = election.elected().await else {
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        holds.lock().unwrap_or_else(PoisonError::into_inner).push(lead.hold());
        if dice.bool() {
            lead.serving();
        }
        lead.stepping_down().await;
        sleep(Duration::from_millis(dice.u64(..3000))).await;
    }
}

/// What was seen of it all.
#[derive(Debug, Default)]
struct Seen {
    leads: usize,
    /// Looks at which two led.
    doubles: usize,
    /// Looks at which one led.
    led: usize,
    looks: usize,
    /// Leads with a token that is not above all that came before.
    stale: usize,
}

async fn whole(seed: u64, rates: (u64, u64)) -> Seen {
    fastrand::seed(seed);
    let (mut dice, engine, began) = (Rng::with_seed(seed), InProcess::default(), Instant::now());
    let mut candidates: Vec<_> = (0..CANDIDATES).map(|_| Candidate::new(&engine, &mut dice, rates)).collect();
    let (mut seen, mut highest) = (Seen::default(), 0);
    while began.elapsed() < WHOLE {
        sleep(LOOK).await;
        let valid: Vec<_> = candidates.iter().flat_map(Candidate::holds).filter(Hold::is_valid).collect();
        seen.looks += 1;
        seen.led += usize::from(!valid.is_empty());
        seen.doubles += usize::from(valid.len() > 1);
        for token in valid.iter().map(|hold| hold.token().get()) {
            seen.leads += usize::from(token > highest);
            seen.stale += usize::from(token < highest);
            highest = highest.max(token);
        }
        for candidate in candidates.iter_mut().filter(|candidate| candidate.until <= Instant::now()) {
            candidate.recover();
            if candidate.driver.is_finished() {
                candidate.work.abort();
                *candidate = Candidate::new(&engine, &mut dice, rates);
            }
            candidate.ail(&mut dice);
        }
    }
    seen
}

#[tokio::test(start_paused = true)]
async fn never_do_two_lead_while_clocks_agree_within_the_margin() {
    for seed in 0..4 {
        let seen = whole(seed, (850, 1150)).await;
        assert_eq!((seen.doubles, seen.stale), (0, 0), "seed {seed}: {seen:?}");
        assert!(seen.leads > 30 && seen.led * 2 > seen.looks, "seed {seed}: {seen:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_would_be_seen_if_two_led() {
    let mut doubles = 0;
    for seed in 0..2 {
        doubles += whole(seed, (500, 700)).await.doubles;
    }
    assert!(doubles > 0, "clocks that are slow by half a lease must show");
}
