//! Owns the memory that is lent to a ledger: as many slots as the caller has for it.

use core::ptr::NonNull;
use core::slice;

use relink_core::ledger::Slot as Place;

use crate::argument::usable;
use crate::{Id, Status};

/// Memory of a ledger. An array of them is lent to it; what they hold means something only to it.
#[repr(C)]
pub struct Slot {
    opaque: [u64; 8],
}

/// Slots in the caller's memory.
pub(crate) struct Lent {
    first: NonNull<Place<Id>>,
    count: usize,
}

impl Lent {
    /// Takes over these slots, which are that extent, and overwrites them.
    ///
    /// # Safety
    /// So many slots are there, which nobody else looks at until the ledger is gone or has given them back.
    pub(crate) unsafe fn new(slots: *mut Slot, extent: &Extent) -> Self {
        const {
            assert!(size_of::<Place<Id>>() <= size_of::<Slot>());
            assert!(align_of::<Place<Id>>() <= align_of::<Slot>());
            assert!(!core::mem::needs_drop::<Place<Id>>());
        }
        let first = NonNull::new(slots.cast::<Place<Id>>()).unwrap_or(NonNull::dangling());
        for at in 0..extent.count {
            // SAFETY: inside one object in memory, smaller than `isize::MAX` as its extent says; a place is no larger than a slot.
            let place = unsafe { first.add(at) };
            // SAFETY: aligned, since the first one is; writable, as the caller promises. What was there needs no end.
            unsafe { place.write(Place::EMPTY) };
        }
        Self { first, count: extent.count }
    }
}

/// A stretch of memory: where it begins, how long it is, and how many slots that are.
#[derive(Clone, Copy)]
pub(crate) struct Extent {
    begin: usize,
    bytes: usize,
    count: usize,
}

impl Extent {
    /// So many slots, which can be used as far as the pointer and the number show. Where there are none, the pointer may be null.
    pub(crate) fn of(slots: *const Slot, count: u32) -> Result<Self, Status> {
        if count == 0 {
            return if slots.is_null() || slots.is_aligned() {
                Ok(Self { begin: slots.addr(), bytes: 0, count: 0 })
            } else {
                Err(Status::Misaligned)
            };
        }
        usable(slots)?;
        let count = usize::try_from(count).map_err(|_| Status::Invalid)?;
        let bytes = count.checked_mul(size_of::<Slot>()).filter(|bytes| isize::try_from(*bytes).is_ok()).ok_or(Status::Invalid)?;
        slots.addr().checked_add(bytes).ok_or(Status::Invalid)?;
        Ok(Self { begin: slots.addr(), bytes, count })
    }

    /// This object, without slots.
    pub(crate) fn object<T>(object: *const T) -> Self {
        Self { begin: object.addr(), bytes: size_of::<T>(), count: 0 }
    }

    /// How many slots.
    pub(crate) const fn count(&self) -> usize {
        self.count
    }

    /// Whether both have a byte in common.
    pub(crate) const fn overlaps(&self, other: &Self) -> bool {
        let both = self.bytes > 0 && other.bytes > 0;
        both && self.begin < other.begin.saturating_add(other.bytes) && other.begin < self.begin.saturating_add(self.bytes)
    }
}

impl AsRef<[Place<Id>]> for Lent {
    fn as_ref(&self) -> &[Place<Id>] {
        // SAFETY: `new` has filled so many places there; nobody else looks at them, as its caller promised, and who has a reference to
        // this value has no other one into the places.
        unsafe { slice::from_raw_parts(self.first.as_ptr(), self.count) }
    }
}

impl AsMut<[Place<Id>]> for Lent {
    fn as_mut(&mut self) -> &mut [Place<Id>] {
        // SAFETY: as in `as_ref`; this reference is the only one.
        unsafe { slice::from_raw_parts_mut(self.first.as_ptr(), self.count) }
    }
}
