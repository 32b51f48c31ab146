//! The proof that what is wrong with the arguments is answered, that nothing has happened then, and that every status occurs.

use std::ptr::{null, null_mut};

use relink_c as c;
use relink_c::Status;

use super::places::{CLink, UNSEEN, UNWRITTEN, crooked, garbage};

const KEY: [u8; 16] = [7; 16];
const START: c::Event =
    c::Event { kind: c::EventKind::Start as u8, verdict: 0, code: 0, attempt: 0, delay_ms: 0, reserved: 0, until_ms: 0 };

fn config() -> c::Config {
    let mut place = garbage::<c::Config>(0xA5);
    // SAFETY: the place is one, and initialised by the call.
    unsafe {
        assert_eq!(c::relink_config_default(place.as_mut_ptr()), Status::Ok);
        place.assume_init_read()
    }
}

fn terms() -> c::Terms {
    let mut terms = c::Terms { warn_after_ms: 0, due_after_ms: 0, remember_for_ms: 0 };
    // SAFETY: these are terms.
    assert_eq!(unsafe { c::relink_terms_default(&mut terms) }, Status::Ok);
    terms
}

/// Every function of a link, with arguments of which one is wrong.
fn a_link_answers<L: CLink>() {
    let (mut place, mut reaction, mut deadline, mut view, mut other) = (garbage::<L>(0), UNWRITTEN, 77_u64, UNSEEN, config());
    let (link, good, start) = (place.as_mut_ptr(), config(), START);
    let ignored = c::Reaction { kind: c::ReactionKind::Ignored, reserved: 0, code: 0, attempt: 0 };
    // SAFETY: what is neither null nor misaligned is what it is said to be.
    unsafe {
        for byte in [0, 0xA5, 0xFF] {
            link.cast::<u8>().write_bytes(byte, size_of::<L>());
            reaction = UNWRITTEN;
            assert_eq!(L::STEP(link, 0, 0, &START, &mut reaction), Status::Uninitialised);
            assert_eq!(reaction, ignored);
            assert_eq!(L::DEADLINE(link, &mut deadline), Status::Uninitialised);
            assert_eq!(L::VIEW(link, &mut view), Status::Uninitialised);
            assert_eq!(L::CONFIG(link, &mut other), Status::Uninitialised);
        }
        for (wrong, status) in [(null_mut(), Status::Null), (crooked(link), Status::Misaligned)] {
            assert_eq!(L::INIT(wrong, &good), status);
            assert_eq!(L::STEP(wrong, 0, 0, &START, &mut reaction), status);
            assert_eq!(L::DEADLINE(wrong, &mut deadline), status);
            assert_eq!(L::VIEW(wrong, &mut view), status);
            assert_eq!(L::CONFIG(wrong, &mut other), status);
        }
        assert_eq!(L::INIT(link, null()), Status::Null);
        assert_eq!(L::INIT(link, crooked((&raw const good).cast_mut())), Status::Misaligned);
        assert_eq!(L::INIT(link, &c::Config { redial: 2, ..good }), Status::Invalid);
        assert_eq!(L::INIT(link, &c::Config { backoff: c::Backoff { jitter: 5, ..good.backoff }, ..good }), Status::Invalid);
        assert_eq!(L::DEADLINE(link, &mut deadline), Status::Uninitialised, "what failed has initialised nothing");
        assert_eq!(L::INIT(link, &good), Status::Ok);
        assert_eq!(L::STEP(link, 0, 0, null(), &mut reaction), Status::Null);
        assert_eq!(L::STEP(link, 0, 0, crooked((&raw const start).cast_mut()), &mut reaction), Status::Misaligned);
        assert_eq!(L::STEP(link, 0, 0, &START, null_mut()), Status::Null);
        assert_eq!(L::STEP(link, 0, 0, &START, crooked(&mut reaction)), Status::Misaligned);
        assert_eq!(L::DEADLINE(link, null_mut()), Status::Null);
        assert_eq!(L::VIEW(link, null_mut()), Status::Null);
        assert_eq!(L::CONFIG(link, crooked(&mut other)), Status::Misaligned);
        for kind in (0..=u8::MAX).filter(|kind| !(1..=13).contains(kind)) {
            assert_eq!(L::STEP(link, 0, 0, &c::Event { kind, verdict: 1, ..START }, &mut reaction), Status::Invalid);
        }
        for kind in [c::EventKind::Asked, c::EventKind::Closed, c::EventKind::Lost] {
            for verdict in (0..=u8::MAX).filter(|verdict| !(1..=6).contains(verdict)) {
                let event = c::Event { kind: kind as u8, verdict, attempt: 1, ..START };
                assert_eq!(L::STEP(link, 0, 0, &event, &mut reaction), Status::Invalid);
            }
        }
        assert_eq!((reaction, L::VIEW(link, &mut view), view.state), (ignored, Status::Ok, c::State::Idle), "nothing has happened");
    }
}

#[test]
fn a_link_answers_what_is_wrong() {
    a_link_answers::<c::Link>();
    a_link_answers::<c::Single>();
}

/// Whatever bytes an event and a configuration are made of, they are understood or refused.
#[test]
fn garbage_is_answered() {
    let (mut place, mut reaction, mut seed) = (garbage::<c::Link>(0), UNWRITTEN, 0x2545_F491_4F6C_DD1D_u64);
    let link = place.as_mut_ptr();
    let mut bytes = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let mut answers = [0; 2];
    const { assert!(size_of::<c::Config>() == 68 && size_of::<c::Event>() == 24) };
    for now in 0..20_000 {
        let mut words = [0; 9];
        words.fill_with(&mut bytes);
        // SAFETY: any bytes are a configuration, of which there are 68, and any 24 are an event.
        unsafe {
            let mut config: c::Config = words.as_ptr().cast::<c::Config>().read();
            (config.redial, config.backoff.jitter) = (config.redial % 3, config.backoff.jitter % 6);
            let begun = c::relink_link_init(link, &config);
            assert_eq!(begun == Status::Ok, config.redial < 2 && config.backoff.jitter < 5, "{begun:?}");
            if begun == Status::Ok || now > 1000 {
                let mut event: c::Event = words[1..].as_ptr().cast::<c::Event>().read();
                (event.kind, event.verdict) = (event.kind % 16, event.verdict % 8);
                let stepped = c::relink_link_step(link, now, words[4] as u32, &event, &mut reaction);
                answers[usize::from(stepped == Status::Ok)] += 1;
                let judged = ![10, 11, 13].contains(&event.kind) || (1..=6).contains(&event.verdict);
                assert_eq!(stepped == Status::Ok, (1..=13).contains(&event.kind) && judged, "{event:?} {stepped:?}");
            }
        }
    }
    assert!(answers.iter().all(|count| *count > 1000), "both happen: {answers:?}");
}

#[test]
fn a_storage_of_another_kind_is_none() {
    let (mut place, mut reaction) = (garbage::<c::Link>(0), UNWRITTEN);
    let link = place.as_mut_ptr();
    // SAFETY: each storage is large enough for what it is taken for.
    unsafe {
        assert_eq!(c::relink_link_init(link, &config()), Status::Ok);
        assert_eq!(c::relink_single_step(link.cast(), 0, 0, &START, &mut reaction), Status::Uninitialised);
        assert_eq!(c::relink_single_init(link.cast(), &config()), Status::Ok);
        assert_eq!(c::relink_link_step(link, 0, 0, &START, &mut reaction), Status::Uninitialised);
    }
}

#[test]
fn a_backoff_answers_what_is_wrong() {
    let mut backoff = config().backoff;
    let (mut memory, mut delay) = (0, 77);
    // SAFETY: what is neither null nor misaligned is what it is said to be.
    unsafe {
        assert_eq!(c::relink_backoff_preset(4, &mut backoff), Status::Invalid);
        assert_eq!(c::relink_backoff_preset(0, null_mut()), Status::Null);
        assert_eq!(c::relink_backoff_fixed(1, crooked(&mut backoff)), Status::Misaligned);
        assert_eq!(c::relink_config_default(null_mut()), Status::Null);
        assert_eq!(c::relink_config_accepted(null_mut()), Status::Null);
        assert_eq!(c::relink_backoff_draw(null(), 0, &mut memory, &mut delay), Status::Null);
        assert_eq!(c::relink_backoff_draw(&backoff, 0, null_mut(), &mut delay), Status::Null);
        assert_eq!(c::relink_backoff_draw(&backoff, 0, &mut memory, null_mut()), Status::Null);
        backoff.jitter = 5;
        assert_eq!(c::relink_backoff_draw(&backoff, 0, &mut memory, &mut delay), Status::Invalid);
    }
    assert_eq!((memory, delay), (0, 77));
}

#[test]
fn a_backoff_draws_as_in_rust() {
    use relink_core::{Backoff, Config, Draw, Millis};
    let mut backoff = config().backoff;
    let presets = [Backoff::INTERACTIVE, Backoff::FLEET, Backoff::GRPC, Backoff::RFC6455];
    for (preset, policy) in (0..).zip(presets) {
        // SAFETY: this is a policy.
        assert_eq!(unsafe { c::relink_backoff_preset(preset, &mut backoff) }, Status::Ok);
        let (mut memory, mut before) = (0, Millis::ZERO);
        for roll in [0, u32::MAX, 1 << 31, u32::MAX, 77, u32::MAX, u32::MAX] {
            let mut delay = 77;
            // SAFETY: all of these are what they are said to be.
            assert_eq!(unsafe { c::relink_backoff_draw(&backoff, roll, &mut memory, &mut delay) }, Status::Ok);
            let draw: Draw = policy.draw(before, roll);
            before = draw.memory;
            assert_eq!((delay, memory), (draw.delay.get(), before.get()));
        }
    }
    let mut accepted = config();
    // SAFETY: this is a policy, and this a configuration.
    unsafe {
        assert_eq!(c::relink_backoff_fixed(0, &mut backoff), Status::Ok);
        assert_eq!(c::relink_config_accepted(&mut accepted), Status::Ok);
    }
    assert_eq!((backoff.delay_min_ms, backoff.growth_percent, backoff.jitter), (0, 100, 0));
    assert_eq!(accepted, c::Config { redial: 0, ..config() });
    assert_eq!(config().retry_after_max_ms, Config::DEFAULT.retry_after_max.get());
}

#[test]
fn a_ledger_answers_what_is_wrong() {
    let (mut place, mut slots) = (garbage::<c::Ledger>(0xFF), garbage::<[c::Slot; 8]>(0xFF));
    let (ledger, slots, id) = (place.as_mut_ptr(), slots.as_mut_ptr().cast::<c::Slot>(), c::Id { bytes: [1; 16] });
    let mut received = c::Received::Known;
    // SAFETY: what is neither null nor misaligned is what it is said to be, and memory that is lent stays.
    unsafe {
        assert_eq!(c::relink_ledger_received(ledger, 0, &id, 1, 1, &mut received), Status::Uninitialised);
        assert_eq!(c::relink_ledger_init(null_mut(), slots, 4, &terms(), KEY.as_ptr()), Status::Null);
        assert_eq!(c::relink_ledger_init(crooked(ledger), slots, 4, &terms(), KEY.as_ptr()), Status::Misaligned);
        assert_eq!(c::relink_ledger_init(ledger, null_mut(), 4, &terms(), KEY.as_ptr()), Status::Null);
        assert_eq!(c::relink_ledger_init(ledger, crooked(slots), 3, &terms(), KEY.as_ptr()), Status::Misaligned);
        assert_eq!(c::relink_ledger_init(ledger, slots, 4, null(), KEY.as_ptr()), Status::Null);
        assert_eq!(c::relink_ledger_init(ledger, slots, 4, &terms(), null()), Status::Null);
        assert_eq!(c::relink_ledger_init(ledger, ledger.cast(), 2, &terms(), KEY.as_ptr()), Status::Overlapping);
        let inside = ledger.cast::<c::Slot>().add(1);
        assert_eq!(c::relink_ledger_init(ledger, inside, 0, &terms(), KEY.as_ptr()), Status::Ok, "no memory overlaps with nothing");
        let end = slots.with_addr(usize::MAX - 127);
        assert_eq!(c::relink_ledger_init(ledger, end, 4, &terms(), KEY.as_ptr()), Status::Invalid, "memory does not go on behind its end");
        assert_eq!(c::relink_ledger_init(ledger, null_mut(), 0, &terms(), KEY.as_ptr()), Status::Ok, "no memory is some");
        assert_eq!(c::relink_ledger_received(ledger, 0, &id, 1, 1, &mut received), Status::Ok);
        assert_eq!(received, c::Received::Unrecorded);
        assert_eq!(c::relink_ledger_init(ledger, slots, 4, &terms(), KEY.as_ptr()), Status::Ok);
        assert_eq!(c::relink_ledger_received(ledger, 0, null(), 1, 1, &mut received), Status::Null);
        assert_eq!(c::relink_ledger_received(ledger, 0, &id, 1, 1, null_mut()), Status::Null);
        assert_eq!(c::relink_ledger_received(ledger, 0, &id, 1, 2, &mut received), Status::Invalid);
        assert_eq!(c::relink_ledger_received(null_mut(), 0, &id, 1, 1, &mut received), Status::Null);
        assert_eq!(received, c::Received::Unrecorded);
        assert_eq!(c::relink_ledger_received(ledger, 0, &id, 1, 1, &mut received), Status::Ok);
        assert_eq!(received, c::Received::New);
    }
}

#[test]
fn a_ledger_moves_into_no_memory_but_other() {
    let (mut place, mut lent) = (garbage::<c::Ledger>(0xFF), garbage::<[c::Slot; 8]>(0xFF));
    let (ledger, slots) = (place.as_mut_ptr(), lent.as_mut_ptr().cast::<c::Slot>());
    let mut answer = c::Answer { kind: c::AnswerKind::On, attempt: 77 };
    // SAFETY: what is neither null nor misaligned is what it is said to be, and memory that is lent stays.
    unsafe {
        assert_eq!(c::relink_ledger_exchange(ledger, slots, 4), Status::Uninitialised);
        assert_eq!(c::relink_ledger_init(ledger, slots.add(2), 0, &terms(), KEY.as_ptr()), Status::Ok);
        assert_eq!(c::relink_ledger_exchange(ledger, slots, 4), Status::Ok, "nothing overlaps with no memory");
        assert_eq!(c::relink_ledger_init(ledger, slots, 4, &terms(), KEY.as_ptr()), Status::Ok);
        assert_eq!(c::relink_ledger_exchange(ledger, slots.add(4), 3), Status::TooSmall);
        let refused = std::slice::from_raw_parts(slots.add(4).cast::<u8>(), 3 * size_of::<c::Slot>());
        assert!(refused.iter().all(|byte| *byte == 0xFF), "memory that is too small is not touched");
        assert_eq!(c::relink_ledger_exchange(ledger, slots, 4), Status::Overlapping);
        assert_eq!(c::relink_ledger_exchange(ledger, slots.add(3), 4), Status::Overlapping);
        assert_eq!(c::relink_ledger_exchange(ledger, null_mut(), 4), Status::Null);
        assert_eq!(c::relink_ledger_exchange(ledger, slots.add(4), 4), Status::Ok);
        assert_eq!(c::relink_ledger_exchange(ledger, slots, 4), Status::Ok, "the old memory is free");
        let mut copy = ledger.read();
        let id = c::Id { bytes: [1; 16] };
        assert_eq!(c::relink_ledger_acknowledge(&mut copy, 0, &id, &mut answer), Status::Uninitialised, "a copy would share the memory");
        assert_eq!(c::relink_ledger_acknowledge(ledger, 0, &id, &mut answer), Status::Ok);
    }
    assert_eq!(answer, c::Answer { kind: c::AnswerKind::Unknown, attempt: 0 });
}

#[test]
fn an_outbox_answers_what_is_wrong() {
    let mut place = garbage::<c::Outbox>(0xFF);
    let (outbox, mut token) = (place.as_mut_ptr(), 77);
    let mut dropped = c::Dropped { count: 77, tokens: [77; c::OUTBOX_MESSAGES_MAX] };
    // SAFETY: what is neither null nor misaligned is what it is said to be.
    unsafe {
        assert_eq!(c::relink_outbox_push(outbox, 1, 1, &mut dropped), Status::Uninitialised);
        assert_eq!(dropped.count, 0);
        assert_eq!(c::relink_outbox_init(outbox, 10, 3), Status::Invalid);
        assert_eq!(c::relink_outbox_init(null_mut(), 10, 0), Status::Null);
        assert_eq!(c::relink_outbox_init(crooked(outbox), 10, 0), Status::Misaligned);
        assert_eq!(c::relink_outbox_init(outbox, 10, 0), Status::Ok);
        assert_eq!(c::relink_outbox_push(outbox, 1, 1, null_mut()), Status::Null);
        assert_eq!(c::relink_outbox_pop(outbox, &mut token), Status::Empty);
        assert_eq!(c::relink_outbox_push(outbox, 1, 11, &mut dropped), Status::TooHeavy);
        assert_eq!(c::relink_outbox_push(outbox, 1, 10, &mut dropped), Status::Ok);
        assert_eq!(c::relink_outbox_push(outbox, 2, 1, &mut dropped), Status::Full);
        assert_eq!(c::relink_outbox_pop(outbox, null_mut()), Status::Null);
        assert_eq!(c::relink_outbox_peek(outbox, &mut token), Status::Ok, "what could not be given was not taken out");
        assert_eq!(c::relink_outbox_view(outbox, null_mut()), Status::Null);
    }
    assert_eq!(token, 1);
}
