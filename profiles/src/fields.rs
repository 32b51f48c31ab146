//! The picking of the fields somebody knows out of an object, and what they hold.

use crate::Error;
use crate::json::{Members, Text, Value};

/// The fields of an object under the names asked for.
pub(crate) struct Fields<'a, const N: usize> {
    pub(crate) values: [Option<Field<'a>>; N],
    /// The first thing that is wrong with the object as a whole. Then its fields are worth no more than a guess.
    pub(crate) error: Option<Error>,
}

/// A field under its name.
#[derive(Clone, Copy)]
pub(crate) struct Field<'a> {
    pub(crate) name: &'static str,
    pub(crate) value: Value<'a>,
}

/// Picks fields by name; what is `null` counts as not there. One that is there twice is an error, and not picked at all.
pub(crate) fn pick<'a, const N: usize>(members: Members<'a>, names: [&'static str; N]) -> Fields<'a, N> {
    let mut values = [None; N];
    let error = fill(members, &names, &mut values, &mut [false; N], Value::is_null);
    Fields { values, error }
}

/// As [`pick`], for who has to tell a `null` from what is not there.
pub(crate) fn pick_nulls_too<'a, const N: usize>(members: Members<'a>, names: [&'static str; N]) -> Fields<'a, N> {
    let mut values = [None; N];
    let error = fill(members, &names, &mut values, &mut [false; N], |_| false);
    Fields { values, error }
}

/// One function for any number of names: code is as dear as memory where this runs.
fn fill<'a>(
    members: Members<'a>,
    names: &[&'static str],
    values: &mut [Option<Field<'a>>],
    seen: &mut [bool],
    is_nothing: fn(Value<'a>) -> bool,
) -> Option<Error> {
    let mut error = None;
    for member in members {
        let member = match member {
            Ok(member) => member,
            Err(fault) => return error.or(Some(Error::Json(fault))),
        };
        let value = match member.value {
            Ok(value) => Some(value),
            Err(fault) => {
                error = error.or(Some(Error::Json(fault)));
                None
            }
        };
        // As a rule a name has no escapes, and there is one look for them.
        let plain = member.name.plain();
        let is_called = |name: &str| plain.map_or_else(|| member.name == *name, |plain| plain == name);
        let mut slots = names.iter().zip(values.iter_mut()).zip(seen.iter_mut());
        let Some(((name, slot), seen)) = slots.find(|((name, _), _)| is_called(name)) else { continue };
        if core::mem::replace(seen, true) {
            *slot = None;
            error = error.or(Some(Error::Twice(name)));
        } else {
            *slot = value.filter(|value| !is_nothing(*value)).map(|value| Field { name, value });
        }
    }
    error
}

/// The first thing that is odd about what may as well be missing.
#[derive(Default)]
pub(crate) struct Odd(pub(crate) Option<Error>);

impl Odd {
    pub(crate) fn text<'a>(&mut self, field: Option<Field<'a>>) -> Option<Text<'a>> {
        self.keep(field, "a text", Value::text)
    }

    pub(crate) fn number(&mut self, field: Option<Field<'_>>) -> Option<u32> {
        self.keep(field, "a whole number from 0 to 4294967295", Value::number)
    }

    pub(crate) fn signed(&mut self, field: Option<Field<'_>>) -> Option<i64> {
        self.keep(field, "a whole number of at most 64 bits", Value::signed)
    }

    pub(crate) fn flag(&mut self, field: Option<Field<'_>>) -> Option<bool> {
        self.keep(field, "true or false", Value::flag)
    }

    /// The fields of an object inside of a checked one.
    pub(crate) fn object<'a, const N: usize>(&mut self, field: Option<Field<'a>>, names: [&'static str; N]) -> [Option<Field<'a>>; N] {
        let Some(members) = self.keep(field, "an object", Value::members) else { return [None; N] };
        let fields = pick(members, names);
        if let Some(error) = fields.error {
            self.0.get_or_insert(error);
        }
        fields.values
    }

    pub(crate) fn keep<'a, T>(&mut self, field: Option<Field<'a>>, expected: &'static str, read: fn(Value<'a>) -> Option<T>) -> Option<T> {
        let Field { name, value } = field?;
        let read = read(value);
        if read.is_none() {
            self.0.get_or_insert(Error::Wrong { field: name, expected });
        }
        read
    }
}

/// A field without which the message means nothing; never empty.
pub(crate) fn required<'a>(name: &'static str, field: Option<Field<'a>>) -> Result<Text<'a>, Error> {
    let text = field.ok_or(Error::Missing(name))?.value.text();
    text.filter(|text| !text.is_empty()).ok_or(Error::Wrong { field: name, expected: "a text with something in it" })
}
