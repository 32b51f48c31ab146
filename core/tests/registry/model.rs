//! The model: a registry that is a plain list, which is searched from end to end and counted anew for every question.

use relink_core::registry::{Limits, Refusal};

pub(crate) type Id = u8;
pub(crate) type Group = u8;

/// A connection, under the number of its admission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) number: usize,
    pub(crate) group: Group,
    pub(crate) identity: Option<Id>,
    pub(crate) replaced: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) limits: Limits,
    /// How many more connections each slot can hold: they are taken in the order in which they became free.
    slots: Vec<u32>,
    pub(crate) rows: Vec<Row>,
    pub(crate) admitted: usize,
    /// The slot of each connection that is there.
    places: Vec<(usize, usize)>,
    free: Vec<usize>,
}

impl Model {
    pub(crate) fn new(limits: Limits, slots: &[u32]) -> Self {
        let mut model = Self { limits, slots: Vec::new(), rows: Vec::new(), admitted: 0, places: Vec::new(), free: Vec::new() };
        model.grow(slots);
        model
    }

    /// Slots are added, each of which can hold so many connections.
    pub(crate) fn grow(&mut self, slots: &[u32]) {
        for left in slots {
            self.free.extend((*left > 0).then_some(self.slots.len()));
            self.slots.push(*left);
        }
    }

    pub(crate) fn admit(&mut self, group: Group, identity: Option<Id>) -> Result<(usize, Option<usize>), Refusal> {
        let older = self.find(identity);
        let serving = |row: &&Row| !row.replaced && Some(row.number) != older;
        let in_all = self.rows.iter().filter(serving).count() as u32;
        let of_group = self.rows.iter().filter(serving).filter(|row| row.group == group).count() as u32;
        if self.limits.connections_max > 0 && in_all >= self.limits.connections_max {
            return Err(Refusal::InAll);
        }
        if self.limits.group_max > 0 && of_group >= self.limits.group_max {
            return Err(Refusal::OfGroup);
        }
        if self.free.is_empty() {
            return Err(Refusal::Memory);
        }
        self.replace(older);
        let number = self.admitted;
        self.admitted += 1;
        self.places.push((number, self.free.remove(0)));
        self.rows.push(Row { number, group, identity, replaced: false });
        Ok((number, older))
    }

    pub(crate) fn identify(&mut self, number: usize, identity: Id) -> Option<Option<usize>> {
        let at = self.rows.iter().position(|row| row.number == number && !row.replaced)?;
        let older = self.find(Some(identity)).filter(|older| *older != number);
        self.replace(older);
        self.rows[at].identity = Some(identity);
        Some(older)
    }

    pub(crate) fn remove(&mut self, number: usize) -> Option<Row> {
        let at = self.rows.iter().position(|row| row.number == number)?;
        let place = self.places.iter().position(|(other, _)| *other == number).expect("each has a place");
        let (_, slot) = self.places.remove(place);
        self.slots[slot] -= 1;
        self.free.extend((self.slots[slot] > 0).then_some(slot));
        Some(self.rows.remove(at))
    }

    pub(crate) fn find(&self, identity: Option<Id>) -> Option<usize> {
        let found = self.rows.iter().find(|row| !row.replaced && identity.is_some() && row.identity == identity);
        found.map(|row| row.number)
    }

    pub(crate) fn row(&self, number: usize) -> Option<Row> {
        self.rows.iter().find(|row| row.number == number).copied()
    }

    pub(crate) fn in_group(&self, group: Group) -> u32 {
        self.rows.iter().filter(|row| !row.replaced && row.group == group).count() as u32
    }

    pub(crate) fn replaced(&self) -> u32 {
        self.rows.iter().filter(|row| row.replaced).count() as u32
    }

    pub(crate) fn retired(&self) -> u32 {
        self.slots.iter().filter(|left| **left == 0).count() as u32
    }

    /// The numbers of those that are there, in the order of their slots.
    pub(crate) fn round(&self) -> Vec<usize> {
        let mut places = self.places.clone();
        places.sort_by_key(|(_, slot)| *slot);
        places.into_iter().map(|(number, _)| number).collect()
    }

    pub(crate) fn capacity(&self) -> usize {
        self.slots.len()
    }

    fn replace(&mut self, number: Option<usize>) {
        self.rows.iter_mut().filter(|row| Some(row.number) == number).for_each(|row| row.replaced = true);
    }
}
