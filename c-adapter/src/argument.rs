//! Owns the reading and writing of what a caller's pointers point to.

use crate::Status;

/// What can be read from memory whatever bytes are there.
///
/// # Safety
/// Every bit pattern is a value of the type.
pub(crate) unsafe trait Plain: Copy {}

// SAFETY: every bit pattern is a number.
unsafe impl Plain for [u8; 16] {}

/// That a value can be read or written here, as far as the pointer itself shows.
pub(crate) fn usable<T>(pointer: *const T) -> Result<(), Status> {
    if pointer.is_null() {
        Err(Status::Null)
    } else if pointer.is_aligned() {
        Ok(())
    } else {
        Err(Status::Misaligned)
    }
}

/// What the caller passes in.
///
/// # Safety
/// Where the pointer is neither null nor misaligned, so many bytes can be read there.
pub(crate) unsafe fn read<T: Plain>(from: *const T) -> Result<T, Status> {
    usable(from)?;
    // SAFETY: not null and aligned, as was just seen; readable, as the caller promises; any bytes are a value, as `Plain` says.
    Ok(unsafe { from.read() })
}

/// Gives an answer to the caller.
///
/// # Safety
/// Where the pointer is neither null nor misaligned, so many bytes can be written there, which nobody else looks at meanwhile.
pub(crate) unsafe fn write<T: Copy>(to: *mut T, value: T) -> Result<(), Status> {
    usable(to)?;
    // SAFETY: not null and aligned, as was just seen; writable, as the caller promises; what was there needs no end, since C put it there.
    unsafe { to.write(value) };
    Ok(())
}
