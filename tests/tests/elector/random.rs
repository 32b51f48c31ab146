//! The random exploration: a million steps of worlds in which all goes wrong that can, and each bent elector is found out.
//!
//! `RELINK_SEED=N cargo test -p relink-tests --test elector -- --nocapture` begins with another seed.

use relink_core::Millis;
use relink_core::elector::{Elector, Event, Terms};

use super::bent::{Bent, Candidate, How};
use super::world::{Broken, Tally, Thing, World};

const STEPS: u64 = 1_000_000;
const STEPS_A_WORLD: u64 = 20_000;
/// In how many worlds a bent one must be found out, and one that is not bent must not.
const WORLDS_FOR_THE_BENT: u64 = 100;

/// Two thirds of the margin: the rest is for clocks that run at different rates.
const SMALL_JUMP: i64 = 2_000;

/// As in production, but for the holding limit: it is to be met.
const TERMS: Terms = Terms { holding_max: Millis::from_secs(40), rest: Millis::from_secs(20), ..Terms::DEFAULT };

fn first_seed() -> u64 {
    std::env::var("RELINK_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1)
}

fn shown(seed: u64, broken: &Broken) -> String {
    let told: Vec<&str> = broken.told.iter().map(String::as_str).collect();
    format!("RELINK_SEED={seed}: {}\n{}", broken.law, told.join("\n"))
}

#[test]
fn a_million_steps_in_bad_weather() {
    let mut sum = Tally::default();
    for seed in (first_seed()..).take((STEPS / STEPS_A_WORLD) as usize) {
        let tally = World::new(seed, TERMS, Elector::new).run(STEPS_A_WORLD).unwrap_or_else(|broken| panic!("{}", shown(seed, &broken)));
        println!("seed {seed}: {tally:?}");
        sum.steps += tally.steps;
        sum.leads += tally.leads;
        sum.step_downs += tally.step_downs;
        sum.halts += tally.halts;
        sum.calms += tally.calms;
    }
    println!("in all: {sum:?}");
    assert!(sum.steps >= STEPS && sum.leads > 1_000 && sum.step_downs > 1_000 && sum.halts > 300 && sum.calms > 300, "{sum:?}");
}

type Make = fn(Terms) -> Bent;

/// What must never be seen from without. The second: an older one begins to lead while a younger does.
const UNSAFE: [&str; 2] = ["two lead at once", "a token does not grow"];

/// The first seed that finds it out, and by which law; by outcome: only what must never be seen from without.
fn found_out<C: Candidate>(terms: Terms, make: fn(Terms) -> C, by_outcome: bool) -> Option<(u64, Broken)> {
    (first_seed()..).take(WORLDS_FOR_THE_BENT as usize).find_map(|seed| {
        let mut world = World::new(seed, terms, make);
        world.by_outcome = by_outcome;
        world.run(STEPS_A_WORLD).err().filter(|broken| !by_outcome || UNSAFE.contains(&broken.law.as_str())).map(|broken| (seed, broken))
    })
}

#[test]
fn whoever_is_bent_is_found_out() {
    let bent: [(How, Make, Terms); 6] = [
        (How::CountsFromTheAnswer, |terms| Bent::new(terms, How::CountsFromTheAnswer), TERMS),
        (How::CountsFromTheLatest, |terms| Bent::new(terms, How::CountsFromTheLatest), TERMS),
        (How::BelievesOldAnswers, |terms| Bent::new(terms, How::BelievesOldAnswers), TERMS),
        (How::SleepsThroughPauses, |terms| Bent::new(terms, How::SleepsThroughPauses), TERMS),
        (How::TrustsItsClock, |terms| Bent::new(terms, How::TrustsItsClock), TERMS),
        // As it should be, but without a margin.
        (How::Not, |terms| Bent::new(terms, How::Not), Terms { margin: Millis::ZERO, ..TERMS }),
    ];
    for (how, make, terms) in bent {
        let (seed, broken) = found_out(terms, make, true).unwrap_or_else(|| panic!("{how:?}, {terms:?}: not found out"));
        println!("{how:?}, margin {} ms: seed {seed}, {}", terms.margin.get(), broken.law);
    }
}

/// One that is not bent goes through the same worlds: what is found is the bend.
#[test]
fn the_straight_one_is_not_found_out() {
    assert!(found_out(TERMS, |terms| Bent::new(terms, How::Not), false).is_none_or(|(seed, broken)| panic!("{}", shown(seed, &broken))));
}

impl<C: Candidate> World<C> {
    /// One thing goes wrong, and then the next is planned.
    pub(crate) fn weather(&mut self) -> Result<(), String> {
        let delay = self.rng.u64(100..4_000);
        self.plan(delay, 0, Thing::Weather);
        if self.calm {
            return Ok(());
        }
        let leader = self.nodes.iter().position(|node| node.leads.is_some());
        let node = leader.filter(|_| self.rng.bool()).unwrap_or(self.rng.usize(..self.nodes.len()));
        match self.rng.u8(..100) {
            0..25 if !self.nodes[node].jumped => self.pauses(node),
            25..32 => self.crash(node),
            32..40 => self.nodes[node].ahead += self.rng.i64(1..30_000),
            40..50 => self.goes_back(node),
            50..60 => return self.stops(node),
            60..75 => {
                self.nodes[node].dials = !self.nodes[node].dials;
                let token = self.nodes[node].leads.unwrap_or_default();
                return self.tell(node, if self.nodes[node].dials { Event::Serving(token) } else { Event::DialFailed(token) });
            }
            75..80 => {
                let token = self.nodes[node].leads.unwrap_or_default();
                return self.tell(node, Event::Lost(token));
            }
            80..90 => self.nodes[node].cut_until = self.now + self.rng.u64(1_000..30_000),
            90..93 => {
                let end = self.now + self.rng.u64(1_000..30_000);
                self.nodes.iter_mut().for_each(|node| node.cut_until = end);
            }
            _ => {}
        }
        Ok(())
    }

    fn pauses(&mut self, node: usize) {
        if self.nodes[node].paused_until.is_none() {
            let pause = self.rng.u64(50..40_000);
            self.nodes[node].paused_until = Some(self.now + pause);
            self.note(|| format!("{node} is paused for {pause} ms"));
            self.plan(pause, node, Thing::Resume);
        }
    }

    /// By more than it can overlook, or once a lease by less than the margin.
    fn goes_back(&mut self, node: usize) {
        let much = self.rng.bool();
        let subject = &mut self.nodes[node];
        if subject.paused_until.is_some() || subject.steady_until > self.now {
            return;
        }
        subject.ahead -= if much { self.rng.i64(8_000..100_000) } else { SMALL_JUMP };
        (subject.jumped, subject.steady_until) = (true, self.now + 40_000);
        self.note(|| format!("the clock of {node} goes back"));
    }

    fn stops(&mut self, node: usize) -> Result<(), String> {
        self.nodes[node].wanted = !self.nodes[node].wanted;
        let event = if self.nodes[node].wanted { Event::Start } else { Event::Stop };
        self.tell(node, event)
    }
}
