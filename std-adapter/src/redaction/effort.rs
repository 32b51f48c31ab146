//! The count of the bytes that are looked at, by which the tests prove that this grows as the text does.

#[cfg(test)]
thread_local! {
    static BYTES: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// So many bytes are looked at.
#[cfg(test)]
pub(super) fn spend(bytes: usize) {
    BYTES.set(BYTES.get() + bytes);
}

/// Counted in tests only.
#[cfg(not(test))]
pub(super) const fn spend(_: usize) {}

/// How many bytes `work` looks at.
#[cfg(test)]
pub(super) fn of(work: impl FnOnce()) -> usize {
    let before = BYTES.get();
    work();
    BYTES.get() - before
}
