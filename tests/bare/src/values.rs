//! Owns one value of each type whose size is published: the sizes of the symbols are the sizes of the types.
#![no_std]
#![expect(unsafe_code, reason = "exports symbols: their names occur nowhere else in the program they are linked into")]

use core::mem::MaybeUninit;

use relink_bare as _;
use relink_core::drain::{Drain, Seat};
use relink_core::elector::{Elector, Terms};
use relink_core::ledger::{Ledger, Slot};
use relink_core::registry::{self, Key, Registry};
use relink_core::{Config, Event, Link, Outbox, Overlap, Reaction, Single, WhenFull};

/// A link is a constant: it can be made at compile time, in a `static`.
#[unsafe(no_mangle)]
pub static RELINK_OVERLAP: Link<Overlap> = Link::new(Config::DEFAULT);

/// The same without a second connection.
#[unsafe(no_mangle)]
pub static RELINK_SINGLE: Link<Single> = Link::new(Config::DEFAULT);

/// The part of a link that is its configuration.
#[unsafe(no_mangle)]
pub static RELINK_CONFIG: Config = Config::DEFAULT;

/// What a step is given.
#[unsafe(no_mangle)]
pub static RELINK_EVENT: Event = Event::Start;

/// What a step returns.
#[unsafe(no_mangle)]
pub static RELINK_REACTION: Reaction = Reaction::Wait;

/// Room for sixteen messages of two bytes.
#[unsafe(no_mangle)]
pub static RELINK_OUTBOX: Outbox<u16, 16> = Outbox::new(1024, WhenFull::Refuse);

/// A ledger without its memory and without a seed.
#[unsafe(no_mangle)]
pub static RELINK_LEDGER: MaybeUninit<Ledger<u128, (), ()>> = MaybeUninit::uninit();

/// What each envelope and each delivery takes of a ledger's memory, with ids of 16 bytes.
#[unsafe(no_mangle)]
pub static RELINK_SLOT: Slot<u128> = Slot::EMPTY;

/// A registry without its memory and without a seed.
#[unsafe(no_mangle)]
pub static RELINK_REGISTRY: MaybeUninit<Registry<u64, u32, (), (), u32>> = MaybeUninit::uninit();

/// What each connection takes of a registry's memory, beside what is kept for it: here 4 bytes, an identity of 8, and a group of 4.
#[unsafe(no_mangle)]
pub static RELINK_CONNECTION: registry::Slot<u64, u32, u32> = registry::Slot::EMPTY;

/// A drain without its memory.
#[unsafe(no_mangle)]
pub static RELINK_DRAIN: MaybeUninit<Drain<Key, ()>> = MaybeUninit::uninit();

/// What each connection takes of a drain's memory.
#[unsafe(no_mangle)]
pub static RELINK_SEAT: Seat<Key> = Seat::EMPTY;

/// An elector is a constant, too.
#[unsafe(no_mangle)]
pub static RELINK_ELECTOR: Elector = Elector::new(Terms::DEFAULT);
