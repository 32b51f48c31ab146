//! Owns the subject on which a delivery is answered, as the server writes it (NATS ADR-15).
//!
//! `$JS.ACK.[domain.account.]stream.consumer.delivered.stream sequence.consumer sequence.time.pending[.chance]`

/// What it tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) sequence: u64,
    pub(super) delivered: u64,
    /// The number of this delivery among all of the consumer's.
    pub(super) delivery: u64,
}

const PREFIX: &str = "$JS.ACK.";
/// Words before the numbers: stream and consumer, or domain and account before them.
const SHORT: usize = 2;
const LONG: usize = 4;
/// So many words there are at least where domain and account are told.
const LONG_MIN: usize = 9;

impl Reply {
    pub(super) fn read(subject: &str) -> Option<Self> {
        let words = || subject.strip_prefix(PREFIX).map(|rest| rest.split('.'));
        let skipped = if words()?.count() >= LONG_MIN { LONG } else { SHORT };
        let mut numbers = words()?.skip(skipped).map(|word| word.parse().ok());
        Some(Self { delivered: numbers.next()??, sequence: numbers.next()??, delivery: numbers.next()?? })
    }
}

/// Where to answer for whatever was delivered of this place in the queue, whoever was given it. `delivery` is the number of any
/// delivery of the consumer's that is not done with.
pub(super) fn of(stream: &str, consumer: &str, sequence: u64, delivery: u64) -> String {
    format!("{PREFIX}{stream}.{consumer}.1.{sequence}.{delivery}.0.0")
}

#[cfg(test)]
mod tests {
    use super::{Reply, of};

    #[test]
    fn both_forms_are_read() {
        let told = Some(Reply { sequence: 103, delivered: 2, delivery: 57 });
        assert_eq!(Reply::read("$JS.ACK.q.p0.2.103.57.1700000000000000000.9"), told);
        assert_eq!(Reply::read("$JS.ACK._.ACCOUNT.q.p0.2.103.57.1700000000000000000.9"), told);
        assert_eq!(Reply::read("$JS.ACK._.ACCOUNT.q.p0.2.103.57.1700000000000000000.9.chance"), told);
        assert_eq!(Reply::read(&of("q", "p0", 103, 57)), Some(Reply { sequence: 103, delivered: 1, delivery: 57 }));
        for other in ["", "$JS.ACK", "$JS.ACK.q.p0.2", "$JS.ACK.q.p0.x.y.z.1.2", "_INBOX.a.b.c.d.e.f.g.h"] {
            assert_eq!(Reply::read(other), None, "{other}");
        }
    }
}
