//! Owns the ledger for C: what was received and is to be acknowledged by when.

use relink_core::{Attempt, Instant, Millis, ledger};

use crate::argument::{Plain, read, usable, write};
use crate::config::yes_no;
use crate::id::Key;
use crate::lent::{Extent, Lent};
use crate::status::status;
use crate::storage::{Storage, enter, fits, place};
use crate::{Answer, Fate, Id, NEVER, Notice, Received, Slot, Status};

/// Storage of a ledger: account of envelopes, which a peer delivers at least once and expects to be acknowledged. It must stay where it
/// was initialised: a copy is answered with RELINK_STATUS_UNINITIALISED.
#[repr(C)]
pub struct Ledger {
    opaque: [u64; 21],
}

// SAFETY: `repr(C)` and numbers only.
unsafe impl Storage for Ledger {
    type Machine = Account;
    const MARK: u32 = 0x114B_0003;
    const STAYS: bool = true;
}

const _: () = fits::<Ledger>();

/// A ledger, and where the memory is that was lent to it.
pub(crate) struct Account {
    ledger: ledger::Ledger<Id, Lent, Key>,
    memory: Extent,
}

/// What a peer expects of acknowledgements. Every value is valid. All times are milliseconds, 0 to 4294967295 (49.7 days).
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The time after a delivery at which its acknowledgement becomes pressing; 0, or not below due_after_ms: no warning.
    pub warn_after_ms: u32,
    /// The time after a delivery within which the peer expects the acknowledgement; 0: it may take for ever.
    pub due_after_ms: u32,
    /// How long after its last acknowledgement an envelope is known; 0: it is forgotten at once.
    pub remember_for_ms: u32,
}

// SAFETY: numbers without a gap between them.
unsafe impl Plain for Terms {}

/// What can be read of a ledger.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LedgerFigures {
    /// The number of slots of its memory.
    pub slots: u32,
    /// Envelopes in hand, wherever they came from; those whose connections are gone are among them.
    pub in_hand: u32,
    /// Acknowledged envelopes that take memory.
    pub remembered: u32,
    /// Whether at this time anything new can be recorded without forgetting what should still be remembered.
    pub has_room: bool,
    /// Acknowledged envelopes that were forgotten before their time to make room: their redelivery would be handed out again.
    pub forgotten_early: u64,
    /// How often the answer was RELINK_RECEIVED_UNRECORDED or RELINK_RECEIVED_UNJOINED.
    pub unrecorded: u64,
}

/// Writes terms that suit many: due in 3 s, a warning after 2.5 s, remembered for 10 min.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_terms_default(terms: *mut Terms) -> Status {
    let ledger::Terms { warn_after, due_after, remember_for } = ledger::Terms::DEFAULT;
    let default = Terms { warn_after_ms: warn_after.get(), due_after_ms: due_after.get(), remember_for_ms: remember_for.get() };
    // SAFETY: as C promises, the pointer is null or points to one of these.
    status(unsafe { write(terms, default) })
}

/// Makes an empty ledger in this storage, whatever was there, with memory of `slots_count` slots, which is overwritten and belongs to the
/// ledger from here on.
///
/// What is remembered takes one slot; what is in hand takes one, and one more on each connection that brought it; a connection with
/// something in hand takes one. `key` is 16 bytes drawn by chance, which the peer cannot know; they are copied.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_ledger_init(
    ledger: *mut Ledger,
    slots: *mut Slot,
    slots_count: u32,
    terms: *const Terms,
    key: *const u8,
) -> Status {
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe { init(ledger, (slots, slots_count), terms, key) })
}

/// Takes note of an envelope that came on the connection of `attempt`, and writes what to do with it. `redelivered` is 1 if the peer
/// delivers it again should it not be acknowledged, else 0.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_ledger_received(
    ledger: *mut Ledger,
    now_ms: u64,
    id: *const Id,
    attempt: u32,
    redelivered: u8,
    received: *mut Received,
) -> Status {
    let came = |id| Ok((Instant::from_millis(now_ms), id, Attempt::from_number(attempt), yes_no(redelivered)?));
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe {
        with_id(ledger, id, received, came, |ledger, (now, id, on, redelivered)| Received::of(ledger.received(now, id, on, redelivered)))
    })
}

/// The user has acknowledged an envelope: writes where to send that, one connection at a call. Call until it is no longer
/// RELINK_ANSWER_ON.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_ledger_acknowledge(ledger: *mut Ledger, now_ms: u64, id: *const Id, answer: *mut Answer) -> Status {
    let now = Instant::from_millis(now_ms);
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe { with_id(ledger, id, answer, Ok, |ledger, id| Answer::of(ledger.acknowledge(now, &id))) })
}

/// The user has dropped an envelope without an acknowledgement: writes what becomes of it. It is forgotten: should it come again, it is
/// RELINK_RECEIVED_NEW.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_ledger_dropped(ledger: *mut Ledger, id: *const Id, fate: *mut Fate) -> Status {
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe { with_id(ledger, id, fate, Ok, |ledger, id| ledger.dropped(&id).map_or(Fate::Nothing, Fate::of)) })
}

/// Nothing more can be sent on the connection of `attempt`: writes how many envelopes in hand that concerns. Each of them is told by
/// relink_ledger_timeout, which is due at once.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_ledger_lost(ledger: *mut Ledger, now_ms: u64, attempt: u32, unanswered: *mut u32) -> Status {
    let (now, on) = (Instant::from_millis(now_ms), Attempt::from_number(attempt));
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe { with(ledger, unanswered, |ledger| ledger.lost(now, on)) })
}

/// Writes the next thing to tell, if anything is due; call until it is RELINK_NOTICE_NOTHING. Safe to call at any time.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_ledger_timeout(ledger: *mut Ledger, now_ms: u64, notice: *mut Notice) -> Status {
    let now = Instant::from_millis(now_ms);
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe { with(ledger, notice, |ledger| ledger.timeout(now).map_or(Notice::NOTHING, Notice::of)) })
}

/// Writes when relink_ledger_timeout has something to tell, in milliseconds on the ledger's clock; RELINK_NEVER if nothing is waited for.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_ledger_deadline(ledger: *const Ledger, deadline_ms: *mut u64) -> Status {
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe { with(ledger, deadline_ms, |ledger| ledger.deadline().map_or(NEVER, Instant::as_millis)) })
}

/// Writes how many envelopes wait for an answer on the connection of `attempt`. When a connection that is being drained comes to 0, that is
/// RELINK_EVENT_DRAINED.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_ledger_in_hand(ledger: *const Ledger, attempt: u32, in_hand: *mut u32) -> Status {
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe { with(ledger, in_hand, |ledger| ledger.in_hand(Attempt::from_number(attempt))) })
}

/// Moves a ledger into other memory, which is overwritten; the old memory is the caller's again. RELINK_STATUS_TOO_SMALL if the new memory
/// has fewer slots (the ledger stays where it is), RELINK_STATUS_OVERLAPPING if both have a byte in common.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_ledger_exchange(ledger: *mut Ledger, slots: *mut Slot, slots_count: u32) -> Status {
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe { exchange(ledger, slots, slots_count) })
}

/// Writes what can be read of a ledger at this time.
///
/// # Safety
/// See the rules at the head of relink.h.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn relink_ledger_view(ledger: *const Ledger, now_ms: u64, view: *mut LedgerFigures) -> Status {
    let now = Instant::from_millis(now_ms);
    // SAFETY: as C promises, each pointer is null or points to what it says.
    status(unsafe { with(ledger, view, |ledger| LedgerFigures::of(ledger, now)) })
}

/// cbindgen:ignore
type Machine = ledger::Ledger<Id, Lent, Key>;

impl LedgerFigures {
    fn of(ledger: &Machine, now: Instant) -> Self {
        Self {
            slots: u32::try_from(ledger.capacity()).unwrap_or(u32::MAX),
            in_hand: ledger.in_hand_in_all(),
            remembered: ledger.remembered(),
            has_room: ledger.has_room(now),
            forgotten_early: ledger.forgotten_early(),
            unrecorded: ledger.unrecorded(),
        }
    }
}

/// # Safety
/// As [`relink_ledger_init`].
unsafe fn init(ledger: *mut Ledger, (slots, count): (*mut Slot, u32), terms: *const Terms, key: *const u8) -> Result<(), Status> {
    usable(ledger)?;
    // SAFETY: as the caller promises.
    let Terms { warn_after_ms, due_after_ms, remember_for_ms } = unsafe { read(terms) }?;
    // SAFETY: as the caller promises: there are 16 bytes.
    let key = Key(unsafe { read(key.cast::<[u8; 16]>()) }?);
    let terms = ledger::Terms {
        warn_after: Millis::new(warn_after_ms),
        due_after: Millis::new(due_after_ms),
        remember_for: Millis::new(remember_for_ms),
    };
    let memory = Extent::of(slots, count)?;
    if memory.overlaps(&Extent::object(ledger)) {
        return Err(Status::Overlapping);
    }
    // SAFETY: as the caller promises.
    let ledger_there = ledger::Ledger::new(terms, unsafe { Lent::new(slots, &memory) }, key);
    // SAFETY: as the caller promises.
    unsafe { place(ledger, Account { ledger: ledger_there, memory }) }
}

/// # Safety
/// As [`relink_ledger_exchange`].
unsafe fn exchange(ledger: *mut Ledger, slots: *mut Slot, count: u32) -> Result<(), Status> {
    let memory = Extent::of(slots, count)?;
    let own = Extent::object(ledger);
    let move_in = |account: &mut Account| {
        if memory.count() < account.memory.count() {
            return Err(Status::TooSmall);
        }
        if memory.overlaps(&account.memory) || memory.overlaps(&own) {
            return Err(Status::Overlapping);
        }
        // SAFETY: as the caller promises; and not the memory in use, as was just seen.
        let lent = unsafe { Lent::new(slots, &memory) };
        account.ledger.exchange(lent).map_err(|_| Status::TooSmall)?;
        account.memory = memory;
        Ok(())
    };
    // SAFETY: as the caller promises.
    unsafe { enter(ledger, move_in) }?
}

/// Acts on a ledger and gives the caller the answer.
///
/// # Safety
/// Each pointer is null, misaligned, or points to what it says.
unsafe fn with<R: Copy>(ledger: *const Ledger, answer: *mut R, act: impl FnOnce(&mut Machine) -> R) -> Result<(), Status> {
    usable(answer)?;
    // SAFETY: as the caller promises.
    let said = unsafe { enter(ledger, |account: &mut Account| act(&mut account.ledger)) }?;
    // SAFETY: as the caller promises.
    unsafe { write(answer, said) }
}

/// The same about an envelope.
///
/// # Safety
/// Each pointer is null, misaligned, or points to what it says.
unsafe fn with_id<T, R: Copy>(
    ledger: *const Ledger,
    id: *const Id,
    answer: *mut R,
    check: impl FnOnce(Id) -> Result<T, Status>,
    act: impl FnOnce(&mut Machine, T) -> R,
) -> Result<(), Status> {
    // SAFETY: as the caller promises.
    let known = check(unsafe { read(id) }?)?;
    // SAFETY: as the caller promises.
    unsafe { with(ledger, answer, |ledger| act(ledger, known)) }
}
