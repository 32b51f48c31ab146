//! Owns what is stored: every entry in one order, the newest of each lane, and the ids that are known.

use std::collections::{BTreeMap, HashMap, VecDeque};

use tokio::time::Instant;

use crate::{Appended, Entry, Envelope, Fault, Group, Lane, Last, Refused, Settings, Token};

#[derive(Debug, Default)]
pub(super) struct Log {
    sequence: u64,
    bytes: u64,
    envelopes: BTreeMap<u64, Stored>,
    /// As many as there were ever: whose age is over is looked at when it is asked for.
    lanes: BTreeMap<Group, HashMap<u16, (Last, Instant)>>,
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
        while let Some((_, id)) = self.known.pop_front_if(|(at, _)| now - *at >= settings.duplicate_window) {
            self.ids.remove(&id);
        }
    }

    /// The newest of a lane, if it was stored after that.
    pub(super) fn last(&self, lane: Lane<'_>, after: Option<Instant>) -> Option<Last> {
        let (last, at) = self.lanes.get(lane.group)?.get(&lane.number)?;
        after.is_none_or(|after| *at > after).then_some(*last)
    }

    pub(super) fn get(&self, sequence: u64) -> Option<&Stored> {
        self.envelopes.get(&sequence)
    }

    pub(super) fn append(
        &mut self,
        settings: &Settings,
        lane: Lane<'_>,
        expected: u64,
        token: Token,
        entry: Entry<'_>,
    ) -> Result<Appended, Refused> {
        if let Entry::Envelope(envelope) = entry
            && let Some(sequence) = self.ids.get(&envelope.id)
        {
            return Ok(Appended::Duplicate(*sequence));
        }
        let at = Instant::now();
        if self.last(lane, at.checked_sub(settings.max_age)).map_or(0, |last| last.sequence) != expected {
            return Err(Refused::Conflict);
        }
        if let Entry::Envelope(envelope) = entry {
            self.keep(settings, token, envelope, at)?;
        }
        self.sequence += 1;
        let last = Last { sequence: self.sequence, token };
        match self.lanes.get_mut(lane.group) {
            Some(lanes) => _ = lanes.insert(lane.number, (last, at)),
            None => _ = self.lanes.insert(lane.group.clone(), HashMap::from([(lane.number, (last, at))])),
        }
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
