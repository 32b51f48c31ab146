//! Owns the leases' cells.

use std::collections::BTreeMap;

use tokio::time::Instant;

use crate::{Cell, Group, Record, Refused};

#[derive(Debug, Default)]
pub(super) struct Cells {
    revision: u64,
    cells: BTreeMap<Group, (Cell, Instant)>,
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
}
