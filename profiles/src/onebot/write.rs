//! The messages as they are written, into buffers that the caller lends.

use relink_core::Millis;

use super::response::Status;
use super::{SelfId, Stage};
use crate::Unwritten;
use crate::json::Writer;
use crate::unwritten::{checked, finished};

/// What names an action, in the action and in its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Echo<'a> {
    /// Nothing: the answer cannot be told from others.
    None,
    /// The number of a call of ours, which [`call`](super::echo::call) reads again.
    Call(u64),
    /// One JSON value of any kind, sent as it is.
    Raw(&'a str),
}

/// What a heartbeat says of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether the account is online; `None` where that cannot be told.
    pub online: Option<bool>,
    /// Whether all is as it should be.
    pub good: bool,
}

/// Something about the implementation's own life; `time` in seconds since 1970.
pub fn lifecycle<'b>(buffer: &'b mut [u8], stage: Stage<'_>, time: i64, self_id: SelfId) -> Result<&'b str, Unwritten> {
    let mut out = meta_event(buffer, "lifecycle", time, self_id);
    match stage {
        Stage::Connect => out.text("sub_type", "connect"),
        Stage::Enable => out.text("sub_type", "enable"),
        Stage::Disable => out.text("sub_type", "disable"),
        Stage::Other(name) => out.string("sub_type", name),
    }
    finished(out)
}

/// The service works, and says so again after `interval`; `time` in seconds since 1970.
pub fn heartbeat(buffer: &mut [u8], health: Health, interval: Millis, time: i64, self_id: SelfId) -> Result<&str, Unwritten> {
    let mut out = meta_event(buffer, "heartbeat", time, self_id);
    out.object("status", |status| {
        match health.online {
            Some(online) => status.flag("online", online),
            None => status.value("online", "null"),
        }
        status.flag("good", health.good);
    });
    out.number("interval", i64::from(interval.get()));
    finished(out)
}

/// Something to do, with `params` as JSON.
pub fn action<'b>(buffer: &'b mut [u8], action: &str, params: Option<&str>, echo: Echo<'_>) -> Result<&'b str, Unwritten> {
    let params = params.map(|params| checked("params", params)).transpose()?;
    let mut out = Writer::new(buffer);
    out.text("action", action);
    if let Some(params) = params {
        out.value("params", params);
    }
    put_echo(&mut out, echo)?;
    finished(out)
}

/// What came of an action, with `data` as JSON (`null` if there is none), and the echo as it came.
pub fn response<'b>(
    buffer: &'b mut [u8],
    status: Status<'_>,
    retcode: i64,
    data: Option<&str>,
    echo: Echo<'_>,
) -> Result<&'b str, Unwritten> {
    let data = data.map(|data| checked("data", data)).transpose()?;
    let mut out = Writer::new(buffer);
    match status {
        Status::Ok | Status::Async | Status::Failed => out.text("status", status.as_str()),
        Status::Other(name) => out.string("status", name),
    }
    out.number("retcode", retcode);
    out.value("data", data.unwrap_or("null"));
    put_echo(&mut out, echo)?;
    finished(out)
}

fn meta_event<'b>(buffer: &'b mut [u8], kind: &str, time: i64, self_id: SelfId) -> Writer<'b> {
    let mut out = Writer::new(buffer);
    out.number("time", time);
    out.number("self_id", self_id.get());
    out.text("post_type", "meta_event");
    out.text("meta_event_type", kind);
    out
}

fn put_echo(out: &mut Writer<'_>, echo: Echo<'_>) -> Result<(), Unwritten> {
    match echo {
        Echo::None => {}
        Echo::Call(number) => out.number_as_text("echo", number),
        Echo::Raw(value) => out.value("echo", checked("echo", value)?),
    }
    Ok(())
}

impl<'a> From<Option<&'a str>> for Echo<'a> {
    /// The echo of a [request](super::Request::echo), for its answer.
    fn from(echo: Option<&'a str>) -> Self {
        echo.map_or(Self::None, Self::Raw)
    }
}
