//! Owns the outbox for C: what waits while the link is down.

use crate::Status;
use crate::argument::{usable, write};
use crate::status::status;
use crate::storage::{Storage, enter, fits, place};

/// The most messages that an outbox holds. To hold fewer, give each the weight 1 and the outbox a smaller weight.
pub const OUTBOX_MESSAGES_MAX: usize = 32;

/// Storage of an outbox: messages in order, at most RELINK_OUTBOX_MESSAGES_MAX of them. It keeps a token for each, an index or a handle of
/// the caller's; the bytes stay with the caller. It may be copied: a copy is an outbox of its own.
#[repr(C)]
pub struct Outbox {
    opaque: [u64; 38],
}

// SAFETY: `repr(C)` and numbers only.
unsafe impl Storage for Outbox {
    type Machine = relink_core::Outbox<u32, OUTBOX_MESSAGES_MAX>;
    const MARK: u32 = 0x114B_0004;
    const STAYS: bool = false;
}

const _: () = fits::<Outbox>();

/// What happens to a message that does not fit.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// It is not taken: RELINK_STATUS_FULL.
    Refuse = 0,
    /// The oldest ones make room.
    DropOldest = 1,
    /// It is dropped itself.
    DropNewest = 2,
}

/// The messages that were dropped to make room: their bytes are the caller's again.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// How many, 0 to RELINK_OUTBOX_MESSAGES_MAX.
    pub count: u32,
    /// So many tokens, oldest first; the others are 0.
    pub tokens: [u32; OUTBOX_MESSAGES_MAX],
}

/// What can be read of an outbox.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutboxFigures {
    /// Messages waiting, 0 to RELINK_OUTBOX_MESSAGES_MAX.
    pub messages: u32,
    /// The weight of all that waits.
    pub weight: u32,
}

/// Makes an empty outbox in this storage, whatever was there. `weight_max` bounds the weight of all that waits, in a unit of the
/// caller's (bytes, usually); `when_full` is one of enum relink_when_full.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_outbox_init(outbox: *mut Outbox, weight_max: u32, when_full: u8) -> Status {
    let when_full = match when_full {
        kind if kind == WhenFull::Refuse as u8 => relink_core::WhenFull::Refuse,
        kind if kind == WhenFull::DropOldest as u8 => relink_core::WhenFull::DropOldest,
        kind if kind == WhenFull::DropNewest as u8 => relink_core::WhenFull::DropNewest,
        _ => return Status::Invalid,
    };
    // SAFETY: as C promises, the pointer is null or points to one of these.
    status(unsafe { place(outbox, relink_core::Outbox::new(weight_max, when_full)) })
}

/// Puts a message of this weight behind the others, and writes which ones were dropped for it: with RELINK_WHEN_FULL_DROP_NEWEST it
/// may be itself. RELINK_STATUS_FULL or RELINK_STATUS_TOO_HEAVY: it was not taken, and nothing was dropped.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_outbox_push(outbox: *mut Outbox, token: u32, weight: u32, dropped: *mut Dropped) -> Status {
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe { push(outbox, (token, weight), dropped) })
}

/// Takes the oldest message out and writes its token. RELINK_STATUS_EMPTY if there is none.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_outbox_pop(outbox: *mut Outbox, token: *mut u32) -> Status {
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe { taken(outbox, token, relink_core::Outbox::pop) })
}

/// Writes the token of the oldest message, which stays. RELINK_STATUS_EMPTY if there is none.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_outbox_peek(outbox: *const Outbox, token: *mut u32) -> Status {
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe { taken(outbox, token, |outbox| outbox.peek().copied()) })
}

/// Writes what can be read of an outbox.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_outbox_view(outbox: *const Outbox, view: *mut OutboxFigures) -> Status {
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe { self::view(outbox, view) })
}

/// cbindgen:ignore
type Machine = <Outbox as Storage>::Machine;

impl Dropped {
    const NONE: Self = Self { count: 0, tokens: [0; OUTBOX_MESSAGES_MAX] };

    fn add(&mut self, token: u32) {
        if let Some(place) = self.tokens.get_mut(self.count as usize) {
            *place = token;
            self.count = self.count.saturating_add(1);
        }
    }
}

/// # Safety
/// As [`relink_outbox_push`].
unsafe fn push(outbox: *mut Outbox, (token, weight): (u32, u32), dropped: *mut Dropped) -> Result<(), Status> {
    // SAFETY: as the caller promises.
    unsafe { write(dropped, Dropped::NONE) }?;
    let mut none = Dropped::NONE;
    // SAFETY: as the caller promises.
    let pushed = unsafe { enter(outbox, |outbox| outbox.push(token, weight, |token| none.add(token))) }?;
    // SAFETY: as the caller promises.
    unsafe { write(dropped, none) }?;
    pushed.map_err(|refused| match refused {
        relink_core::Refused::Full(_) => Status::Full,
        relink_core::Refused::TooHeavy(_) => Status::TooHeavy,
    })
}

/// # Safety
/// As [`relink_outbox_pop`].
unsafe fn taken(outbox: *const Outbox, token: *mut u32, take: impl FnOnce(&mut Machine) -> Option<u32>) -> Result<(), Status> {
    usable(token)?;
    // SAFETY: as the caller promises.
    let taken = unsafe { enter(outbox, take) }?.ok_or(Status::Empty)?;
    // SAFETY: as the caller promises.
    unsafe { write(token, taken) }
}

/// # Safety
/// As [`relink_outbox_view`].
unsafe fn view(outbox: *const Outbox, view: *mut OutboxFigures) -> Result<(), Status> {
    let read = |outbox: &mut Machine| OutboxFigures { messages: u32::try_from(outbox.len()).unwrap_or(u32::MAX), weight: outbox.weight() };
    // SAFETY: as the caller promises.
    let read = unsafe { enter(outbox, read) }?;
    // SAFETY: as the caller promises.
    unsafe { write(view, read) }
}
