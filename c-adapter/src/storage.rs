//! Owns the storage that the caller places: the mark that tells an initialised one from any other memory, and who is inside.

use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicU32, Ordering, compiler_fence};

use crate::Status;
use crate::argument::usable;

/// A type of the header behind which a machine of the core lives.
///
/// # Safety
/// `repr(C)`, and nothing but numbers: any bytes are a value of it.
pub(crate) unsafe trait Storage: Sized {
    /// What lives in it. It owns nothing beyond: whoever overwrites it without dropping it loses nothing.
    type Machine;
    /// The number that stands in it once it is initialised; another one for each type.
    const MARK: u32;
    /// Whether it must stay where it is, because a copy would use the same lent memory as the original.
    const STAYS: bool;
}

/// The layout of a storage. The mark is apart from the machine: it may be looked at before it is known that there is one.
#[repr(C)]
struct Cell<M> {
    mark: AtomicU32,
    machine: MaybeUninit<M>,
}

/// The mark of a storage of which a call is under way.
const BUSY: u32 = 0x0B05_1BED;

/// Puts a machine into a storage, whatever was there.
///
/// # Safety
/// Where the pointer is neither null nor misaligned, a whole `S` can be written there, which nobody else looks at meanwhile.
pub(crate) unsafe fn place<S: Storage>(storage: *mut S, machine: S::Machine) -> Result<(), Status> {
    usable(storage)?;
    let cell = cell(storage);
    let whole = Cell { mark: AtomicU32::new(mark(storage)), machine: MaybeUninit::new(machine) };
    // SAFETY: not null and aligned, as was just seen; a cell is no larger than an `S`, and aligned no more, as `cell` proves;
    // writable, as the caller promises. What was there needs no end: the core's machines own nothing.
    unsafe { cell.write(whole) };
    Ok(())
}

/// Lets the caller act on the machine in a storage, unless there is none, or somebody is acting on it already.
///
/// # Safety
/// Where the pointer is neither null nor misaligned, a whole `S` is there, which no other thread looks at meanwhile. (An interrupt
/// of this one may: it finds the storage busy.) If its mark is there, only `place` and the machine have written to it.
pub(crate) unsafe fn enter<S: Storage, R>(storage: *const S, act: impl FnOnce(&mut S::Machine) -> R) -> Result<R, Status> {
    usable(storage)?;
    let cell = cell(storage.cast_mut());
    // SAFETY: in bounds of the storage, since a cell is no larger, as `cell` proves.
    let at = unsafe { &raw mut (*cell).mark };
    // SAFETY: not null and aligned, as was just seen; readable, as the caller promises; and any bytes are a number.
    let held = unsafe { AtomicU32::from_ptr(at.cast()) };
    match held.load(Ordering::Relaxed) {
        BUSY => return Err(Status::Busy),
        other if other != mark(storage) => return Err(Status::Uninitialised),
        _ => held.store(BUSY, Ordering::Relaxed),
    }
    // An interrupt sees the mark before any change, and the last change before the mark.
    compiler_fence(Ordering::SeqCst);
    // SAFETY: in bounds, as above.
    let machine = unsafe { &raw mut (*cell).machine };
    // SAFETY: the mark was there, so `place` has put a machine here. Nobody else has a reference to it: the storage was not busy,
    // and is from here on, to everybody who comes from an interrupt; other threads stay away, as the caller promises.
    let answer = act(unsafe { &mut *machine.cast::<S::Machine>() });
    compiler_fence(Ordering::SeqCst);
    held.store(mark(storage), Ordering::Relaxed);
    Ok(answer)
}

/// The mark of an initialised storage at this place.
fn mark<S: Storage>(storage: *const S) -> u32 {
    // The lower half of an address on a large machine tells two places apart as well.
    if S::STAYS { S::MARK ^ (storage.addr() as u32) } else { S::MARK }
}

/// The same place as a cell, for which there is room.
fn cell<S: Storage>(storage: *mut S) -> *mut Cell<S::Machine> {
    const { fits::<S>() };
    storage.cast()
}

/// Does not compile where a storage has no room for what lives in it.
pub(crate) const fn fits<S: Storage>() {
    assert!(size_of::<Cell<S::Machine>>() <= size_of::<S>());
    assert!(align_of::<Cell<S::Machine>>() <= align_of::<S>());
    assert!(S::MARK != BUSY && S::MARK != 0);
}

#[cfg(test)]
mod tests {
    use super::{Storage, enter, mark, place};
    use crate::Status;

    #[repr(C)]
    struct Room([u64; 2]);

    // SAFETY: `repr(C)` and numbers only.
    unsafe impl Storage for Room {
        type Machine = u32;
        const MARK: u32 = 0x114B_7777;
        const STAYS: bool = false;
    }

    #[repr(C)]
    struct Fixed([u64; 2]);

    // SAFETY: `repr(C)` and numbers only.
    unsafe impl Storage for Fixed {
        type Machine = u32;
        const MARK: u32 = 0x114B_7776;
        const STAYS: bool = true;
    }

    /// However far it is copied, a storage that must stay is not taken for itself.
    #[test]
    fn who_must_stay_has_the_mark_of_its_place() {
        let fixed = Fixed([0; 2]);
        for bit in 0..32 {
            assert_ne!(mark(&raw const fixed), mark((&raw const fixed).map_addr(|address| address ^ (1 << bit))));
        }
        let room = Room([0; 2]);
        assert_eq!(mark(&raw const room), mark((&raw const room).wrapping_add(7)));
    }

    /// What an interrupt in the midst of a call is told, and that it changes nothing.
    #[test]
    fn who_comes_in_the_midst_of_a_call_is_told() {
        let mut room = Room([0; 2]);
        let storage = &raw mut room;
        // SAFETY: the storage is one, and only this thread uses it.
        assert_eq!(unsafe { place(storage, 1) }, Ok(()));
        let mut inner = Ok(0);
        let act = |number: &mut u32| {
            // SAFETY: as above.
            inner = unsafe { enter(storage, |number| *number) };
            *number = 2;
        };
        // SAFETY: as above.
        let outer = unsafe { enter(storage, act) };
        assert_eq!((outer, inner), (Ok(()), Err(Status::Busy)));
        // SAFETY: as above.
        assert_eq!(unsafe { enter(storage, |number| *number) }, Ok(2));
    }
}
