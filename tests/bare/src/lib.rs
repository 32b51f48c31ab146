//! Owns the panic handler of the bare libraries, which nothing may reach: `tests/bare.sh` proves it.
#![no_std]
#![expect(unsafe_code, reason = "names a symbol that nothing defines; it is never called in a library that passes")]

use core::panic::PanicInfo;

unsafe extern "Rust" {
    /// Defined nowhere: a library that can panic does not link, and `nm -u` names this.
    safe fn relink_panic_is_reachable() -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    relink_panic_is_reachable()
}
