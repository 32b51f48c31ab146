//! What names a call: written by us as a number in a string, known again however the peer writes it.

use crate::json::{self, unescape};

/// The number of our own call in an echo that came back; `None` if it is not of our making.
///
/// We send `"17"`, because a number of 64 bits is not safe in an implementation that keeps numbers as floating point.
/// One that reads numbers out of strings gives back `17`; one that escapes gives back `"\u0031\u0037"`: it is the same call.
#[must_use]
pub fn call(echo: &str) -> Option<u64> {
    let value = json::check(echo, 1).ok()?;
    match value.text() {
        Some(text) => number(text.chars()),
        None => number(value.raw().chars()),
    }
}

/// A number written in the one way in which we write it.
fn number(digits: impl Iterator<Item = char>) -> Option<u64> {
    let mut number = None;
    for digit in digits {
        let digit = u64::from(digit.to_digit(10)?);
        number = match number {
            Some(0) => return None,
            before => Some(before.unwrap_or(0_u64).checked_mul(10)?.checked_add(digit)?),
        };
    }
    number
}

/// Whether two echoes are the same value: how to find the answer to a call whose echo the user chose.
///
/// Blanks between the tokens do not matter, nor which characters of a string are escaped. Numbers have to be written alike,
/// and members have to come in the same order.
#[must_use]
pub fn is_same(sent: &str, came: &str) -> bool {
    Tokens::of(sent).eq(Tokens::of(came))
}

/// A JSON value, character by character, as what it means.
struct Tokens<'a> {
    rest: &'a str,
    in_string: bool,
}

#[derive(PartialEq, Eq)]
enum Token {
    /// A character outside of strings, or a string's quotation mark.
    Mark(char),
    /// A character in a string, escaped or not.
    Said(char),
}

impl<'a> Tokens<'a> {
    const fn of(value: &'a str) -> Self {
        Self { rest: value, in_string: false }
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        if !self.in_string {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
        }
        let first = self.rest.chars().next()?;
        if first == '"' {
            self.in_string = !self.in_string;
        } else if self.in_string {
            return unescape(&mut self.rest).map(Token::Said);
        }
        self.rest = self.rest.get(first.len_utf8()..).unwrap_or_default();
        Some(Token::Mark(first))
    }
}
