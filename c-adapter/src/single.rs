//! Owns the link for C that never holds two connections: the smaller one.

use crate::link::{config, deadline, init, step, view};
use crate::status::status;
use crate::storage::{Storage, fits};
use crate::{Config, Event, Reaction, Status, View};

/// Storage of a link that never holds two connections, whatever its configuration says: a third less code, for a device with one socket. Its
/// functions are those of relink_link. It may be copied: a copy is a link of its own.
#[repr(C)]
pub struct Single {
    opaque: [u64; 20],
}

// SAFETY: `repr(C)` and numbers only.
unsafe impl Storage for Single {
    type Machine = relink_core::Link<relink_core::Single>;
    const MARK: u32 = 0x114B_0002;
    const STAYS: bool = false;
}

const _: () = fits::<Single>();

/// As relink_link_init.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_single_init(single: *mut Single, config: *const Config) -> Status {
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe { init(single, config) })
}

/// As relink_link_step.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_single_step(
    single: *mut Single,
    now_ms: u64,
    roll: u32,
    event: *const Event,
    reaction: *mut Reaction,
) -> Status {
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe { step(single, (now_ms, roll), event, reaction) })
}

/// As relink_link_deadline.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_single_deadline(single: *const Single, deadline_ms: *mut u64) -> Status {
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe { deadline(single, deadline_ms) })
}

/// As relink_link_view.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_single_view(single: *const Single, view: *mut View) -> Status {
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe { self::view(single, view) })
}

/// As relink_link_config.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_single_config(single: *const Single, config: *mut Config) -> Status {
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe { self::config(single, config) })
}
