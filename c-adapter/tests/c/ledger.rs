//! The proof that a ledger does the same through C: random lives in the same number of slots, moves to other memory among them.

use std::hash::RandomState;
use std::mem::MaybeUninit;

use proptest::prelude::*;
use relink_c as c;
use relink_core::ledger::{Answer, Fate, Ledger, Notice, Received, Slot, Terms};
use relink_core::{Attempt, Instant, Millis};

use super::places::garbage;

#[derive(Clone, Copy, Debug)]
enum Deed {
    Received(u8, u32, bool),
    Acknowledge(u8),
    Dropped(u8),
    Lost(u32),
    Timeout,
    Exchange(u32),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        6 => (0_u8..6, 1_u32..4, any::<bool>()).prop_map(|(id, on, redelivered)| Deed::Received(id, on, redelivered)),
        5 => (0_u8..6).prop_map(Deed::Acknowledge),
        1 => (0_u8..6).prop_map(Deed::Dropped),
        1 => (1_u32..4).prop_map(Deed::Lost),
        5 => Just(Deed::Timeout),
        1 => (0_u32..30).prop_map(Deed::Exchange),
    ]
}

fn c_id(id: u8) -> c::Id {
    let mut bytes = [0; 16];
    bytes[15] = id;
    c::Id { bytes }
}

fn c_fate(fate: Fate) -> c::Fate {
    match fate {
        Fate::Again => c::Fate::Again,
        Fate::Never => c::Fate::Never,
        Fate::Elsewhere => c::Fate::Elsewhere,
    }
}

const NOTHING: c::Notice =
    c::Notice { kind: c::NoticeKind::Nothing, fate: c::Fate::Nothing, attempt: 0, due_ms: c::NEVER, id: c::Id { bytes: [0; 16] } };

fn c_notice(notice: Notice<'_, u8>) -> c::Notice {
    match notice {
        Notice::Pressing { id, on, due } => {
            c::Notice { kind: c::NoticeKind::Pressing, attempt: on.number(), due_ms: due.as_millis(), id: c_id(*id), ..NOTHING }
        }
        Notice::Late { id, on } => c::Notice { kind: c::NoticeKind::Late, attempt: on.number(), id: c_id(*id), ..NOTHING },
        Notice::Lost { id, on, fate } => {
            c::Notice { kind: c::NoticeKind::Lost, fate: c_fate(fate), attempt: on.number(), id: c_id(*id), ..NOTHING }
        }
    }
}

fn c_answer(answer: Answer) -> c::Answer {
    match answer {
        Answer::On(on) => c::Answer { kind: c::AnswerKind::On, attempt: on.number() },
        Answer::Done => c::Answer { kind: c::AnswerKind::Done, attempt: 0 },
        Answer::Nowhere => c::Answer { kind: c::AnswerKind::Nowhere, attempt: 0 },
        Answer::Unknown => c::Answer { kind: c::AnswerKind::Unknown, attempt: 0 },
    }
}

fn c_received(received: Received<u8>) -> c::Received {
    match received {
        Received::New => c::Received::New,
        Received::Joined => c::Received::Joined,
        Received::Known => c::Received::Known,
        Received::Unrecorded(_) => c::Received::Unrecorded,
        Received::Unjoined => c::Received::Unjoined,
    }
}

/// The same ledger twice, and the memory that C lends to its own.
struct Pair {
    rust: Ledger<u8, Vec<Slot<u8>>, RandomState>,
    storage: Box<MaybeUninit<c::Ledger>>,
    memory: Vec<MaybeUninit<c::Slot>>,
}

fn memory(slots: u32) -> Vec<MaybeUninit<c::Slot>> {
    (0..slots).map(|_| *garbage(0xA5)).collect()
}

impl Pair {
    fn new(terms: [u32; 3], slots: u32) -> Self {
        let [warn_after_ms, due_after_ms, remember_for_ms] = terms;
        let rust_terms = Terms {
            warn_after: Millis::new(warn_after_ms),
            due_after: Millis::new(due_after_ms),
            remember_for: Millis::new(remember_for_ms),
        };
        let rust = Ledger::new(rust_terms, vec![Slot::EMPTY; slots as usize], RandomState::new());
        let mut pair = Self { rust, storage: garbage(0xA5), memory: memory(slots) };
        let terms = c::Terms { warn_after_ms, due_after_ms, remember_for_ms };
        let (storage, slots) = (pair.storage.as_mut_ptr(), pair.memory.as_mut_ptr().cast());
        // SAFETY: storage and memory are what they are said to be, and stay; the key is 16 bytes long.
        let status = unsafe { c::relink_ledger_init(storage, slots, pair.memory.len() as u32, &terms, [7; 16].as_ptr()) };
        assert_eq!(status, c::Status::Ok);
        pair
    }

    fn act(&mut self, now: u64, deed: Deed) {
        let (storage, at) = (self.storage.as_mut_ptr(), Instant::from_millis(now));
        let mut received = c::Received::Unjoined;
        let mut answer = c::Answer { kind: c::AnswerKind::On, attempt: 77 };
        let mut notice = c::Notice { due_ms: 77, ..NOTHING };
        let (mut fate, mut unanswered) = (c::Fate::Elsewhere, 77);
        // SAFETY: storage and memory are what they are said to be.
        let status = unsafe {
            match deed {
                Deed::Received(id, on, redelivered) => {
                    c::relink_ledger_received(storage, now, &c_id(id), on, u8::from(redelivered), &mut received)
                }
                Deed::Acknowledge(id) => c::relink_ledger_acknowledge(storage, now, &c_id(id), &mut answer),
                Deed::Dropped(id) => c::relink_ledger_dropped(storage, &c_id(id), &mut fate),
                Deed::Lost(on) => c::relink_ledger_lost(storage, now, on, &mut unanswered),
                Deed::Timeout => c::relink_ledger_timeout(storage, now, &mut notice),
                Deed::Exchange(slots) => return self.exchange(slots),
            }
        };
        assert_eq!(status, c::Status::Ok);
        match deed {
            Deed::Received(id, on, redelivered) => {
                assert_eq!(received, c_received(self.rust.received(at, id, Attempt::from_number(on), redelivered)));
            }
            Deed::Acknowledge(id) => assert_eq!(answer, c_answer(self.rust.acknowledge(at, &id))),
            Deed::Dropped(id) => assert_eq!(fate, self.rust.dropped(&id).map_or(c::Fate::Nothing, c_fate)),
            Deed::Lost(on) => assert_eq!(unanswered, self.rust.lost(at, Attempt::from_number(on))),
            Deed::Timeout => assert_eq!(notice, self.rust.timeout(at).map_or(NOTHING, c_notice)),
            Deed::Exchange(_) => {}
        }
    }

    fn exchange(&mut self, slots: u32) {
        let mut other = memory(slots);
        // SAFETY: the memory is as long as it is said to be; where it is taken, it stays.
        let status = unsafe { c::relink_ledger_exchange(self.storage.as_mut_ptr(), other.as_mut_ptr().cast(), slots) };
        if self.rust.exchange(vec![Slot::EMPTY; slots as usize]).is_ok() {
            assert_eq!(status, c::Status::Ok);
            self.memory = other;
        } else {
            assert_eq!(status, c::Status::TooSmall);
        }
    }

    fn compare(&mut self, now: u64) {
        let storage = self.storage.as_ptr();
        let mut deadline = 77;
        let mut figures = c::LedgerFigures { slots: 77, in_hand: 77, remembered: 77, has_room: false, forgotten_early: 77, unrecorded: 77 };
        // SAFETY: storage and memory are what they are said to be.
        unsafe {
            assert_eq!(c::relink_ledger_deadline(storage, &mut deadline), c::Status::Ok);
            assert_eq!(c::relink_ledger_view(storage, now, &mut figures), c::Status::Ok);
        }
        assert_eq!(deadline, self.rust.deadline().map_or(c::NEVER, Instant::as_millis));
        let expected = c::LedgerFigures {
            slots: self.rust.capacity() as u32,
            in_hand: self.rust.in_hand_in_all(),
            remembered: self.rust.remembered(),
            has_room: self.rust.has_room(Instant::from_millis(now)),
            forgotten_early: self.rust.forgotten_early(),
            unrecorded: self.rust.unrecorded(),
        };
        assert_eq!(figures, expected);
        for on in 1..4 {
            let mut in_hand = 77;
            // SAFETY: as above.
            assert_eq!(unsafe { c::relink_ledger_in_hand(storage, on, &mut in_hand) }, c::Status::Ok);
            assert_eq!(in_hand, self.rust.in_hand(Attempt::from_number(on)));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn through_c_a_ledger_does_the_same(
        terms in proptest::array::uniform3(0_u32..30),
        slots in 0_u32..20,
        life in proptest::collection::vec((0_u64..10, deed()), 0..80),
    ) {
        let mut pair = Pair::new(terms, slots);
        let mut now = 0;
        for (passed, deed) in life {
            now += passed;
            pair.act(now, deed);
            pair.compare(now);
        }
    }
}
