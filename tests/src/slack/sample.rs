//! Owns payloads as Slack's: small ones of each kind, which the official clients and their users' types take.

use super::reason::Kind;

/// A payload of this kind. The number stands in it as text and, for tests, as the member `flood`.
#[must_use]
pub fn sample(kind: Kind, number: usize) -> String {
    match kind {
        Kind::EventsApi => {
            let event =
                format!(r#"{{"type":"message","channel":"C0FAKE","user":"U0FAKE","text":"{number}","ts":"1700000000.{number:06}"}}"#);
            format!(r#"{{"team_id":"T0FAKE","type":"event_callback","event_id":"Ev{number:08}","event":{event},"flood":{number}}}"#)
        }
        Kind::Interactive => {
            let action =
                format!(r#"{{"type":"button","block_id":"b","action_id":"a","value":"{number}","action_ts":"1700000000.{number:06}"}}"#);
            format!(
                r#"{{"type":"block_actions","user":{{"id":"U0FAKE"}},"trigger_id":"1.{number}","actions":[{action}],"flood":{number}}}"#
            )
        }
        Kind::SlashCommands => {
            format!(
                r#"{{"command":"/flood","text":"{number}","user_id":"U0FAKE","channel_id":"C0FAKE","trigger_id":"1.{number}","flood":{number}}}"#
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_json_with_its_number() {
        for kind in Kind::ALL {
            let payload: Option<serde_json::Value> = serde_json::from_str(&sample(kind, 7)).ok();
            assert!(payload.is_some_and(|payload| payload["flood"] == 7), "{kind}");
        }
    }
}
