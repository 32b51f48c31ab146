//! How a text that is not ours is shown by errors: what a peer, a library or a user's own code says, without its secrets.

use std::error::Error;
use std::fmt;
use std::sync::LazyLock;

use super::Redaction;
use super::names::Names;

/// A text that somebody else has written.
pub(crate) struct Foreign<'a>(pub(crate) &'a str);

/// An error that somebody else has made.
pub(crate) struct ForeignError<'a>(pub(crate) &'a (dyn Error + 'static));

/// An address that somebody else has given.
pub(crate) struct ForeignUrl<'a>(pub(crate) &'a str);

/// The name of a subprotocol that somebody else has given.
pub(crate) struct ForeignName<'a>(pub(crate) &'a str);

/// Errors know no other names than the default ones, and consist of sentences.
static DEFAULT: LazyLock<Redaction> = LazyLock::new(|| Redaction(Some(Names::default().sparing_prose())));

impl fmt::Display for Foreign<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&DEFAULT.text(self.0))
    }
}

impl fmt::Debug for Foreign<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&DEFAULT.text(self.0), f)
    }
}

impl fmt::Display for ForeignError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&DEFAULT.text(&self.0.to_string()))
    }
}

impl fmt::Debug for ForeignError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&DEFAULT.text(&format!("{:?}", self.0)))
    }
}

impl fmt::Debug for ForeignUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&DEFAULT.url(self.0), f)
    }
}

impl fmt::Debug for ForeignName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&DEFAULT.subprotocol(self.0), f)
    }
}
