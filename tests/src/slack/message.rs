//! Owns Slack's messages as text, and the reading of a client's acknowledgement.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::reason::{Kind, Reason};

/// The name of the host that a connection is on, as Slack names them.
pub(crate) fn host(connection: usize) -> String {
    format!("applink-{connection}")
}

#[derive(Serialize)]
struct Hello<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    num_connections: usize,
    debug_info: DebugInfo<'a>,
    connection_info: ConnectionInfo<'a>,
}

#[derive(Serialize)]
struct DebugInfo<'a> {
    host: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    build_number: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    approximate_connection_time: Option<u64>,
}

#[derive(Serialize)]
struct ConnectionInfo<'a> {
    app_id: &'a str,
}

pub(crate) fn hello(app_id: &str, connection: usize, num_connections: usize, lifetime: Duration) -> String {
    let host = &host(connection);
    let debug_info = DebugInfo { host, build_number: Some(10), approximate_connection_time: Some(lifetime.as_secs()) };
    text(&Hello { kind: "hello", num_connections, debug_info, connection_info: ConnectionInfo { app_id } })
}

#[derive(Serialize)]
struct Disconnect<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    reason: &'a str,
    debug_info: DebugInfo<'a>,
}

pub(crate) fn disconnect(reason: &Reason, connection: usize) -> String {
    let host = &host(connection);
    let debug_info = DebugInfo { host, build_number: None, approximate_connection_time: None };
    text(&Disconnect { kind: "disconnect", reason: reason.as_str(), debug_info })
}

/// The payload stands in it as it was given, JSON or not, and before the type, as Slack has it.
pub(crate) fn envelope(id: &str, kind: Kind, payload: &str, attempt: u32) -> String {
    let id = text(&id);
    let rest = match kind {
        Kind::EventsApi => {
            let reason = if attempt == 0 { "" } else { "timeout" };
            format!(r#""accepts_response_payload":false,"retry_attempt":{attempt},"retry_reason":"{reason}""#)
        }
        Kind::Interactive | Kind::SlashCommands => r#""accepts_response_payload":true"#.to_owned(),
    };
    format!(r#"{{"envelope_id":{id},"payload":{payload},"type":"{kind}",{rest}}}"#)
}

/// A client's acknowledgement.
#[derive(Deserialize)]
pub(crate) struct AckText {
    pub(crate) envelope_id: String,
    pub(crate) payload: Option<Box<RawValue>>,
}

pub(crate) fn ack(text: &str) -> Option<AckText> {
    serde_json::from_str(text).ok()
}

#[derive(Serialize)]
struct OpenAnswer<'a> {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

pub(crate) fn url_answer(url: &str) -> String {
    text(&OpenAnswer { ok: true, url: Some(url), error: None })
}

pub(crate) fn error_answer(error: &str) -> String {
    text(&OpenAnswer { ok: false, url: None, error: Some(error) })
}

/// Structures of strings and numbers have a text; an empty one would be seen by every test.
pub(crate) fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_slacks() {
        assert_eq!(
            hello("A1", 3, 2, Duration::from_secs(18_060)),
            r#"{"type":"hello","num_connections":2,"debug_info":{"host":"applink-3","build_number":10,"approximate_connection_time":18060},"connection_info":{"app_id":"A1"}}"#
        );
        assert_eq!(disconnect(&Reason::Warning, 3), r#"{"type":"disconnect","reason":"warning","debug_info":{"host":"applink-3"}}"#);
        assert_eq!(
            envelope("a\"b", Kind::EventsApi, "{ }", 1),
            r#"{"envelope_id":"a\"b","payload":{ },"type":"events_api","accepts_response_payload":false,"retry_attempt":1,"retry_reason":"timeout"}"#
        );
        assert_eq!(
            envelope("i", Kind::Interactive, "[]", 0),
            r#"{"envelope_id":"i","payload":[],"type":"interactive","accepts_response_payload":true}"#
        );
        assert_eq!(url_answer("ws://h/"), r#"{"ok":true,"url":"ws://h/"}"#);
        assert_eq!(error_answer("invalid_auth"), r#"{"ok":false,"error":"invalid_auth"}"#);
    }

    #[test]
    fn an_acknowledgement_keeps_its_payload_as_it_is() {
        let read = ack(r#"{"envelope_id":"e", "payload": {"text":"\ud83d\ude00", "a":[1, 2]} }"#);
        let payload = read.and_then(|ack| ack.payload).map(|payload| payload.get().to_owned());
        assert_eq!(payload.as_deref(), Some(r#"{"text":"\ud83d\ude00", "a":[1, 2]}"#));
        assert!(ack(r#"{"envelope_id":"e"}"#).is_some_and(|ack| ack.payload.is_none()));
        assert!(ack(r#"{"type":"ping"}"#).is_none());
    }
}
