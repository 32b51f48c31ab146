//! Owns what is stored: every entry in one order, the newest of each lane, and the ids that are known.

use std::collections::{BTreeMap, HashMap, VecDeque};

use tokio::time::Instant;

use crate::{Appended, Entry, Envelope, Fault, Last, Refused, Settings, Token};

#[derive(Debug, Default)]
pub(super) struct Log {
    sequence: u64,
    bytes: u64,
    envelopes: BTreeMap<u64, Stored>,
    lanes: HashMap<u16, (Last, Instant)>,
    ids: HashMap<Box<str>, u64>,
    /// The ids in the order of their coming.
    known: VecDeque<(Instant, Box<str>)>,
}

#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) token: Token,
    pub(super) envelope: Envelope,
    at: Instant,
}

impl Log {
    /// Lets go of what is older than it may be.
    pub(super) fn forget(&mut self, settings: &Settings, now: Instant) {
        while let Some(oldest) = self.envelopes.first_entry() {
            if now - oldest.get().at < settings.max_age {
                break;
            }
            self.bytes -= weight(&oldest.remove().envelope);
        }
        self.lanes.retain(|_, (_, at)| now - *at < settings.max_age);
        while let Some((_, id)) = self.known.pop_front_if(|(at, _)| now - *at >= settings.duplicate_window) {
            self.ids.remove(&id);
        }
    }

    pub(super) fn last(&self, lane: u16) -> Option<Last> {
        self.lanes.get(&lane).map(|(last, _)| *last)
    }

    pub(super) fn get(&self, sequence: u64) -> Option<&Stored> {
        self.envelopes.get(&sequence)
    }

    pub(super) fn append(
        &mut self,
        settings: &Settings,
        lane: u16,
        expected: u64,
        token: Token,
        entry: Entry<'_>,
    ) -> Result<Appended, Refused> {
        if let Entry::Envelope(envelope) = entry
            && let Some(sequence) = self.ids.get(&envelope.id)
        {
            return Ok(Appended::Duplicate(*sequence));
        }
        if self.last(lane).map_or(0, |last| last.sequence) != expected {
            return Err(Refused::Conflict);
        }
        let at = Instant::now();
        if let Entry::Envelope(envelope) = entry {
            self.keep(settings, token, envelope, at)?;
        }
        self.sequence += 1;
        self.lanes.insert(lane, (Last { sequence: self.sequence, token }, at));
        Ok(Appended::New(self.sequence))
    }

    /// Appends an envelope to no lane.
    pub(super) fn add(&mut self, settings: &Settings, token: Token, envelope: &Envelope) -> Result<Appended, Refused> {
        if let Some(sequence) = self.ids.get(&envelope.id) {
            return Ok(Appended::Duplicate(*sequence));
        }
        self.keep(settings, token, envelope, Instant::now())?;
        self.sequence += 1;
        Ok(Appended::New(self.sequence))
    }

    /// Keeps what is stored next.
    fn keep(&mut self, settings: &Settings, token: Token, envelope: &Envelope, at: Instant) -> Result<(), Refused> {
        let bytes = self.bytes.saturating_add(weight(envelope));
        if bytes > settings.max_bytes {
            return Err(Fault::Full.into());
        }
        self.bytes = bytes;
        self.ids.insert(envelope.id.clone(), self.sequence + 1);
        self.known.push_back((at, envelope.id.clone()));
        self.envelopes.insert(self.sequence + 1, Stored { token, envelope: envelope.clone(), at });
        Ok(())
    }
}

fn weight(envelope: &Envelope) -> u64 {
    (envelope.id.len() + envelope.key.len() + envelope.payload.len()) as u64
}
