//! Owns the panic handler of librelink.a, which nothing may reach: a library that can panic does not link.
#![no_std]
#![expect(unsafe_code, reason = "names a symbol that nothing defines; it is never called in a library that links")]

use core::panic::PanicInfo;

pub use relink_c::*;

unsafe extern "Rust" {
    /// Defined nowhere: if the linker asks for it, a panic has become reachable.
    safe fn relink_panic_is_reachable() -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    relink_panic_is_reachable()
}
