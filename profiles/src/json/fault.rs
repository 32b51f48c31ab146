//! What can be wrong with a JSON text.

use core::error::Error;
use core::fmt;

use super::DEPTH_MAX;

/// What is wrong with a JSON text, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// How many bytes of the text are before it.
    pub at: usize,
    /// What it is.
    pub problem: Problem,
}

/// What can be wrong with a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The text ends before its value does.
    Ends,
    /// Something else should stand here.
    Unexpected,
    /// The outermost value is no object.
    NotAnObject,
    /// Objects and arrays are nested deeper than [`DEPTH_MAX`].
    TooDeep,
    /// A number is not written as JSON writes numbers.
    Number,
    /// A backslash is followed by what is no escape.
    Escape,
    /// An escape is half of a surrogate pair, and the other half is not there.
    Surrogate,
    /// A control character stands in a string as it is.
    Control,
    /// Something follows the outermost value.
    Trailing,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at;
        match self.problem {
            Problem::Ends => write!(f, "the JSON text ends too early, after {at} bytes"),
            Problem::Unexpected => write!(f, "byte {at} is not what JSON has there"),
            Problem::NotAnObject => f.write_str("the text is no JSON object"),
            Problem::TooDeep => write!(f, "the JSON text is nested more than {DEPTH_MAX} levels deep at byte {at}"),
            Problem::Number => write!(f, "the number at byte {at} is not written as JSON writes numbers"),
            Problem::Escape => write!(f, "the backslash at byte {at} begins no escape that JSON has"),
            Problem::Surrogate => write!(f, "the escape at byte {at} is half of a surrogate pair without the other half"),
            Problem::Control => write!(f, "a control character stands unescaped in a string, at byte {at}"),
            Problem::Trailing => write!(f, "something follows the JSON text, at byte {at}"),
        }
    }
}

impl Error for Fault {}
