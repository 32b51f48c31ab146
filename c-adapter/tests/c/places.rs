//! What the tests share: a place as C has it, with garbage in it until it is initialised.

use std::mem::MaybeUninit;

use relink_c::{Beside, End, Link, Reaction, ReactionKind, Single, State, View};

/// Memory for a `T`, with this byte all over.
pub(crate) fn garbage<T>(byte: u8) -> Box<MaybeUninit<T>> {
    let mut place = Box::new(MaybeUninit::<T>::uninit());
    // SAFETY: the box is one `T` long.
    unsafe { place.as_mut_ptr().cast::<u8>().write_bytes(byte, size_of::<T>()) };
    place
}

/// A pointer that is not aligned for anything but bytes.
pub(crate) fn crooked<T>(pointer: *mut T) -> *mut T {
    pointer.wrapping_byte_add(1)
}

/// A reaction that no function writes.
pub(crate) const UNWRITTEN: Reaction = Reaction { kind: ReactionKind::Abort, reserved: 77, code: 77, attempt: 77 };

/// A view that no function writes.
pub(crate) const UNSEEN: View = View {
    state: State::Shutdown,
    beside: Beside::Closing,
    end: End::Over,
    busy: true,
    attempt: 77,
    other: 77,
    failures: 77,
    attempts: 77,
    backoff_memory_ms: 77,
    not_before_ms: 77,
};

/// Both kinds of links, each with its functions, so that what is asked of one is asked of the other.
pub(crate) trait CLink: Sized {
    type Pairing: relink_core::Pairing;
    const INIT: unsafe extern "C" fn(*mut Self, *const relink_c::Config) -> relink_c::Status;
    const STEP: unsafe extern "C" fn(*mut Self, u64, u32, *const relink_c::Event, *mut Reaction) -> relink_c::Status;
    const DEADLINE: unsafe extern "C" fn(*const Self, *mut u64) -> relink_c::Status;
    const VIEW: unsafe extern "C" fn(*const Self, *mut View) -> relink_c::Status;
    const CONFIG: unsafe extern "C" fn(*const Self, *mut relink_c::Config) -> relink_c::Status;
}

impl CLink for Link {
    type Pairing = relink_core::Overlap;
    const INIT: unsafe extern "C" fn(*mut Self, *const relink_c::Config) -> relink_c::Status = relink_c::relink_link_init;
    const STEP: unsafe extern "C" fn(*mut Self, u64, u32, *const relink_c::Event, *mut Reaction) -> relink_c::Status =
        relink_c::relink_link_step;
    const DEADLINE: unsafe extern "C" fn(*const Self, *mut u64) -> relink_c::Status = relink_c::relink_link_deadline;
    const VIEW: unsafe extern "C" fn(*const Self, *mut View) -> relink_c::Status = relink_c::relink_link_view;
    const CONFIG: unsafe extern "C" fn(*const Self, *mut relink_c::Config) -> relink_c::Status = relink_c::relink_link_config;
}

impl CLink for Single {
    type Pairing = relink_core::Single;
    const INIT: unsafe extern "C" fn(*mut Self, *const relink_c::Config) -> relink_c::Status = relink_c::relink_single_init;
    const STEP: unsafe extern "C" fn(*mut Self, u64, u32, *const relink_c::Event, *mut Reaction) -> relink_c::Status =
        relink_c::relink_single_step;
    const DEADLINE: unsafe extern "C" fn(*const Self, *mut u64) -> relink_c::Status = relink_c::relink_single_deadline;
    const VIEW: unsafe extern "C" fn(*const Self, *mut View) -> relink_c::Status = relink_c::relink_single_view;
    const CONFIG: unsafe extern "C" fn(*const Self, *mut relink_c::Config) -> relink_c::Status = relink_c::relink_single_config;
}
