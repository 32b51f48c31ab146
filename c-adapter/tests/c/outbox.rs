//! The proof that an outbox does the same through C.

use proptest::prelude::*;
use relink_c as c;
use relink_core::{Outbox, Refused, WhenFull};

use super::places::garbage;

const NOTHING: c::Dropped = c::Dropped { count: 77, tokens: [77; c::OUTBOX_MESSAGES_MAX] };

/// Pushes a message of this weight, or takes the oldest out.
type Move = Option<u32>;

fn live(weight_max: u32, when_full: WhenFull, moves: &[Move]) {
    let mut outbox = Outbox::<u32, { c::OUTBOX_MESSAGES_MAX }>::new(weight_max, when_full);
    let mut place = garbage::<c::Outbox>(0xA5);
    let storage = place.as_mut_ptr();
    // SAFETY: the storage is one, and stays.
    assert_eq!(unsafe { c::relink_outbox_init(storage, weight_max, when_full as u8) }, c::Status::Ok);
    for (token, next) in (1_u32..).zip(moves) {
        let (mut read, mut peeked) = (77, 77);
        let taken = |token: Option<u32>| token.map_or((c::Status::Empty, 77), |token| (c::Status::Ok, token));
        // SAFETY: as above.
        let peek = unsafe { c::relink_outbox_peek(storage, &mut peeked) };
        assert_eq!((peek, peeked), taken(outbox.peek().copied()));
        if let Some(weight) = next {
            let (mut expected, mut dropped) = (Vec::new(), NOTHING);
            let status = match outbox.push(token, *weight, |token| expected.push(token)) {
                Ok(()) => c::Status::Ok,
                Err(Refused::Full(_)) => c::Status::Full,
                Err(Refused::TooHeavy(_)) => c::Status::TooHeavy,
            };
            // SAFETY: as above.
            assert_eq!(unsafe { c::relink_outbox_push(storage, token, *weight, &mut dropped) }, status);
            assert_eq!(&dropped.tokens[..dropped.count as usize], &expected[..]);
            assert!(dropped.tokens[dropped.count as usize..].iter().all(|token| *token == 0));
        } else {
            // SAFETY: as above.
            let pop = unsafe { c::relink_outbox_pop(storage, &mut read) };
            assert_eq!((pop, read), taken(outbox.pop()));
        }
        let mut figures = c::OutboxFigures { messages: 77, weight: 77 };
        // SAFETY: as above.
        assert_eq!(unsafe { c::relink_outbox_view(storage, &mut figures) }, c::Status::Ok);
        assert_eq!(figures, c::OutboxFigures { messages: outbox.len() as u32, weight: outbox.weight() });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn through_c_an_outbox_does_the_same(
        weight_max in prop_oneof![0_u32..200, Just(u32::MAX)],
        when_full in prop_oneof![Just(WhenFull::Refuse), Just(WhenFull::DropOldest), Just(WhenFull::DropNewest)],
        moves in proptest::collection::vec(prop_oneof![2 => (0_u32..9).prop_map(Some), 1 => Just(Some(150)), 1 => Just(None)], 0..150),
    ) {
        live(weight_max, when_full, &moves);
    }
}

/// One heavy message can drop as many as there are.
#[test]
fn through_c_all_can_be_dropped_at_once() {
    let moves: Vec<Move> = [Some(1); c::OUTBOX_MESSAGES_MAX].into_iter().chain([Some(c::OUTBOX_MESSAGES_MAX as u32), None, None]).collect();
    live(c::OUTBOX_MESSAGES_MAX as u32, WhenFull::DropOldest, &moves);
}
