//! The recognition of what an application sends: actions.

use crate::Error;
use crate::fields::{Fields, pick_nulls_too, required};
use crate::json::{Members, Text};

/// A message from an application. Each is answered with the echo that came with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// Something to do.
    Action(Action<'a>),
    /// Something that cannot be understood: it is answered with [`BAD_REQUEST`](super::retcode::BAD_REQUEST).
    Malformed(Malformed<'a>),
}

/// Something to do (`communication/ws.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action<'a> {
    /// What.
    pub action: Text<'a>,
    /// With what: a checked JSON value, the exact bytes that came. `null` counts as nothing.
    pub params: Option<&'a str>,
    /// What names it: a checked JSON value of any kind, `null` among them, the exact bytes that came.
    pub echo: Option<&'a str>,
}

/// What cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed<'a> {
    /// What names it, as far as that can be told: a checked JSON value, the exact bytes that came.
    pub echo: Option<&'a str>,
    /// What is wrong with it.
    pub why: Error,
}

impl<'a> Request<'a> {
    /// What names it in its answer.
    #[must_use]
    pub const fn echo(&self) -> Option<&'a str> {
        match self {
            Self::Action(action) => action.echo,
            Self::Malformed(malformed) => malformed.echo,
        }
    }
}

pub(super) fn read(text: &str) -> Request<'_> {
    let Fields { values: [action, params, echo], error } = pick_nulls_too(Members::of(text), ["action", "params", "echo"]);
    let echo = echo.map(|field| field.value.raw());
    let readable = match error {
        Some(error) => Err(error),
        None => required("action", action.filter(|field| !field.value.is_null())),
    };
    match readable {
        Ok(action) => {
            let params = params.filter(|field| !field.value.is_null()).map(|field| field.value.raw());
            Request::Action(Action { action, params, echo })
        }
        Err(why) => Request::Malformed(Malformed { echo, why }),
    }
}
