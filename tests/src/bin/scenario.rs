//! Owns the command that runs scenario files: `cargo run --bin scenario -- PATH…`.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};

use clap::Parser;
use relink_tests::scenario::{Atlas, Cell, Coverage, World, files_under, judge};

/// Runs scenario files on the core, prints the first difference of each, and fails if there is one.
///
/// With BLESS=1 in the environment the right halves are written instead of compared; claims must hold all the same, and a
/// file in which anything else fails is left as it is.
#[derive(Parser)]
#[command(name = "scenario", version)]
struct Args {
    /// Files, or folders with files named *.scenario
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Say how many cells of the state × event table they visit together, and list the others
    #[arg(long)]
    cells: bool,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> io::Result<bool> {
    let blessing = env::var_os("BLESS").is_some_and(|value| value == "1");
    let coverage = Coverage::default();
    let mut out = io::stdout().lock();
    let (mut files, mut scenarios, mut failures, mut blessed) = (0, 0, 0, 0);
    for path in &args.paths {
        let found = files_under(path).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        if found.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, format!("{}: no file named *.scenario in this folder", path.display())));
        }
        for file in found {
            let verdict = judge(&file, blessing, &coverage);
            files += 1;
            scenarios += verdict.scenarios;
            if let Some(text) = verdict.blessed {
                fs::write(&file, text)?;
                blessed += 1;
            }
            if let Some(failure) = verdict.failure {
                writeln!(out, "{failure}")?;
                failures += 1;
            }
        }
    }
    let written = if blessing { format!(", written anew: {blessed}") } else { String::new() };
    writeln!(out, "files: {files}, scenarios: {scenarios}, files that hold: {}, that fail: {failures}{written}", files - failures)?;
    if args.cells {
        show_cells(&coverage, &mut out)?;
    }
    Ok(failures == 0)
}

fn show_cells(coverage: &Coverage, out: &mut impl Write) -> io::Result<()> {
    for (title, world) in [("links that dial again", World::Dialling), ("accepted connections", World::Accepted)] {
        let reachable = Atlas::of(world).cells;
        let missing: Vec<Cell> = reachable.without(&coverage.cells(world)).collect();
        writeln!(out, "{title}: {} of {} cells visited", reachable.count() - missing.len(), reachable.count())?;
        for cell in missing {
            writeln!(out, "  not visited: {cell}")?;
        }
    }
    Ok(())
}
