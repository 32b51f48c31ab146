//! The members of an object, one after the other; what is wrong in one of them does not hide the others.

use super::cursor::Cursor;
use super::{Fault, Problem, Text, Value};

/// A member of the outermost object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// Its name.
    pub name: Text<'a>,
    /// Its value, or what is wrong inside of it. Then the members behind it are where its brackets end, as well as
    /// that can be told.
    pub value: Result<Value<'a>, Fault>,
}

/// The members of the outermost object of a text, in the order in which they came, duplicates among them.
///
/// A `Fault` in place of a member is the last that is yielded: what stands there cannot be told. If none came, neither
/// as an item nor in a value, all of the text is a JSON object as RFC 8259 has it, nested no deeper than
/// [`DEPTH_MAX`](super::DEPTH_MAX), with strings that can be read. Takes time in proportion to the length of the text, and
/// a few hundred bytes of stack, whatever the text is.
#[derive(Clone, Debug)]
pub struct Members<'a> {
    cursor: Cursor<'a>,
    place: Place,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Before,
    First,
    Next,
    Over,
}

impl<'a> Members<'a> {
    /// The members of the object that the text is.
    #[must_use]
    pub const fn of(text: &'a str) -> Self {
        Self { cursor: Cursor::new(text), place: Place::Before }
    }

    /// The next member, or none if the object ends here.
    fn advance(&mut self) -> Result<Option<Member<'a>>, Fault> {
        if matches!(self.place, Place::Before) {
            if !self.cursor.eat(b'{') {
                let problem = if self.cursor.peek().is_none() { Problem::Ends } else { Problem::NotAnObject };
                return Err(self.cursor.fault(problem));
            }
            self.place = Place::First;
        }
        match self.place {
            Place::Over => return Ok(None),
            Place::First if self.cursor.eat(b'}') => return self.ends(),
            Place::Next if self.cursor.eat(b'}') => return self.ends(),
            Place::Next => self.cursor.expect(b',')?,
            Place::Before | Place::First => self.place = Place::Next,
        }
        self.member().map(Some)
    }

    fn member(&mut self) -> Result<Member<'a>, Fault> {
        let name = self.cursor.name()?;
        self.cursor.peek();
        let begin = self.cursor;
        let value = match self.cursor.value(1) {
            Ok(()) => Ok(Value::checked(self.cursor.since(begin.at()))),
            Err(fault) => {
                self.cursor = begin;
                if self.cursor.skip_broken_value().is_err() {
                    self.place = Place::Over;
                }
                Err(fault)
            }
        };
        Ok(Member { name, value })
    }

    fn ends(&mut self) -> Result<Option<Member<'a>>, Fault> {
        self.place = Place::Over;
        match self.cursor.peek() {
            None => Ok(None),
            Some(_) => Err(self.cursor.fault(Problem::Trailing)),
        }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = Result<Member<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.advance();
        if next.is_err() {
            self.place = Place::Over;
        }
        next.transpose()
    }
}

/// Checks that the text is one JSON value of any kind, nested no deeper than [`DEPTH_MAX`](super::DEPTH_MAX) within `depth` others.
pub fn check(text: &str, depth: u32) -> Result<Value<'_>, Fault> {
    let mut cursor = Cursor::new(text);
    cursor.peek();
    let start = cursor.at();
    cursor.value(depth)?;
    let value = cursor.since(start);
    match cursor.peek() {
        None => Ok(Value::checked(value)),
        Some(_) => Err(cursor.fault(Problem::Trailing)),
    }
}
