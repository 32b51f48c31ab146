//! The walk over a JSON text: checks one value after the other, without recursion and without memory that grows.

use super::text::read_escape;
use super::{Fault, Problem, Text};

/// How deeply objects and arrays may be nested, the outermost counted.
///
/// A member's value is then at most 127 levels deep: what `serde_json`'s recursion limit lets through, and far more than
/// any known protocol sends.
pub const DEPTH_MAX: u32 = u128::BITS;

/// A place in a text. What is before it was checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    rest: &'a [u8],
}

/// The objects and arrays around a place, the innermost in the lowest bit.
struct Nesting {
    depth: u32,
    objects: u128,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, rest: text.as_bytes() }
    }

    pub(super) fn at(&self) -> usize {
        self.text.len().saturating_sub(self.rest.len())
    }

    pub(super) fn fault(&self, problem: Problem) -> Fault {
        Fault { at: self.at(), problem }
    }

    /// What was walked over since `start`. Both ends lie beside a character of ASCII, so nothing is cut.
    pub(super) fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at()).unwrap_or_default()
    }

    /// Walks over blanks; the byte after them stays.
    pub(super) fn peek(&mut self) -> Option<u8> {
        let blanks = self.rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.rest = self.rest.get(blanks..).unwrap_or_default();
        self.rest.first().copied()
    }

    pub(super) fn skip(&mut self) {
        self.rest = self.rest.get(1..).unwrap_or_default();
    }

    /// Walks over blanks and this byte, if it is next.
    pub(super) fn eat(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.skip();
        }
        found
    }

    pub(super) fn expect(&mut self, wanted: u8) -> Result<(), Fault> {
        if self.eat(wanted) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Something else than what is wanted stands here, or nothing.
    fn unexpected(&self) -> Fault {
        self.fault(if self.rest.is_empty() { Problem::Ends } else { Problem::Unexpected })
    }

    /// Walks over one whole value that stands inside of `depth` objects and arrays.
    pub(super) fn value(&mut self, depth: u32) -> Result<(), Fault> {
        let mut around = Nesting { depth, objects: 0 };
        loop {
            if self.begin(&mut around)? {
                continue;
            }
            // A value is complete, and with it maybe those around it.
            loop {
                if around.depth == depth {
                    return Ok(());
                }
                if !self.end(&mut around)? {
                    break;
                }
            }
        }
    }

    /// Walks over a scalar, an empty object or array, or into the first value of another one: then true.
    fn begin(&mut self, around: &mut Nesting) -> Result<bool, Fault> {
        match self.peek() {
            Some(b'"') => self.string()?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word(b"true")?,
            Some(b'f') => self.word(b"false")?,
            Some(b'n') => self.word(b"null")?,
            Some(bracket @ (b'{' | b'[')) => {
                let is_object = bracket == b'{';
                if around.depth >= DEPTH_MAX {
                    return Err(self.fault(Problem::TooDeep));
                }
                self.skip();
                if self.eat(if is_object { b'}' } else { b']' }) {
                    return Ok(false);
                }
                around.enter(is_object);
                if is_object {
                    self.name()?;
                }
                return Ok(true);
            }
            Some(_) | None => return Err(self.unexpected()),
        }
        Ok(false)
    }

    /// Walks over what follows a value: out of what is around it (then true), or to the next value in there.
    fn end(&mut self, around: &mut Nesting) -> Result<bool, Fault> {
        let is_object = around.is_object();
        match self.peek() {
            Some(b',') => {
                self.skip();
                if is_object {
                    self.name()?;
                }
                Ok(false)
            }
            Some(b'}') if is_object => Ok(self.leave(around)),
            Some(b']') if !is_object => Ok(self.leave(around)),
            Some(_) | None => Err(self.unexpected()),
        }
    }

    fn leave(&mut self, around: &mut Nesting) -> bool {
        self.skip();
        around.leave();
        true
    }

    /// Walks over a member's name and its colon.
    pub(super) fn name(&mut self) -> Result<Text<'a>, Fault> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected());
        }
        let start = self.at();
        self.string()?;
        let name = self.since(start);
        self.expect(b':')?;
        Ok(Text::quoted(name).unwrap_or_default())
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Fault> {
        for wanted in word {
            if self.rest.first() != Some(wanted) {
                return Err(self.unexpected());
            }
            self.skip();
        }
        Ok(())
    }

    /// Walks over a number (RFC 8259 §6). Its size is the matter of who reads it.
    fn number(&mut self) -> Result<(), Fault> {
        let fault = self.fault(Problem::Number);
        self.eat_now(b"-");
        let leading_zero = self.rest.first() == Some(&b'0');
        let digits = self.digits();
        if digits == 0 || (leading_zero && digits > 1) {
            return Err(fault);
        }
        if self.eat_now(b".") && self.digits() == 0 {
            return Err(fault);
        }
        if self.eat_now(b"eE") {
            self.eat_now(b"+-");
            if self.digits() == 0 {
                return Err(fault);
            }
        }
        Ok(())
    }

    fn digits(&mut self) -> usize {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.rest = self.rest.get(digits..).unwrap_or_default();
        digits
    }

    fn eat_now(&mut self, any_of: &[u8]) -> bool {
        let found = self.rest.first().is_some_and(|byte| any_of.contains(byte));
        if found {
            self.skip();
        }
        found
    }

    /// Walks over a string, from its first quotation mark to its last.
    fn string(&mut self) -> Result<(), Fault> {
        self.skip();
        loop {
            let plain = self.rest.iter().position(|&byte| matches!(byte, b'"' | b'\\' | 0..0x20));
            self.rest = self.rest.get(plain.unwrap_or(self.rest.len())..).unwrap_or_default();
            match self.rest.first() {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(self.fault(Problem::Control)),
                None => return Err(self.fault(Problem::Ends)),
            }
        }
        self.skip();
        Ok(())
    }

    /// Walks over an escape, or the two that are a surrogate pair.
    fn escape(&mut self) -> Result<(), Fault> {
        let (escape, surrogate) = (self.fault(Problem::Escape), self.fault(Problem::Surrogate));
        match read_escape(&mut self.rest) {
            Ok(_) => Ok(()),
            Err(Problem::Ends) => Err(Fault { at: self.text.len(), problem: Problem::Ends }),
            Err(Problem::Surrogate) => Err(surrogate),
            Err(_) => Err(escape),
        }
    }

    /// Walks to the comma or brace that ends a value in which something is wrong: over strings and brackets of any kind.
    pub(super) fn skip_broken_value(&mut self) -> Result<(), Fault> {
        let mut depth = 0_usize;
        loop {
            match self.rest.first() {
                Some(b',' | b'}') if depth == 0 => return Ok(()),
                Some(b'"') => self.skip_broken_string(),
                Some(byte) => {
                    match byte {
                        b'{' | b'[' => depth = depth.saturating_add(1),
                        b'}' | b']' => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                    self.skip();
                }
                None => return Err(self.fault(Problem::Ends)),
            }
        }
    }

    fn skip_broken_string(&mut self) {
        self.skip();
        loop {
            match self.rest.first() {
                Some(b'"') => return self.skip(),
                Some(b'\\') => {
                    self.skip();
                    self.skip();
                }
                Some(_) => self.skip(),
                None => return,
            }
        }
    }
}

impl Nesting {
    fn enter(&mut self, is_object: bool) {
        self.objects = (self.objects << 1) | u128::from(is_object);
        self.depth = self.depth.saturating_add(1);
    }

    fn leave(&mut self) {
        self.objects >>= 1;
        self.depth = self.depth.saturating_sub(1);
    }

    const fn is_object(&self) -> bool {
        self.objects & 1 == 1
    }
}
