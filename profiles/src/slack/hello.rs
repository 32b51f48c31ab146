//! The `hello`, by which Slack accepts a connection.

use core::time::Duration;

use super::Error;
use crate::fields::{Field, Odd};
use crate::json::Text;

/// The first message on a connection. What Slack did not say, or not as expected, is `None`: it is a hello all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hello<'a> {
    /// The app's id.
    pub app_id: Option<Text<'a>>,
    /// The connections that are registered for the app, this one among them and ghosts too.
    pub num_connections: Option<u32>,
    /// The host at the other end.
    pub host: Option<Text<'a>>,
    /// When that host was started.
    pub started: Option<Text<'a>>,
    /// What runs there.
    pub build_number: Option<u32>,
    /// How long the connection will last, about; 18060 s as a rule, 360 s with [`DEBUG_RECONNECTS`](super::url::DEBUG_RECONNECTS).
    pub approximate_connection_time: Option<Duration>,
    /// The first field that held something else than expected.
    pub odd: Option<Error>,
}

impl<'a> Hello<'a> {
    pub(super) fn read(connection_info: Option<Field<'a>>, num_connections: Option<Field<'a>>, debug_info: Option<Field<'a>>) -> Self {
        let mut odd = Odd::default();
        let [app_id] = odd.object(connection_info, ["app_id"]);
        let [host, started, build_number, time] =
            odd.object(debug_info, ["host", "started", "build_number", "approximate_connection_time"]);
        Self {
            app_id: odd.text(app_id),
            num_connections: odd.number(num_connections),
            host: odd.text(host),
            started: odd.text(started),
            build_number: odd.number(build_number),
            approximate_connection_time: odd.number(time).map(|secs| Duration::from_secs(secs.into())),
            odd: odd.0,
        }
    }
}
