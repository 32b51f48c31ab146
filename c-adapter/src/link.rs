//! Owns the link for C: the one that may hold two connections, and what both kinds share.

use relink_core::{Instant, Overlap, Pairing};

use crate::argument::{read, usable, write};
use crate::status::status;
use crate::storage::{Storage, enter, fits, place};
use crate::{Config, Event, NEVER, Reaction, Status, View};

/// Storage of a link: says what to do next about a long-lived connection, does nothing itself. It may be copied: a copy is a link of its own.
#[repr(C)]
pub struct Link {
    opaque: [u64; 20],
}

// SAFETY: `repr(C)` and numbers only.
unsafe impl Storage for Link {
    type Machine = relink_core::Link<Overlap>;
    const MARK: u32 = 0x114B_0001;
    const STAYS: bool = false;
}

const _: () = fits::<Link>();

/// Makes a link in this storage, whatever was there: never started, with this configuration.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_link_init(link: *mut Link, config: *const Config) -> Status {
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe { init(link, config) })
}

/// Takes one event into account and says what to do: one reaction, to be carried out before the next step. Any event in any
/// state is fine, late ones of attempts long gone included.
///
/// `now_ms` is the time, in milliseconds since a moment of the caller's choosing; it must not go back, and must run on while the
/// device sleeps. (A counter of 32 bits starts over after 49.7 days: count that, too.) `roll` is a random number, uniform over all
/// 32 bits, and another one on each device: it is what spreads a fleet.
/// Where the answer is not RELINK_STATUS_OK, the reaction is RELINK_REACTION_IGNORED.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_link_step(link: *mut Link, now_ms: u64, roll: u32, event: *const Event, reaction: *mut Reaction) -> Status {
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe { step(link, (now_ms, roll), event, reaction) })
}

/// Writes when RELINK_EVENT_TIMEOUT is due, in milliseconds on the link's clock; RELINK_NEVER while only events are waited for.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_link_deadline(link: *const Link, deadline_ms: *mut u64) -> Status {
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe { deadline(link, deadline_ms) })
}

/// Writes what can be read of a link.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_link_view(link: *const Link, view: *mut View) -> Status {
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe { self::view(link, view) })
}

/// Writes the configuration of a link as it is applied: odd values as they are read.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_link_config(link: *const Link, config: *mut Config) -> Status {
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe { self::config(link, config) })
}

/// # Safety
/// As [`relink_link_init`].
pub(crate) unsafe fn init<S: Storage<Machine = relink_core::Link<H>>, H: Pairing>(
    storage: *mut S,
    config: *const Config,
) -> Result<(), Status> {
    usable(storage)?;
    // SAFETY: as the caller promises.
    let config = unsafe { read(config) }?.known()?;
    // SAFETY: as the caller promises.
    unsafe { place(storage, relink_core::Link::new(config)) }
}

/// # Safety
/// As [`relink_link_step`].
pub(crate) unsafe fn step<S: Storage<Machine = relink_core::Link<H>>, H: Pairing>(
    storage: *mut S,
    (now_ms, roll): (u64, u32),
    event: *const Event,
    reaction: *mut Reaction,
) -> Result<(), Status> {
    // SAFETY: as the caller promises.
    unsafe { write(reaction, Reaction::IGNORED) }?;
    // SAFETY: as the caller promises.
    let event = unsafe { read(event) }?.known()?;
    // SAFETY: as the caller promises.
    let done = unsafe { enter(storage, |link| link.step(Instant::from_millis(now_ms), roll, event)) }?;
    // SAFETY: as the caller promises.
    unsafe { write(reaction, Reaction::of(done)) }
}

/// # Safety
/// As [`relink_link_deadline`].
pub(crate) unsafe fn deadline<S: Storage<Machine = relink_core::Link<H>>, H: Pairing>(
    storage: *const S,
    deadline_ms: *mut u64,
) -> Result<(), Status> {
    // SAFETY: as the caller promises.
    let deadline = unsafe { enter(storage, |link| link.deadline()) }?;
    // SAFETY: as the caller promises.
    unsafe { write(deadline_ms, deadline.map_or(NEVER, Instant::as_millis)) }
}

/// # Safety
/// As [`relink_link_view`].
pub(crate) unsafe fn view<S: Storage<Machine = relink_core::Link<H>>, H: Pairing>(
    storage: *const S,
    view: *mut View,
) -> Result<(), Status> {
    // SAFETY: as the caller promises.
    let read = unsafe { enter(storage, |link| View::of(link)) }?;
    // SAFETY: as the caller promises.
    unsafe { write(view, read) }
}

/// # Safety
/// As [`relink_link_config`].
pub(crate) unsafe fn config<S: Storage<Machine = relink_core::Link<H>>, H: Pairing>(
    storage: *const S,
    config: *mut Config,
) -> Result<(), Status> {
    // SAFETY: as the caller promises.
    let applied = unsafe { enter(storage, |link| Config::of(link.config())) }?;
    // SAFETY: as the caller promises.
    unsafe { write(config, applied) }
}
