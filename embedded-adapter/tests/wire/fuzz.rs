//! Owns the fuzzing that needs no fuzzer: inputs of the corpus, changed by chance, the same in each run.

use relink_embedded::Entropy;

use crate::bytes::Seeded;
use crate::corpus::inputs;
use crate::property::holds;

/// Bytes that mean something at some place.
const TELLING: &[u8] = b"\x00\x01\x02\x7d\x7e\x7f\x80\x81\x82\x83\x88\x89\x8a\xff\xc2\xe0\xed\xf4\xa0\x9f\r\n: ,1aA";

/// As many inputs as fit into a test that is run all the time.
const FEW: u64 = 60_000;

/// As many as must have been tried once.
const MANY: u64 = 10_000_000;

#[test]
fn what_is_changed_by_chance_harms_nothing() {
    tried(1, FEW);
}

/// `cargo test --release -p relink-embedded --all-features --test wire -- --ignored ten_million`
#[test]
#[ignore = "takes minutes"]
fn ten_million_inputs_harm_nothing() {
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let each = MANY / threads + 1;
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || tried(1000 + thread, each));
        }
    });
}

fn tried(seed: u64, count: u64) {
    let corpus: Vec<Vec<u8>> = inputs().map(|(_, input)| input).collect();
    let mut chance = Chance(Seeded(seed));
    for _ in 0..count {
        let input = changed(&corpus, &mut chance);
        // What was being tried is seen in the failure.
        let outcome = std::panic::catch_unwind(|| holds(&input));
        assert!(outcome.is_ok(), "this input: {}", input.escape_ascii());
    }
}

struct Chance(Seeded);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        u32::from_le_bytes(bytes) as usize % bound.max(1)
    }
}

fn changed(corpus: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut input = corpus[chance.below(corpus.len())].clone();
    for _ in 0..=chance.below(4) {
        let at = chance.below(input.len() + 1);
        let count = chance.below(8);
        match chance.below(8) {
            0 => input.truncate(at),
            1 => input.insert(at, TELLING[chance.below(TELLING.len())]),
            2 => drop(input.drain(at..(at + count).min(input.len()))),
            3 => {
                let other = &corpus[chance.below(corpus.len())];
                input.extend_from_slice(&other[chance.below(other.len())..]);
            }
            4 => {
                let part = input[at..(at + 4 * count).min(input.len())].to_vec();
                input.splice(at..at, part);
            }
            5 => drop(input.get_mut(at).map(|byte| *byte ^= 1 << count)),
            6 => drop(input.get_mut(at).map(|byte| *byte = TELLING[chance.below(TELLING.len())])),
            _ => drop(input.first_mut().map(|byte| *byte = chance.below(256) as u8)),
        }
    }
    // A buffer many times as long as needed teaches nothing more.
    input.truncate(3000);
    input
}
