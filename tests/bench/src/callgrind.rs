//! Owns the counting: this program again, under callgrind, which collects only inside one function.

use std::io;
use std::process::Command;

/// The instructions executed inside `function` while this program does `task`.
pub(crate) fn instructions(function: &str, task: &str) -> io::Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no"])
        .arg(format!("--toggle-collect=*::{function}*"))
        .arg(std::env::current_exe()?)
        .arg(task)
        .output()
        .map_err(|error| {
            io::Error::new(error.kind(), format!("valgrind cannot be run ({error}): install it, on Debian with 'apt-get install valgrind'"))
        })?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected :")).and_then(|(_, count)| count.trim().parse().ok());
    match collected {
        Some(count) if output.status.success() => Ok(count),
        Some(_) | None => Err(io::Error::other(format!("callgrind counted nothing of {function} in '{task}':\n{said}"))),
    }
}
