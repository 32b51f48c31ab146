//! Owns the command that counts what a step costs, and holds it to its budget.
//!
//! Instructions, not time: callgrind's count is the same on every machine and under every load.

// By this name, because firmware lives the same day without the standard library.
extern crate alloc;

mod callgrind;
mod counted;
mod day;
mod kind;

use std::hint::black_box;
use std::io;
use std::process::ExitCode;

use relink_core::{Backoff, Jitter, Millis};

use kind::Kind;

/// Instructions a step may cost on average over the day.
const STEP_MAX: f64 = 105.0;

/// Each draw's name and jitter.
const DRAWS: [(&str, Jitter); 5] = [
    ("none", Jitter::None),
    ("full", Jitter::Full),
    ("equal", Jitter::Equal),
    ("decorrelated", Jitter::Decorrelated),
    ("around 20 %", Jitter::Around(20)),
];

fn main() -> ExitCode {
    let outcome = match std::env::args().nth(1) {
        None => report(),
        Some(task) if task == "facts" => facts(),
        Some(task) => perform(&task),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

fn report() -> io::Result<ExitCode> {
    let steps = day::steps();
    // Living the day is counted in every run, and is the day's own count.
    let whole = callgrind::instructions("counted_step", "nothing")?;
    println!("{:<26}{:>5}{:>14}", "step", "count", "instructions");
    let mut sum = 0;
    for kind in Kind::ALL {
        let count = steps.iter().filter(|step| step.kind == kind).count();
        let instructions = callgrind::instructions("counted_step", &kind.name())?.saturating_sub(whole);
        sum += instructions;
        line(&kind.name(), count, instructions);
    }
    if sum != whole {
        return Err(io::Error::other(format!("the kinds come to {sum} instructions, the day to {whole}: the count cannot be trusted")));
    }
    let mean = line("the whole day", steps.len(), whole);
    line("its deadlines", steps.len(), callgrind::instructions("counted_deadline", "deadlines")?);
    for (name, _) in DRAWS {
        line(&format!("a draw, jitter {name}"), 1, callgrind::instructions("counted_draw", name)?);
    }
    println!("a step: {mean:.1} instructions, at most {STEP_MAX}");
    Ok(if mean <= STEP_MAX { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The one figure that is published.
fn facts() -> io::Result<ExitCode> {
    let whole = callgrind::instructions("counted_step", "nothing")?;
    println!("instructions_per_step {:.0}", mean(day::steps().len(), whole));
    Ok(ExitCode::SUCCESS)
}

fn line(name: &str, count: usize, instructions: u64) -> f64 {
    let mean = mean(count, instructions);
    println!("{name:<26}{count:>5}{mean:>14.1}");
    mean
}

fn mean(count: usize, instructions: u64) -> f64 {
    instructions as f64 / count as f64
}

/// What is done under callgrind.
fn perform(task: &str) -> io::Result<ExitCode> {
    let day = day::steps();
    if task == "nothing" {
        black_box(day);
    } else if let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.name() == task) {
        for mut step in day.into_iter().filter(|step| step.kind == kind) {
            _ = black_box(counted::counted_step(&mut step.before, step.now, step.roll, step.event));
        }
    } else if task == "deadlines" {
        for step in day {
            black_box(counted::counted_deadline(&step.before));
        }
    } else if let Some((_, jitter)) = DRAWS.into_iter().find(|(name, _)| *name == task) {
        let backoff = black_box(Backoff { jitter, ..Backoff::INTERACTIVE });
        black_box(counted::counted_draw(&backoff, black_box(Millis::from_secs(2)), black_box(0x5A5A_5A5A)));
    } else {
        return Err(io::Error::other(format!("unknown task '{task}': run without arguments")));
    }
    Ok(ExitCode::SUCCESS)
}
