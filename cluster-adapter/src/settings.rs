//! What an engine is told: times, sizes, and how the queue is cut.

use std::time::Duration;

/// Times and sizes of an engine. All that share a name must be given the same.
///
/// Build on [`Settings::default`]: the numbers there suit a cluster of three NATS servers, where electing a new leader takes
/// 4 to 9 s, so that a lease much shorter falls with every restart of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long a lease holds that is not renewed.
    pub lease: Duration,
    /// The longest a single request to the engine may take. Its outcome is unknown afterwards.
    pub request_timeout: Duration,
    /// Into how many lanes the queue is cut, 1..=1024. One message a lane is on its way at a time.
    pub lanes: u16,
    /// How many partitions the lanes are dealt to, 1..=`lanes`. A partition is what one [`Consumer`](crate::Consumer) reads.
    pub partitions: u16,
    /// How long the queue keeps a message, whether it was worked on or not.
    pub max_age: Duration,
    /// The most bytes the queue keeps; more is refused ([`Fault::Full`](crate::Fault::Full)), nothing is pushed out.
    pub max_bytes: u64,
    /// How long an id is remembered, so that what is published again is not stored again. At most `max_age`.
    pub duplicate_window: Duration,
    /// How long a delivery may stay without an answer or a sign of progress before it is delivered again.
    pub ack_wait: Duration,
    /// How often a message is delivered before it is a dead letter. At least 1.
    pub max_deliver: u16,
    /// How many messages of a partition may be delivered and unanswered.
    pub max_ack_pending: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(15),
            request_timeout: Duration::from_secs(2),
            lanes: 64,
            partitions: 8,
            max_age: Duration::from_secs(48 * 3600),
            max_bytes: 4 << 30,
            duplicate_window: Duration::from_secs(15 * 60),
            ack_wait: Duration::from_secs(30),
            max_deliver: 5,
            max_ack_pending: 256,
        }
    }
}

const LANES_MAX: u16 = 1024;
const TIME_MIN: Duration = Duration::from_millis(100);
const ASKED_FOR_MIN: Duration = Duration::from_millis(500);
const ASKED_FOR_MAX: Duration = Duration::from_secs(2);

impl Settings {
    /// The same, each number within its bounds.
    #[must_use]
    pub fn clamped(mut self) -> Self {
        self.lanes = self.lanes.clamp(1, LANES_MAX);
        self.partitions = self.partitions.clamp(1, self.lanes);
        self.max_deliver = self.max_deliver.max(1);
        self.max_ack_pending = self.max_ack_pending.max(1);
        self.max_bytes = self.max_bytes.clamp(1, i64::MAX as u64);
        for time in [&mut self.lease, &mut self.max_age, &mut self.ack_wait, &mut self.duplicate_window, &mut self.request_timeout] {
            *time = (*time).max(TIME_MIN);
        }
        self.duplicate_window = self.duplicate_window.min(self.max_age);
        self
    }

    /// The lane that messages of this key take: the same on every machine and in every version.
    #[must_use]
    pub fn lane_of(&self, key: &str) -> u16 {
        // FNV-1a, whose middle bits hardly follow the last bytes; then the first half of MurmurHash3's finalizer spreads those over all.
        let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        u16::try_from((hash >> 32) % u64::from(self.lanes.max(1))).unwrap_or(0)
    }

    /// The partition that a lane was dealt to.
    #[must_use]
    pub const fn partition_of(&self, lane: u16) -> u16 {
        if self.partitions == 0 { 0 } else { lane % self.partitions }
    }

    /// How often somebody who waits for a lease looks whether it ended: no engine tells.
    #[must_use]
    pub fn poll(&self) -> Duration {
        (self.lease / 15).clamp(Duration::from_millis(50), Duration::from_secs(1))
    }

    /// How long a request for deliveries may last at a server. One that nobody waits for any more, of a connection that was cut, takes
    /// deliveries into the void until then, each of them counted. And it is over before a lease is: a process that was stopped swallows nothing of
    /// the next owner's.
    #[must_use]
    pub fn asked_for(&self) -> Duration {
        (self.lease / 2).clamp(ASKED_FOR_MIN, ASKED_FOR_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn keys_spread_over_all_lanes_and_stay_where_they_are() {
        let settings = Settings::default();
        let mut hits = [0_u32; 64];
        for key in 0..6400 {
            hits[usize::from(settings.lane_of(&format!("C{key}")))] += 1;
        }
        assert!(hits.iter().all(|hits| (50..200).contains(hits)), "{hits:?}");
        assert_eq!(["", "C024BE91L", "U1"].map(|key| settings.lane_of(key)), [50, 27, 56], "what is stored depends on it");
    }

    #[test]
    fn nonsense_is_made_sense_of() {
        let settings = Settings { lanes: 0, partitions: 99, max_deliver: 0, ..Settings::default() }.clamped();
        assert_eq!((settings.lanes, settings.partitions, settings.max_deliver), (1, 1, 1));
        assert_eq!(settings.lane_of("any"), 0);
    }
}
