//! What an implementation says came of an action.

use relink_profiles::Unwritten;
use relink_profiles::onebot::write::{self, Echo};
use relink_profiles::onebot::{Status, retcode};
use serde::Serialize;

use super::text;

/// The code of an action that failed because of the implementation itself: HTTP's 500, and 1000.
pub(super) const INTERNAL: i64 = 1500;

/// What came of an action, in the implementation's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    status: Status<'static>,
    retcode: i64,
    data: Option<String>,
}

impl Answer {
    /// It is done, and yields nothing.
    pub const DONE: Self = Self::without(Status::Ok, retcode::OK);
    /// It was taken on; what comes of it will not be told.
    pub const TAKEN_ON: Self = Self::without(Status::Async, retcode::ASYNC);
    /// What was asked for is not understood.
    pub const BAD_REQUEST: Self = Self::without(Status::Failed, retcode::BAD_REQUEST);
    /// There is no such action.
    pub const UNKNOWN: Self = Self::without(Status::Failed, retcode::NOT_FOUND);

    /// It is done, and yields this. What cannot be written as JSON is a fault of the implementation's: it fails with 1500.
    #[must_use]
    pub fn data(data: impl Serialize) -> Self {
        match serde_json::to_string(&data) {
            Ok(data) => Self { data: Some(data), ..Self::DONE },
            Err(why) => {
                tracing::error!(%why, "what an action yields cannot be written");
                Self::failed(INTERNAL)
            }
        }
    }

    /// It failed, with this code.
    #[must_use]
    pub const fn failed(retcode: i64) -> Self {
        Self::without(Status::Failed, retcode)
    }

    /// The same, with this JSON value as its data.
    #[must_use]
    pub fn with_raw(mut self, json: impl Into<String>) -> Self {
        self.data = Some(json.into());
        self
    }

    const fn without(status: Status<'static>, retcode: i64) -> Self {
        Self { status, retcode, data: None }
    }

    /// The message, with the echo as it came. Data that are no JSON are left out, and the answer says that it failed.
    pub(super) fn written(&self, echo: Option<&str>) -> String {
        self.write(echo).or_else(|_| Self::failed(INTERNAL).write(echo)).unwrap_or_default()
    }

    fn write(&self, echo: Option<&str>) -> Result<String, Unwritten> {
        let Self { status, retcode, data } = self;
        let bytes = 64 + data.as_deref().map_or(0, str::len) + echo.map_or(0, str::len);
        text::written(bytes, |buffer| write::response(buffer, *status, *retcode, data.as_deref(), Echo::from(echo)))
    }
}
