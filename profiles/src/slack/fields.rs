//! Owns the picking of the fields somebody knows out of an object, and what they hold.

use super::Error;
use crate::json::{Members, Text, Value};

/// The fields of an object under the names asked for; what is `null` counts as not there.
pub(super) struct Fields<'a, const N: usize> {
    pub(super) values: [Option<Field<'a>>; N],
    /// The first thing that is wrong with the object as a whole. Then its fields are worth no more than a guess.
    pub(super) error: Option<Error>,
}

/// A field under its name.
#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    pub(super) name: &'static str,
    pub(super) value: Value<'a>,
}

/// Picks fields by name. One that is there twice is an error, and not picked at all.
pub(super) fn pick<'a, const N: usize>(members: Members<'a>, names: [&'static str; N]) -> Fields<'a, N> {
    let mut fields = Fields { values: [None; N], error: None };
    let mut seen = [false; N];
    for member in members {
        let member = match member {
            Ok(member) => member,
            Err(fault) => {
                fields.note(Error::Json(fault));
                break;
            }
        };
        let value = member.value.map_err(|fault| fields.note(Error::Json(fault))).ok();
        let mut slots = names.iter().zip(&mut fields.values).zip(&mut seen);
        let Some(((name, slot), seen)) = slots.find(|((name, _), _)| member.name == **name) else { continue };
        if core::mem::replace(seen, true) {
            *slot = None;
            fields.note(Error::Twice(name));
        } else {
            *slot = value.filter(|value| !value.is_null()).map(|value| Field { name, value });
        }
    }
    fields
}

impl<const N: usize> Fields<'_, N> {
    fn note(&mut self, error: Error) {
        self.error.get_or_insert(error);
    }
}

/// The first thing that is odd about what may as well be missing.
#[derive(Default)]
pub(super) struct Odd(pub(super) Option<Error>);

impl Odd {
    pub(super) fn text<'a>(&mut self, field: Option<Field<'a>>) -> Option<Text<'a>> {
        self.keep(field, "a text", Value::text)
    }

    pub(super) fn number(&mut self, field: Option<Field<'_>>) -> Option<u32> {
        self.keep(field, "a whole number from 0 to 4294967295", Value::number)
    }

    pub(super) fn flag(&mut self, field: Option<Field<'_>>) -> Option<bool> {
        self.keep(field, "true or false", Value::flag)
    }

    /// The fields of an object inside of a checked one.
    pub(super) fn object<'a, const N: usize>(&mut self, field: Option<Field<'a>>, names: [&'static str; N]) -> [Option<Field<'a>>; N] {
        let Some(members) = self.keep(field, "an object", Value::members) else { return [None; N] };
        let fields = pick(members, names);
        if let Some(error) = fields.error {
            self.0.get_or_insert(error);
        }
        fields.values
    }

    fn keep<'a, T>(&mut self, field: Option<Field<'a>>, expected: &'static str, read: fn(Value<'a>) -> Option<T>) -> Option<T> {
        let Field { name, value } = field?;
        let read = read(value);
        if read.is_none() {
            self.0.get_or_insert(Error::Wrong { field: name, expected });
        }
        read
    }
}

/// A field without which the message means nothing; never empty.
pub(super) fn required<'a>(name: &'static str, field: Option<Field<'a>>) -> Result<Text<'a>, Error> {
    let text = field.ok_or(Error::Missing(name))?.value.text();
    text.filter(|text| !text.is_empty()).ok_or(Error::Wrong { field: name, expected: "a text with something in it" })
}
