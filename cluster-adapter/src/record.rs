//! Who leads, as it is written into a lease's cell.

use std::error::Error;
use std::fmt;

use crate::{Fault, Request, Token};

const NAME_MAX: usize = 64;

/// Those who compete for one lease, by name: a region or a shard, for instance. Letters, digits, `-` and `_`, at most 64.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group(Box<str>);

/// One that may hold a lease: a name for people, and chance, so that no two are ever the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Holder(Box<str>);

/// Who holds a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leader {
    /// The holder.
    pub holder: Holder,
    /// Its token.
    pub token: Token,
}

/// What stands in a lease's cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Who wrote it.
    pub holder: Holder,
    /// Its token; `None` in the record that won the lease: the token is that record's own revision.
    pub token: Option<Token>,
    /// The first request of the series that won the lease: it tells this lease from a later one of the same holder. No renewal changes it.
    pub lease: Request,
    /// The first request of the series that wrote this: by it a holder finds again what it wrote without hearing of it.
    pub series: Request,
}

/// A lease's cell as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its revision: what a write has to expect. 0 where nothing was ever written, or all has ended.
    pub revision: u64,
    /// What stands there; `None` if the lease was given back, or never taken.
    pub record: Option<Record>,
}

/// The name cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAName;

impl Group {
    /// A group of this name.
    ///
    /// # Errors
    /// [`NotAName`] if it is empty, too long, or has other characters than those allowed.
    pub fn new(name: &str) -> Result<Self, NotAName> {
        is_name(name).then(|| Self(name.into())).ok_or(NotAName)
    }

    /// The workers', where nothing else is said.
    pub(crate) fn workers() -> Self {
        Self("w".into())
    }

    /// One of several parts of it.
    pub(crate) fn part(&self, number: u16) -> Self {
        Self(format!("{self}-{number}").into())
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Holder {
    /// One of this name (as a [`Group`]'s), the pod's for instance. Called twice it is two.
    ///
    /// # Errors
    /// [`NotAName`] as for a group.
    pub fn new(name: &str) -> Result<Self, NotAName> {
        is_name(name).then(|| Self(format!("{name}.{:016x}", fastrand::u64(..)).into())).ok_or(NotAName)
    }

    /// One that somebody else is, by its [name](Holder::as_str).
    #[cfg(feature = "nats")]
    pub(crate) fn named(name: &str) -> Self {
        Self(name.into())
    }

    /// Its name, with the chance in it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_name(name: &str) -> bool {
    (1..=NAME_MAX).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

impl Cell {
    /// Who leads by it.
    #[must_use]
    pub fn leader(&self) -> Option<Leader> {
        let record = self.record.as_ref()?;
        Some(Leader { holder: record.holder.clone(), token: record.token.unwrap_or(Token::new(self.revision)) })
    }
}

const VERSION: &str = "2";

impl Record {
    /// As text: a version, the token (0: this revision), the lease, the series, the holder.
    #[must_use]
    pub fn to_text(&self) -> String {
        let Self { holder, token, lease, series } = self;
        format!("{VERSION} {} {} {} {holder}", token.map_or(0, Token::get), lease.get(), series.get())
    }

    /// From text.
    ///
    /// # Errors
    /// [`Fault::NotOurs`] if it is not what [`Record::to_text`] writes.
    pub fn from_text(text: &[u8]) -> Result<Self, Fault> {
        let not_ours = || Fault::NotOurs("what stands in the lease's place is no lease".into());
        let words: Vec<_> = str::from_utf8(text).map_err(|_| not_ours())?.split(' ').collect();
        let [VERSION, token, lease, series, holder] = *words else { return Err(not_ours()) };
        let token: u64 = token.parse().map_err(|_| not_ours())?;
        let request = |number: &str| number.parse().map(Request::new).map_err(|_| not_ours());
        Ok(Self {
            holder: Holder(holder.into()),
            token: (token != 0).then_some(Token::new(token)),
            lease: request(lease)?,
            series: request(series)?,
        })
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for NotAName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a name has 1 to {NAME_MAX} letters, digits, '-' or '_'")
    }
}

impl Error for NotAName {}

#[cfg(test)]
mod tests {
    use super::{Cell, Group, Holder, Record};
    use crate::{Fault, Request, Token};

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let holder = Holder::new("pod-1").unwrap();
        for token in [None, Some(Token::new(7))] {
            let record = Record { holder: holder.clone(), token, lease: Request::new(1), series: Request::new(4) };
            assert_eq!(Record::from_text(record.to_text().as_bytes()), Ok(record.clone()));
            let leader = Cell { revision: 9, record: Some(record) }.leader().unwrap();
            assert_eq!(leader.token, token.unwrap_or(Token::new(9)), "the winning record's token is its own revision");
        }
    }

    #[test]
    fn what_others_wrote_is_no_lease() {
        for text in ["", "2 2", "1 7 pod", "2 x 1 1 pod", "2 7 1 -1 pod", "2 7 4294967296 1 pod", "2 7 1 1 pod more", "\u{e9}"] {
            assert!(matches!(Record::from_text(text.as_bytes()), Err(Fault::NotOurs(_))), "{text}");
        }
        assert!(matches!(Record::from_text(&[0xff]), Err(Fault::NotOurs(_))));
    }

    #[test]
    fn names_are_safe_in_subjects_and_holders_differ() {
        for name in ["", "a.b", "a b", "*", ">", &"x".repeat(65)] {
            assert!(Group::new(name).is_err() && Holder::new(name).is_err(), "{name}");
        }
        assert_ne!(Holder::new("pod").unwrap(), Holder::new("pod").unwrap());
    }
}
