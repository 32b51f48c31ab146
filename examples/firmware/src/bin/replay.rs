//! Owns the replay of scenario files on the board: it is given left halves and prints them with the right halves that follow here.
//!
//! Command line: `replay LIST`, a file on the host that names one scenario file a line. Each is printed behind a line
//! `=== NAME`; one that does not hold behind `!!! NAME`. The claims are judged here too. The heap is the
//! interpreter's, for texts of any length; what it runs is the same core as in the images without.
#![no_std]
#![no_main]

extern crate alloc;

#[path = "../heap.rs"]
mod heap;

use alloc::ffi::CString;
use alloc::string::String;
use alloc::vec;

use embassy_executor::Spawner;
use platform::{host, stack};
use relink_scenario::{Coverage, judge_text};

const FILE_MAX: usize = 1 << 18;

#[platform::entry]
fn main() -> ! {
    platform::run(start)
}

fn start(_: Spawner) {
    heap::start();
    match host::argument(1, |word| read(word).ok()) {
        Some(list) => replay(&list),
        None => {
            host::println!("the command line is: replay LIST, a file on the host that names one scenario file a line");
            host::exit(2)
        }
    }
}

fn replay(list: &str) -> ! {
    let mut failures = 0_u32;
    for name in list.lines() {
        let shown = read(name).and_then(|text| judged(name, &text));
        let (mark, text) = match &shown {
            Ok(text) => ("===", text),
            Err(failure) => ("!!!", failure),
        };
        failures += u32::from(shown.is_err());
        host::println!("{mark} {name}");
        host::print!("{text}");
    }
    host::println!("=== {} files, {failures} do not hold; stack: {} bytes", list.lines().count(), stack::high_water());
    host::exit(u8::from(failures > 0))
}

/// The text with the right halves that follow on this board; or what does not hold.
fn judged(name: &str, text: &str) -> Result<String, String> {
    let judgement = judge_text(name, text, true, &Coverage::default());
    match judgement.failure {
        None => Ok(judgement.blessed.unwrap_or_else(|| text.into())),
        Some(failure) => Err(failure),
    }
}

fn read(name: &str) -> Result<String, String> {
    let unreadable = |why: &str| alloc::format!("{name}: {why}\n");
    let path = CString::new(name).map_err(|_| unreadable("a zero byte in the name"))?;
    let mut text = vec![0; FILE_MAX];
    let len = host::read(&path, &mut text).map_err(|error| unreadable(&alloc::format!("{error:?}")))?;
    text.truncate(len);
    if len > FILE_MAX {
        return Err(unreadable("longer than there is room"));
    }
    String::from_utf8(text).map_err(|_| unreadable("not UTF-8"))
}
