//! Owns the heap of the test images. What relink needs on a device needs none: `echo` and its like are built without.

use embedded_alloc::LlffHeap as Heap;

const HEAP_BYTES: usize = 2 << 20;

#[global_allocator]
static HEAP: Heap = Heap::empty();

/// To be called once, before anything is allocated.
pub(crate) fn start() {
    // SAFETY: the memory is the heap's own, and nothing is allocated yet.
    unsafe {
        embedded_alloc::init!(HEAP, HEAP_BYTES);
    }
}
