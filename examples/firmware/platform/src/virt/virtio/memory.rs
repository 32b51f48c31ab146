//! Owns the memory that the network device may use: pages for the queues, and buffers to receive into.
//!
//! The hart has no cache and no translation of addresses that the device would not see: an address is an address.

use core::cell::UnsafeCell;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicUsize, Ordering};

use static_cell::StaticCell;
use virtio_drivers::{BufferDirection, Hal, PAGE_SIZE, PhysAddr};

use super::{BUFFER, BUFFERS};

/// Two queues of two pages at most.
const PAGES: usize = 4;

#[repr(C, align(4096))]
struct Pool(UnsafeCell<[u8; PAGES * PAGE_SIZE]>);

// SAFETY: each page is given out once, by the count below.
unsafe impl Sync for Pool {}

static POOL: Pool = Pool(UnsafeCell::new([0; PAGES * PAGE_SIZE]));
static GIVEN: AtomicUsize = AtomicUsize::new(0);

/// The buffers to receive into; to be called once.
pub(super) fn buffers() -> [&'static mut [u8; BUFFER]; BUFFERS] {
    static ROOM: StaticCell<[[u8; BUFFER]; BUFFERS]> = StaticCell::new();
    ROOM.init([[0; BUFFER]; BUFFERS]).each_mut()
}

/// The pool, as `virtio-drivers` asks for it.
pub(super) struct Pages;

// SAFETY: pages are whole, aligned, zero, and given out once; addresses are the same on both sides.
unsafe impl Hal for Pages {
    fn dma_alloc(pages: usize, _: BufferDirection) -> (PhysAddr, NonNull<u8>) {
        let first = GIVEN.fetch_add(pages, Ordering::AcqRel);
        assert!(first + pages <= PAGES, "a queue needs more pages than there are");
        // SAFETY: the page is in the pool.
        let page = unsafe { POOL.0.get().cast::<u8>().add(first * PAGE_SIZE) };
        (page as PhysAddr, NonNull::new(page).expect("a pool is not at address 0"))
    }

    unsafe fn dma_dealloc(_: PhysAddr, _: NonNull<u8>, _: usize) -> i32 {
        0 // the queues are kept for ever
    }

    unsafe fn mmio_phys_to_virt(address: PhysAddr, _: usize) -> NonNull<u8> {
        NonNull::new(address as *mut u8).expect("no device is at address 0")
    }

    unsafe fn share(buffer: NonNull<[u8]>, _: BufferDirection) -> PhysAddr {
        buffer.cast::<u8>().as_ptr() as PhysAddr
    }

    unsafe fn unshare(_: PhysAddr, _: NonNull<[u8]>, _: BufferDirection) {}
}
