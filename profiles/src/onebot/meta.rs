//! The meta events: what an implementation says of itself.

use core::fmt;

use relink_core::Millis;

use super::SelfId;
use super::limits::heartbeat_deadline;
use crate::Error;
use crate::fields::{Field, Odd};
use crate::json::Text;

/// Something about the implementation's own life (`event/meta.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifecycle<'a> {
    /// What.
    pub stage: Stage<'a>,
    /// When, in seconds since 1970.
    pub time: Option<i64>,
    /// Whose implementation it is.
    pub self_id: Option<SelfId>,
    /// The first field that held something else than expected, and was taken for missing.
    pub odd: Option<Error>,
}

/// What happened to an implementation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage<'a> {
    /// This connection is up.
    Connect,
    /// The implementation was switched on. Over a WebSocket it is an extension.
    Enable,
    /// The implementation was switched off. Over a WebSocket it is an extension.
    Disable,
    /// Something that nobody has told us about; empty if nothing was said.
    Other(Text<'a>),
}

/// The implementation works, and says when it will say so again (`event/meta.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat<'a> {
    /// When, in seconds since 1970.
    pub time: Option<i64>,
    /// Whose implementation it is.
    pub self_id: Option<SelfId>,
    /// Whether the account is online; `None` where that cannot be told.
    pub online: Option<bool>,
    /// Whether all is as it should be.
    pub good: Option<bool>,
    /// All of the status: a checked JSON value, the exact bytes that came.
    pub status: Option<&'a str>,
    /// The time to the next one; 0: there will be none.
    pub interval: Option<Millis>,
    /// The first field that held something else than expected, and was taken for missing.
    pub odd: Option<Error>,
}

/// The fields that every event has.
#[derive(Clone, Copy)]
pub(super) struct Common<'a> {
    pub(super) time: Option<Field<'a>>,
    pub(super) self_id: Option<Field<'a>>,
}

impl Common<'_> {
    pub(super) fn read(self, odd: &mut Odd) -> (Option<i64>, Option<SelfId>) {
        let time = odd.signed(self.time);
        let self_id = odd.keep(self.self_id, "a whole number of at most 64 bits", SelfId::of);
        (time, self_id)
    }
}

impl<'a> Lifecycle<'a> {
    pub(super) fn read(common: Common<'a>, sub_type: Option<Field<'a>>) -> Self {
        let mut odd = Odd::default();
        let (time, self_id) = common.read(&mut odd);
        Self { stage: Stage::named(odd.text(sub_type).unwrap_or_default()), time, self_id, odd: odd.0 }
    }
}

impl<'a> Stage<'a> {
    const KNOWN: [(&'static str, Stage<'static>); 3] =
        [("connect", Stage::Connect), ("enable", Stage::Enable), ("disable", Stage::Disable)];

    /// The stage with this name.
    #[must_use]
    pub fn named(name: Text<'a>) -> Self {
        let known = Self::KNOWN.into_iter().find(|(known, _)| name == *known);
        known.map_or(Self::Other(name), |(_, stage)| stage)
    }
}

/// The name OneBot gives it.
impl fmt::Display for Stage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect => f.write_str("connect"),
            Self::Enable => f.write_str("enable"),
            Self::Disable => f.write_str("disable"),
            Self::Other(name) => name.fmt(f),
        }
    }
}

impl<'a> Heartbeat<'a> {
    pub(super) fn read(common: Common<'a>, status: Option<Field<'a>>, interval: Option<Field<'a>>) -> Self {
        let mut odd = Odd::default();
        let (time, self_id) = common.read(&mut odd);
        let [online, good] = odd.object(status, ["online", "good"]);
        let interval = odd.keep(interval, "a whole number, not negative", |value| u64::try_from(value.signed()?).ok());
        Self {
            time,
            self_id,
            online: odd.flag(online),
            good: odd.flag(good),
            status: status.map(|field| field.value.raw()),
            interval: interval.map(|millis| Millis::new(u32::try_from(millis).unwrap_or(u32::MAX))),
            odd: odd.0,
        }
    }

    /// The time in which it promises the next one, [tolerance](heartbeat_deadline) included; 0: no more promise.
    /// `None`: it does not say, so what was promised before holds.
    #[must_use]
    pub fn next(&self) -> Option<Millis> {
        self.interval.map(heartbeat_deadline)
    }
}
