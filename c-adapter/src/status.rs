//! Owns the answer of every function: done, or why not.

/// What became of a call. Whatever is not RELINK_STATUS_OK has changed nothing, and has written nothing but, where that is
/// said, a harmless answer.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Done.
    Ok = 0,
    /// A pointer is null that must not be. A mistake in the program.
    Null = 1,
    /// A pointer is not aligned as its type demands. A mistake in the program.
    Misaligned = 2,
    /// The storage was never initialised, was overwritten, is of another kind, or is a copy of what must not be copied.
    Uninitialised = 3,
    /// Another call on this storage is under way: this one came from an interrupt in the midst of it. Queue what happened
    /// and tell it later.
    Busy = 4,
    /// A value is none of those documented, such as an unknown kind of event.
    Invalid = 5,
    /// The memory has fewer slots than that which it is to take the place of.
    TooSmall = 6,
    /// The memory that is lent overlaps with the one in use, or with the storage.
    Overlapping = 7,
    /// There is no room now: take some messages out, then try again.
    Full = 8,
    /// The message alone weighs more than the outbox holds: it can never be sent.
    TooHeavy = 9,
    /// There is nothing to take out.
    Empty = 10,
}

/// The status of what either went well or did not.
pub(crate) fn status(result: Result<(), Status>) -> Status {
    match result {
        Ok(()) => Status::Ok,
        Err(status) => status,
    }
}
