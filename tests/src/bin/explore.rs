//! Owns the `explore` command: walks every reachable link of many configurations, and asks of each all that must hold.

use std::process::ExitCode;

use clap::Parser;
use relink_tests::explore::{Patience, Setting, against_golden, explore_all, settings};

/// Walks every reachable link of many configurations and asks of each state and step all that must hold.
#[derive(Parser)]
struct Arguments {
    /// Then also those with longer waits and real lengths: some minutes more.
    #[arg(long)]
    full: bool,
    /// Only the settings whose name contains one of these; their sizes are not compared.
    words: Vec<String>,
}

fn main() -> ExitCode {
    let Arguments { full, words } = Arguments::parse();
    let mut good = run("explore.txt", settings::small(), &words);
    if full {
        good &= run("explore-full.txt", settings::full(), &words);
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run(golden: &str, mut settings: Vec<Setting>, words: &[String]) -> bool {
    settings.retain(|setting| words.is_empty() || words.iter().any(|word| setting.name.contains(word)));
    println!("   states transitions  setting");
    let report = explore_all(settings, Patience::All, |line| println!("{line}"));
    println!("\n{}", report.laws());
    if let Some(broken) = report.broken() {
        println!("{broken}");
        return false;
    }
    match if words.is_empty() { against_golden(golden, &report) } else { Ok(()) } {
        Ok(()) => true,
        Err(different) => {
            println!("{different}");
            false
        }
    }
}
