//! What is counted through the `metrics` facade: the names, and what they mean.

use metrics::Unit::{self, Bytes, Count};

/// The name, the unit, and the meaning; labels in brackets.
type Counted = (&'static str, Unit, &'static str);

const COUNTERS: &[Counted] = &[
    ("relink_dials_total", Count, "Attempts begun"),
    ("relink_ups_total", Count, "Times a link came up"),
    ("relink_downs_total", Count, "Times a link went down (reason, code: the HTTP status or close code)"),
    ("relink_failed_total", Count, "Attempts that never came up (reason, code: the HTTP status or close code)"),
    ("relink_renewals_total", Count, "Changes of the current connection without a moment between"),
    ("relink_gave_up_total", Count, "Links that will not be dialled again"),
    ("relink_ignored_total", Count, "Events that meant nothing to a link when they came"),
    ("relink_messages_total", Count, "Messages received, or handed to a connection, dialled or accepted (direction)"),
    ("relink_bytes_total", Bytes, "Bytes of messages received, or handed to a connection, dialled or accepted (direction)"),
    #[cfg(feature = "server")]
    ("relink_server_accepted_total", Count, "Streams and requests that were taken in"),
    #[cfg(feature = "server")]
    ("relink_server_sessions_total", Count, "Those of them that were let in, and came up"),
    #[cfg(feature = "server")]
    ("relink_server_rejected_total", Count, "Requests refused with an HTTP answer (status)"),
    #[cfg(feature = "server")]
    ("relink_server_turned_away_total", Count, "Streams dropped without an answer: there were too many at once"),
    #[cfg(feature = "server")]
    ("relink_server_ended_total", Count, "Sessions that have ended (cause: who wanted it; reason; code: of the Close)"),
    #[cfg(feature = "server")]
    ("relink_server_forced_total", Count, "Those of them whose transport had to be dropped"),
    #[cfg(feature = "server")]
    ("relink_server_stale_total", Count, "Messages and ends meant for connections that were gone"),
    #[cfg(feature = "server")]
    ("relink_server_full_total", Count, "Messages refused because a connection takes them too slowly"),
    #[cfg(feature = "server")]
    ("relink_server_panicked_total", Count, "Sessions whose future panicked"),
];

const GAUGES: &[Counted] = &[
    #[cfg(feature = "server")]
    ("relink_server_connections", Count, "Connections that are there now: let in, or still shaking hands"),
    #[cfg(feature = "server")]
    ("relink_server_replaced", Count, "Those among them that a newer one has replaced, and that have not ended yet"),
    #[cfg(feature = "server")]
    ("relink_server_draining", Count, "Servers that are being drained now: they let nobody in"),
    #[cfg(feature = "slack")]
    ("relink_slack_num_connections", Count, "Connections of the app as Slack counts them, by its last hello"),
];

/// Tells the recorder that is installed what the counters and gauges mean. To be called once, after it is installed.
pub fn describe_metrics() {
    for (name, unit, meaning) in COUNTERS {
        metrics::describe_counter!(*name, *unit, *meaning);
    }
    for (name, unit, meaning) in GAUGES {
        metrics::describe_gauge!(*name, *unit, *meaning);
    }
}
