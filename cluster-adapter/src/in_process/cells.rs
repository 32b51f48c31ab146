//! Owns the leases' cells, and who is there.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;

use crate::{Cell, Group, Holder, Record, Refused};

#[derive(Debug, Default)]
pub(super) struct Cells {
    revision: u64,
    cells: BTreeMap<Group, (Cell, Instant)>,
    members: BTreeMap<Group, BTreeMap<Holder, Instant>>,
}

impl Cells {
    pub(super) fn read(&self, group: &Group, now: Instant) -> Cell {
        let cell = self.cells.get(group).filter(|(_, ends)| now < *ends).map(|(cell, _)| cell.clone());
        cell.unwrap_or(Cell { revision: 0, record: None })
    }

    pub(super) fn write(
        &mut self,
        group: &Group,
        expected: u64,
        record: Option<&Record>,
        now: Instant,
        ends: Instant,
    ) -> Result<u64, Refused> {
        if self.read(group, now).revision != expected {
            return Err(Refused::Conflict);
        }
        self.revision += 1;
        self.cells.insert(group.clone(), (Cell { revision: self.revision, record: record.cloned() }, ends));
        Ok(self.revision)
    }

    pub(super) fn announce(&mut self, group: &Group, member: &Holder, ends: Instant) {
        self.members.entry(group.clone()).or_default().insert(member.clone(), ends);
    }

    pub(super) fn withdraw(&mut self, group: &Group, member: &Holder) {
        self.members.entry(group.clone()).or_default().remove(member);
    }

    pub(super) fn members(&mut self, group: &Group, now: Instant) -> BTreeSet<Holder> {
        let Some(members) = self.members.get_mut(group) else { return BTreeSet::new() };
        members.retain(|_, ends| now < *ends);
        members.keys().cloned().collect()
    }
}
