//! A drain's memory: its members in three rows, one behind the other, from which one can be drawn by chance.

use core::marker::PhantomData;

/// A cell of the memory that is lent to a [`Drain`](super::Drain). Never look into one: its content means something only there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Seat<K> {
    /// Who sits here.
    member: Option<K>,
    /// Where the member sits whose number is that of this seat.
    at: u32,
}

impl<K> Seat<K> {
    /// A seat to fill memory with: `[Seat::EMPTY; 64]`.
    pub const EMPTY: Self = Self { member: None, at: 0 };
}

impl<K> Default for Seat<K> {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// From first to last seat: those that were told nothing yet, those that wait for their Close, those that were told to close.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Seats<K, S> {
    memory: S,
    /// Where the first row ends, and the second begins.
    greeted: u32,
    /// Where the second row ends, and the third begins.
    closing: u32,
    /// Where the third row ends.
    end: u32,
    members: PhantomData<K>,
}

/// Why somebody gets no seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoSeat {
    /// The number is beyond the memory.
    Beyond,
    /// It is there already.
    There,
}

impl<K, S> Seats<K, S>
where
    K: Copy + Eq + Into<usize>,
    S: AsRef<[Seat<K>]> + AsMut<[Seat<K>]>,
{
    pub(super) fn new(mut memory: S) -> Self {
        memory.as_mut().fill(Seat::EMPTY);
        Self { memory, greeted: 0, closing: 0, end: 0, members: PhantomData }
    }

    /// Seats somebody in the first row, or if there is nothing to tell it in the second. Says who had the same number, and so
    /// must have gone.
    pub(super) fn add(&mut self, member: K, ungreeted: bool) -> Result<Option<K>, NoSeat> {
        let number = member.into();
        if number >= self.memory.as_ref().len() || u32::try_from(number).is_err() {
            return Err(NoSeat::Beyond);
        }
        let gone = match self.of_number(number) {
            Some(other) if other == member => return Err(NoSeat::There),
            Some(other) => Some(other).filter(|other| self.remove(*other)),
            None => None,
        };
        self.put(self.end, Some(member));
        self.swap(self.end, self.closing);
        self.end = self.end.saturating_add(1);
        if ungreeted {
            self.swap(self.closing, self.greeted);
            self.greeted = self.greeted.saturating_add(1);
        }
        self.closing = self.closing.saturating_add(1);
        Ok(gone)
    }

    /// Moves somebody from the first row to the second.
    pub(super) fn greet(&mut self) -> Option<K> {
        self.greeted = self.greeted.checked_sub(1)?;
        self.seat(self.greeted)?.member
    }

    /// Moves the one at this position of the second row to the third.
    pub(super) fn close(&mut self, position: u32) -> Option<K> {
        let last = self.closing.checked_sub(1)?;
        self.swap(self.greeted.saturating_add(position).min(last), last);
        self.closing = last;
        self.seat(last)?.member
    }

    /// Takes the last one out.
    pub(super) fn pop(&mut self) -> Option<K> {
        let last = self.seat(self.end.checked_sub(1)?)?.member?;
        self.remove(last).then_some(last)
    }

    /// Takes somebody out; the gap moves to the end of each row behind it.
    pub(super) fn remove(&mut self, member: K) -> bool {
        if self.of_number(member.into()) != Some(member) {
            return false;
        }
        let Some(mut at) = self.memory.as_ref().get(member.into()).map(|seat| seat.at) else { return false };
        for row in [Row::Ungreeted, Row::Waiting, Row::Closing] {
            let end = self.end_of(row);
            if at < *end {
                *end = end.saturating_sub(1);
                let last = *end;
                self.swap(at, last);
                at = last;
            }
        }
        self.put(at, None);
        true
    }

    /// The member with this number.
    fn of_number(&self, number: usize) -> Option<K> {
        let member = self.seat(self.memory.as_ref().get(number)?.at)?.member?;
        (member.into() == number).then_some(member)
    }

    fn end_of(&mut self, row: Row) -> &mut u32 {
        match row {
            Row::Ungreeted => &mut self.greeted,
            Row::Waiting => &mut self.closing,
            Row::Closing => &mut self.end,
        }
    }

    fn seat(&self, at: u32) -> Option<&Seat<K>> {
        self.memory.as_ref().get(at as usize)
    }

    fn swap(&mut self, one: u32, other: u32) {
        let (first, second) = (self.seat(one).and_then(|seat| seat.member), self.seat(other).and_then(|seat| seat.member));
        self.put(one, second);
        self.put(other, first);
    }

    /// Seats somebody, or nobody, here.
    fn put(&mut self, at: u32, member: Option<K>) {
        let seats = self.memory.as_mut();
        if let Some(seat) = seats.get_mut(at as usize) {
            seat.member = member;
        }
        if let Some(seat) = member.and_then(|member| seats.get_mut(member.into())) {
            seat.at = at;
        }
    }
}

impl<K, S> Seats<K, S> {
    /// Those that wait for their Close, told or not.
    pub(super) const fn waiting(&self) -> u32 {
        self.closing
    }

    /// Those that are to be told of the end first.
    pub(super) const fn ungreeted(&self) -> u32 {
        self.greeted
    }

    pub(super) const fn len(&self) -> u32 {
        self.end
    }
}

#[derive(Clone, Copy)]
enum Row {
    Ungreeted,
    Waiting,
    Closing,
}
