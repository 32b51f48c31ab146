//! Owns moving and copying bytes in a way in which the compiler sees that nothing can be out of bounds.

use core::ops::Range;

/// Moves a part of a buffer to an earlier place. Nothing moves, if there is no such part or no such place.
pub(super) fn move_down(buffer: &mut [u8], part: Range<usize>, to: usize) {
    let Some(gap) = part.start.checked_sub(to) else { return };
    if let Some(all) = buffer.get_mut(to..part.end)
        && gap <= all.len()
    {
        all.copy_within(gap.., 0);
    }
}

/// Copies all of `bytes` to this place; false, if they do not fit.
pub(super) fn copy(buffer: &mut [u8], to: usize, bytes: &[u8]) -> bool {
    match buffer.get_mut(to..to.saturating_add(bytes.len())) {
        Some(room) => {
            room.iter_mut().zip(bytes).for_each(|(room, byte)| *room = *byte);
            true
        }
        None => false,
    }
}
