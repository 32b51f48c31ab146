//! The recognition of messages: what a server may send, what a client may send, and what neither may.

use crate::Error;
use crate::fields::{Field, Fields, Odd, pick, required};
use crate::json::{Members, Text, Value};

/// What a client receives. Payloads are checked JSON values, the exact bytes that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromServer<'a> {
    /// The connection is accepted.
    ConnectionAck {
        /// An object with more about it.
        payload: Option<&'a str>,
    },
    /// A `pong` is wanted.
    Ping {
        /// An object with more about it.
        payload: Option<&'a str>,
    },
    /// The answer to a `ping`, or a heartbeat without one.
    Pong {
        /// An object with more about it.
        payload: Option<&'a str>,
    },
    /// A result. One whose id is not known is of an operation that has ended: ignore it.
    Next {
        /// The operation's id.
        id: Text<'a>,
        /// The result: an object.
        payload: &'a str,
    },
    /// An operation has failed, and ended.
    Error {
        /// The operation's id.
        id: Text<'a>,
        /// What went wrong: an array with something in it.
        payload: &'a str,
    },
    /// An operation has ended.
    Complete {
        /// The operation's id.
        id: Text<'a>,
    },
    /// What no server may send: the connection is closed.
    Invalid(Error),
}

/// What a server receives. Payloads are checked JSON values, the exact bytes that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromClient<'a> {
    /// The client wants to be accepted.
    ConnectionInit {
        /// An object with what it takes, a token for instance.
        payload: Option<&'a str>,
    },
    /// A `pong` is wanted.
    Ping {
        /// An object with more about it.
        payload: Option<&'a str>,
    },
    /// The answer to a `ping`, or a heartbeat without one.
    Pong {
        /// An object with more about it.
        payload: Option<&'a str>,
    },
    /// An operation is to begin.
    Subscribe {
        /// Its id.
        id: Text<'a>,
        /// An object with a query in it.
        payload: &'a str,
    },
    /// An operation is to end.
    Complete {
        /// Its id. One that is not known is of an operation that has ended: ignore it.
        id: Text<'a>,
    },
    /// What no client may send: the connection is closed.
    Invalid(Error),
}

/// The fields of a message.
struct Parts<'a> {
    kind: Text<'a>,
    id: Option<Field<'a>>,
    payload: Option<Field<'a>>,
}

pub(super) fn from_server(text: &str) -> FromServer<'_> {
    parts(text).and_then(|parts| parts.of_server()).unwrap_or_else(FromServer::Invalid)
}

pub(super) fn from_client(text: &str) -> FromClient<'_> {
    parts(text).and_then(|parts| parts.of_client()).unwrap_or_else(FromClient::Invalid)
}

fn parts(text: &str) -> Result<Parts<'_>, Error> {
    let Fields { values: [kind, id, payload], error } = pick(Members::of(text), ["type", "id", "payload"]);
    match error {
        Some(error) => Err(error),
        None => Ok(Parts { kind: required("type", kind)?, id, payload }),
    }
}

impl<'a> Parts<'a> {
    fn of_server(self) -> Result<FromServer<'a>, Error> {
        Ok(match self.kind {
            kind if kind == "next" => FromServer::Next { id: self.id()?, payload: self.required("an object", is_object)? },
            kind if kind == "error" => FromServer::Error { id: self.id()?, payload: self.required(ERRORS, are_errors)? },
            kind if kind == "complete" => FromServer::Complete { id: self.id()? },
            kind if kind == "connection_ack" => FromServer::ConnectionAck { payload: self.details()? },
            kind if kind == "ping" => FromServer::Ping { payload: self.details()? },
            kind if kind == "pong" => FromServer::Pong { payload: self.details()? },
            _ => return Err(Error::Wrong { field: "type", expected: "one that a server may send" }),
        })
    }

    fn of_client(self) -> Result<FromClient<'a>, Error> {
        Ok(match self.kind {
            kind if kind == "subscribe" => {
                let (id, payload) = (self.id()?, self.required("an object", is_object)?);
                self.payload.map_or(Ok(()), |payload| check_operation(payload.value))?;
                FromClient::Subscribe { id, payload }
            }
            kind if kind == "complete" => FromClient::Complete { id: self.id()? },
            kind if kind == "connection_init" => FromClient::ConnectionInit { payload: self.details()? },
            kind if kind == "ping" => FromClient::Ping { payload: self.details()? },
            kind if kind == "pong" => FromClient::Pong { payload: self.details()? },
            _ => return Err(Error::Wrong { field: "type", expected: "one that a client may send" }),
        })
    }

    fn id(&self) -> Result<Text<'a>, Error> {
        required("id", self.id)
    }

    fn required(&self, expected: &'static str, is_right: fn(Value<'a>) -> bool) -> Result<&'a str, Error> {
        let value = self.payload.ok_or(Error::Missing("payload"))?.value;
        if is_right(value) { Ok(value.raw()) } else { Err(Error::Wrong { field: "payload", expected }) }
    }

    /// A payload that may as well be missing.
    fn details(&self) -> Result<Option<&'a str>, Error> {
        self.payload.map(|_| self.required("an object", is_object)).transpose()
    }
}

pub(super) const ERRORS: &str = "an array with something in it";

pub(super) fn is_object(value: Value<'_>) -> bool {
    value.members().is_some()
}

/// Whether it is an array, and not an empty one. What is in it is the user's.
pub(super) fn are_errors(value: Value<'_>) -> bool {
    value.raw().strip_prefix('[').is_some_and(|rest| !rest.trim_start_matches([' ', '\t', '\n', '\r']).starts_with(']'))
}

/// What an operation must hold (`PROTOCOL.md`, "Subscribe").
pub(super) fn check_operation(payload: Value<'_>) -> Result<(), Error> {
    let Some(members) = payload.members() else { return Err(Error::Wrong { field: "payload", expected: "an object" }) };
    let Fields { values: [query, name, variables, extensions], error } =
        pick(members, ["query", "operationName", "variables", "extensions"]);
    let missing = if query.is_none() { Some(Error::Missing("query")) } else { None };
    let mut odd = Odd(error.or(missing));
    odd.text(query);
    odd.text(name);
    odd.keep(variables, "an object", Value::members);
    odd.keep(extensions, "an object", Value::members);
    odd.0.map_or(Ok(()), Err)
}
