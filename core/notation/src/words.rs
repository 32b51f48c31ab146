//! The cursor that walks a line word by word and knows the column of each.

use crate::{Error, Problem};

/// A word of a line, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// The word.
    pub text: &'a str,
    /// The column of its first character, counted in characters from 1.
    pub column: u32,
}

impl Word<'_> {
    /// The error that says what should stand in this word's place.
    #[must_use]
    pub const fn error(&self, problem: Problem) -> Error {
        Error::at(self.column, problem)
    }
}

/// The words of a line, one after the other.
#[derive(Clone, Debug)]
pub struct Words<'a> {
    rest: &'a str,
    column: u32,
}

impl<'a> Words<'a> {
    /// The words of this text, which begins in column 1.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self { rest: text, column: 1 }
    }

    /// The column of what is left.
    #[must_use]
    pub const fn column(&self) -> u32 {
        self.column
    }

    /// The next word, without passing it.
    #[must_use]
    pub fn peek(&self) -> Option<Word<'a>> {
        self.clone().next()
    }

    /// Passes the next word if it is this one.
    pub fn take(&mut self, text: &str) -> bool {
        let found = self.peek().is_some_and(|word| word.text == text);
        if found {
            self.next();
        }
        found
    }

    /// The next word.
    ///
    /// # Errors
    /// `problem`, just behind the last word, if there is none.
    pub fn need(&mut self, problem: Problem) -> Result<Word<'a>, Error> {
        let behind = self.column;
        self.next().ok_or(Error::at(behind, problem))
    }

    /// Makes sure that nothing is left.
    ///
    /// # Errors
    /// [`Problem::Extra`] if there is another word.
    pub fn end(&mut self) -> Result<(), Error> {
        match self.next() {
            None => Ok(()),
            Some(word) => Err(word.error(Problem::Extra)),
        }
    }

    fn pass(&mut self, bytes: usize) -> &'a str {
        let (passed, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        let columns = u32::try_from(passed.chars().count()).unwrap_or(u32::MAX);
        self.column = self.column.saturating_add(columns);
        self.rest = rest;
        passed
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = Word<'a>;

    fn next(&mut self) -> Option<Word<'a>> {
        let begin = self.rest.find(|c: char| !c.is_whitespace())?;
        self.pass(begin);
        let column = self.column;
        let end = self.rest.find(char::is_whitespace).unwrap_or(self.rest.len());
        Some(Word { text: self.pass(end), column })
    }
}
