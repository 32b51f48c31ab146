//! Owns the count of instructions that a step costs on the board, over the same fixed day that `tests/bench` counts.
//!
//! Under `-icount shift=0` QEMU lets one nanosecond pass with each instruction, so the clock counts them. Each step is repeated,
//! and the same loop without the step is taken off: the copy of the link as it was before, the call, the count of rounds.
#![no_std]
#![no_main]

extern crate alloc;

#[path = "../../../../tests/bench/src/day.rs"]
mod day;
#[path = "../heap.rs"]
mod heap;
#[path = "../../../../tests/bench/src/kind.rs"]
mod kind;

use core::arch::asm;
use core::hint::black_box;

use day::Step;
use embassy_executor::Spawner;
use kind::Kind;
use platform::host;

const ROUNDS: u32 = 1_000;
/// The clock is read in microseconds, and one nanosecond is an instruction.
const INSTRUCTIONS_PER_TICK: u64 = 1_000;

/// The functions whose instructions are counted: never inlined, as in a program that calls them from several places.
mod counted {
    use relink_core::{Event, Instant, Link, Reaction};

    /// [`Link::step`].
    #[inline(never)]
    pub(crate) fn counted_step(link: &mut Link, now: Instant, roll: u32, event: Event) -> Reaction {
        link.step(now, roll, event)
    }

    /// What is called in its place when the loop itself is counted.
    #[inline(never)]
    pub(crate) fn nothing(_: &mut Link, _: Instant, _: u32, _: Event) -> Reaction {
        core::hint::black_box(Reaction::Wait)
    }
}

#[platform::entry]
fn main() -> ! {
    platform::run(count)
}

fn count(_: Spawner) {
    heap::start();
    if each(hundred) != 100 + each(none) {
        host::println!("a hundred instructions are not counted as a hundred: is this -icount shift=0?");
        host::exit(1)
    }
    let steps = day::steps();
    let mut day = 0;
    for kind in Kind::ALL {
        let costs = steps.iter().filter(|step| step.kind == kind).map(cost);
        let (sum, number) = costs.fold((0, 0), |(sum, number), cost| (sum + cost, number + 1));
        day += sum;
        host::println!("{} {number} {}", kind.name(), sum / number);
    }
    host::println!("step {} {}", steps.len(), day / steps.len() as u64);
    host::exit(0)
}

/// A hundred instructions that do nothing.
#[inline(never)]
fn hundred() {
    // SAFETY: they do nothing.
    unsafe {
        asm!(".rept 100", "nop", ".endr", options(nomem, nostack, preserves_flags));
    }
}

/// As many as there are around the hundred.
#[inline(never)]
fn none() {
    // SAFETY: it does nothing, and so is not left out.
    unsafe {
        asm!("", options(nomem, nostack, preserves_flags));
    }
}

/// The instructions of one step.
fn cost(step: &Step) -> u64 {
    let taken = |call: fn(&mut _, _, _, _) -> _| {
        each(|| {
            let mut link = black_box(step).before;
            let reaction = call(black_box(&mut link), step.now, step.roll, step.event);
            black_box(reaction)
        })
    };
    taken(counted::counted_step) - taken(counted::nothing)
}

/// The instructions of what is done, and of the loop around it.
#[inline(never)]
fn each<T>(done: impl Fn() -> T) -> u64 {
    let began = embassy_time::Instant::now();
    for _ in 0..ROUNDS {
        black_box(done());
    }
    began.elapsed().as_micros() * INSTRUCTIONS_PER_TICK / u64::from(ROUNDS)
}
