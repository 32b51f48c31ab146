//! Owns nothing but the parts: relink's core for C. What a C programmer reads is `include/relink.h`, made from these files.
#![no_std]

// In the order of the header.
mod status;

mod backoff;
mod config;

mod event;
mod link;
mod view;

mod single;

mod id;
mod ledger;
mod lent;
mod said;

mod outbox;

// What all of them stand on.
mod argument;
mod storage;

pub use backoff::{Backoff, Jitter, Preset, relink_backoff_draw, relink_backoff_fixed, relink_backoff_preset};
pub use config::{Config, relink_config_accepted, relink_config_default};
pub use event::{Event, EventKind, Reaction, ReactionKind, Verdict};
pub use id::Id;
pub use ledger::{
    Ledger, LedgerFigures, Terms, relink_ledger_acknowledge, relink_ledger_deadline, relink_ledger_dropped, relink_ledger_exchange,
    relink_ledger_in_hand, relink_ledger_init, relink_ledger_lost, relink_ledger_received, relink_ledger_timeout, relink_ledger_view,
    relink_terms_default,
};
pub use lent::Slot;
pub use link::{Link, relink_link_config, relink_link_deadline, relink_link_init, relink_link_step, relink_link_view};
pub use outbox::{
    Dropped, OUTBOX_MESSAGES_MAX, Outbox, OutboxFigures, WhenFull, relink_outbox_init, relink_outbox_peek, relink_outbox_pop,
    relink_outbox_push, relink_outbox_view,
};
pub use said::{Answer, AnswerKind, Fate, Notice, NoticeKind, Received};
pub use single::{Single, relink_single_config, relink_single_deadline, relink_single_init, relink_single_step, relink_single_view};
pub use status::Status;
pub use view::{Beside, End, State, View};

/// No such time: a deadline that is not set. Later than every point that a clock shows.
pub const NEVER: u64 = u64::MAX;
