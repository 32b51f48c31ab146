//! Owns what the board asks of whoever runs it, by semihosting: command line, console, files, entropy, exit code.
//!
//! Arm, "Semihosting for AArch32 and AArch64"; RISC-V International, "RISC-V Semihosting". QEMU answers it under
//! `-semihosting-config enable=on,target=native,arg=…`.

use core::ffi::CStr;
use core::panic::PanicInfo;

use semihosting::experimental::{env, random};
use semihosting::fs::File;
use semihosting::io::Read;

pub use semihosting::io::Error;
pub use semihosting::{print, println};

const COMMAND_LINE_MAX: usize = 512;

/// The `position`th word of the command line, from 0, is read by this; what it makes of it.
pub fn argument<T>(position: usize, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
    let words = env::args::<COMMAND_LINE_MAX>().ok()?;
    let word = (&words).into_iter().nth(position)?.ok()?;
    read(word)
}

/// Reads the whole file into the buffer, and says how long it is: longer than the buffer, if the rest was left out.
///
/// # Errors
/// What the host says of a file that cannot be read.
pub fn read(path: &CStr, buffer: &mut [u8]) -> Result<usize, Error> {
    let mut file = File::open(path)?;
    let len = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let mut space = buffer;
    while !space.is_empty() {
        let count = file.read(space)?;
        if count == 0 {
            break;
        }
        space = &mut space[count..];
    }
    Ok(len)
}

/// Fills the bytes with what the host's random source gives.
///
/// # Errors
/// What the host says if it has none.
pub fn entropy(bytes: &mut [u8]) -> Result<(), Error> {
    random::fill_bytes(bytes)
}

/// Ends the run with this exit code.
pub fn exit(code: u8) -> ! {
    semihosting::process::exit(code.into())
}

#[panic_handler]
fn panicked(info: &PanicInfo<'_>) -> ! {
    println!("{info}");
    exit(101)
}
