//! relink's cluster layer: who may receive, and the queue that everybody works on.
//!
//! Several replicas, one receiver at a time, nothing lost in roll-outs, crashes and partitions: that needs an [`Election`]
//! whose [`Token`] grows with each lead, and a queue that refuses what carries an older token ([`Publisher`]). Both stand on
//! an [`Engine`], a handful of primitives: [`InProcess`] needs no server (one process, tests, virtual time), and with the
//! feature `nats` there is one on NATS JetStream. What the primitives are put together to is the same code for all engines.
//!
//! | how to | see |
//! |---|---|
//! | do something in one process at a time | [`Election::elected`], [`Lead::is_valid`], [`Lead::stepping_down`] |
//! | do it in so many at a time, spread over the processes | [`Builder::receivers`](election::Builder::receivers) |
//! | end it, and give the lease back | drop the [`Lead`]; [`Election::stop`] |
//! | know who leads | [`Election::status`]; without taking part, [`Watch`] |
//! | show health and counts | [`Observed`]; over HTTP, with the feature `http`: `health` |
//! | receive while it leads: from Slack, from any link, from a source of one's own | [`receiver::Receiver`] |
//! | take Slack's events over HTTP, with no lease | `receiver::http::SlackHttp`, with the feature `http` |
//! | put something into the queue as the holder of a token | [`Publisher::take_over`], [`Publisher::publish`] |
//! | put something into it with no token, where no fence is needed | [`store`] |
//! | know who is there | [`Engine::announce`], [`Engine::members`] |
//! | work on it, with others | [`worker::Worker`] |
//! | read it by yourself | [`Engine::consume`], [`Consumer::next`], [`Delivery`] |
//! | ask a worker, and have the answer at once; answer | [`Engine::ask`]; [`Engine::answers`], [`Question`] |
//! | see what nobody could work on | [`Engine::dead_letters`] |
//! | set times and sizes | [`Settings`] |
//!
//! # What is promised
//!
//! - Of a group, not two [`Lead`]s are valid at once while clocks agree better than the margin ([`election`] has the details).
//! - As soon as [`Publisher::take_over`] has returned, nothing new that carries an older token gets into the group's
//!   lanes. Other groups, and what needs no fence, are not in its way.
//! - What [`Publisher::publish`] confirms is stored (how safely, the engine says), and stored once within
//!   [`Settings::duplicate_window`], however often it is published.
//! - What is stored is delivered at least once, until it is acknowledged, a dead letter, or older than [`Settings::max_age`].

mod driver;
pub mod election;
mod engine;
mod envelope;
mod fault;
#[cfg(feature = "http")]
pub mod health;
pub mod in_process;
#[cfg(feature = "nats")]
pub mod nats;
mod observed;
mod publisher;
mod question;
pub mod receiver;
mod record;
mod settings;
mod watch;
pub mod worker;

pub use election::{Election, Hold, Lead};
pub use engine::{Consumer, Delivery, Engine};
pub use envelope::{Appended, DeadLetter, Entry, Envelope, Lane, Last, Reason, Unanswered};
pub use fault::{Fault, PublishError, Refused};
pub use in_process::InProcess;
pub use observed::{Condition, Count, Kind, Observed};
pub use publisher::{Publisher, Stored, store};
pub use question::{Answers, AskError, Heard, Question};
pub use record::{Cell, Group, Holder, Leader, NotAName, Record};
pub use relink_core::elector::{Request, Token};
pub use settings::Settings;
pub use watch::Watch;
