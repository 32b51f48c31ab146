//! Parts scenario files for a program that replays them: `halves left FILE…` is its input, `halves right FILE…` what it must write.
//!
//! Only files of links and of ledgers; of the others is said how many were left out.

use std::process::ExitCode;
use std::{env, fs};

use relink_scenario::halves;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(complaint) => {
            eprintln!("{complaint}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let mut arguments = env::args().skip(1);
    let left = match arguments.next().as_deref() {
        Some("left") => true,
        Some("right") => false,
        Some(_) | None => return Err("usage: halves left FILE… or halves right FILE…".to_owned()),
    };
    let (mut links, mut ledgers, mut others) = (0, 0, 0);
    for name in arguments {
        let text = fs::read_to_string(&name).map_err(|error| format!("{name}: {error}"))?;
        let parted = halves(&text).map_err(|failure| format!("{name}: line {} is not understood", failure.line))?;
        match parted.first().and_then(|first| first.left.split(' ').next()) {
            Some("link") => links += 1,
            Some("ledger") => ledgers += 1,
            Some(_) | None => {
                others += 1;
                continue;
            }
        }
        println!("file {name}");
        for halves in parted {
            if left {
                println!("{}", halves.left);
            } else if let Some(right) = halves.right {
                println!("{right}");
            }
        }
    }
    eprintln!("{links} files of links, {ledgers} of ledgers, {others} others");
    Ok(())
}
