//! The messages as they are written, into buffers that the caller lends.

use super::message::{ERRORS, are_errors, check_operation, is_object};
use crate::json::{self, Value, Writer};
use crate::unwritten::finished;
use crate::{Error, Unwritten};

/// A client wants to be accepted; `payload`: an object with what that takes.
pub fn connection_init<'b>(buffer: &'b mut [u8], payload: Option<&str>) -> Result<&'b str, Unwritten> {
    bare(buffer, "connection_init", payload)
}

/// A server accepts; `payload`: an object with more about it.
pub fn connection_ack<'b>(buffer: &'b mut [u8], payload: Option<&str>) -> Result<&'b str, Unwritten> {
    bare(buffer, "connection_ack", payload)
}

/// Asks for a `pong`; `payload`: an object with more about it.
pub fn ping<'b>(buffer: &'b mut [u8], payload: Option<&str>) -> Result<&'b str, Unwritten> {
    bare(buffer, "ping", payload)
}

/// Answers a `ping`; `payload`: an object with more about it, that of the ping as a rule.
pub fn pong<'b>(buffer: &'b mut [u8], payload: Option<&str>) -> Result<&'b str, Unwritten> {
    bare(buffer, "pong", payload)
}

/// A client begins an operation; `payload`: an object with the `query`, and maybe `operationName`, `variables` and `extensions`.
pub fn subscribe<'b>(buffer: &'b mut [u8], id: &str, payload: &str) -> Result<&'b str, Unwritten> {
    let payload = object(payload)?;
    check_operation(payload).map_err(in_payload)?;
    about(buffer, "subscribe", id, Some(payload))
}

/// A server sends a result; `payload`: an object.
pub fn next<'b>(buffer: &'b mut [u8], id: &str, payload: &str) -> Result<&'b str, Unwritten> {
    about(buffer, "next", id, Some(object(payload)?))
}

/// A server ends an operation that has failed; `payload`: an array of errors, not an empty one.
pub fn error<'b>(buffer: &'b mut [u8], id: &str, payload: &str) -> Result<&'b str, Unwritten> {
    about(buffer, "error", id, Some(checked(payload, ERRORS, are_errors)?))
}

/// Either side ends an operation.
pub fn complete<'b>(buffer: &'b mut [u8], id: &str) -> Result<&'b str, Unwritten> {
    about(buffer, "complete", id, None)
}

fn bare<'b>(buffer: &'b mut [u8], kind: &str, payload: Option<&str>) -> Result<&'b str, Unwritten> {
    let payload = payload.map(object).transpose()?;
    let mut out = Writer::new(buffer);
    out.text("type", kind);
    if let Some(payload) = payload {
        out.value("payload", payload.raw());
    }
    finished(out)
}

fn about<'b>(buffer: &'b mut [u8], kind: &str, id: &str, payload: Option<Value<'_>>) -> Result<&'b str, Unwritten> {
    if id.is_empty() {
        return Err(Unwritten::Wrong { field: "id", expected: "a text with something in it" });
    }
    let mut out = Writer::new(buffer);
    out.text("id", id);
    out.text("type", kind);
    if let Some(payload) = payload {
        out.value("payload", payload.raw());
    }
    finished(out)
}

fn object(payload: &str) -> Result<Value<'_>, Unwritten> {
    checked(payload, "an object", is_object)
}

fn checked<'a>(payload: &'a str, expected: &'static str, is_right: fn(Value<'a>) -> bool) -> Result<Value<'a>, Unwritten> {
    let value = json::check(payload, 1).map_err(|fault| Unwritten::Json { field: "payload", fault })?;
    if is_right(value) { Ok(value) } else { Err(Unwritten::Wrong { field: "payload", expected }) }
}

/// What is wrong with an operation that is written is the same as with one that came.
fn in_payload(error: Error) -> Unwritten {
    match error {
        Error::Json(fault) => Unwritten::Json { field: "payload", fault },
        Error::Twice(field) => Unwritten::Wrong { field, expected: "there once" },
        Error::Missing(field) => Unwritten::Wrong { field, expected: "there" },
        Error::Wrong { field, expected } => Unwritten::Wrong { field, expected },
    }
}
