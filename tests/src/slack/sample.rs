//! Owns payloads as Slack's, one of each kind: whole ones, which the official clients and their users' types take.
//!
//! Their members are those of Slack's documentation: <https://docs.slack.dev/reference/events/message>,
//! <https://docs.slack.dev/interactivity/implementing-slash-commands>,
//! <https://docs.slack.dev/reference/interaction-payloads/block_actions-payload>.

use super::message::text;
use super::reason::Kind;

/// A message that somebody has written in a channel.
const MESSAGE: &str = include_str!("payloads/message.json");
/// A slash command, `/remind`.
const COMMAND: &str = include_str!("payloads/command.json");
/// A button that somebody has pressed, in a message of the app's.
const BUTTON: &str = include_str!("payloads/button.json");

/// A payload of this kind in which a person says something: writes it in a channel, behind the command `/remind`, or as the value of
/// the button that was pressed. What Slack numbers for each payload is made of the number.
#[must_use]
pub fn payload(kind: Kind, number: usize, says: &str) -> String {
    let template = match kind {
        Kind::EventsApi => MESSAGE,
        Kind::SlashCommands => COMMAND,
        Kind::Interactive => BUTTON,
    };
    // On one line, as Slack sends it: no text in a template spans two. What a person says comes last, whatever it looks like.
    let line: String = template.lines().map(str::trim_start).collect();
    line.replace("{NUMBER}", &format!("{number:06}")).replace("{TEXT}", &text(&says))
}

/// A payload of this kind. The number stands in it as text and, for tests, as its last member, `flood`.
#[must_use]
pub fn sample(kind: Kind, number: usize) -> String {
    let mut payload = payload(kind, number, &number.to_string());
    payload.pop();
    payload + &format!(r#","flood":{number}}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(payload: &str) -> serde_json::Value {
        serde_json::from_str(payload).unwrap_or_default()
    }

    #[test]
    fn a_sample_is_json_with_its_number() {
        for kind in Kind::ALL {
            assert_eq!(read(&sample(kind, 7))["flood"], 7, "{kind}");
        }
    }

    #[test]
    fn whatever_a_person_says_stands_in_it() {
        let says = "\"{NUMBER}\" {TEXT}\n\u{1f600}\\";
        let [message, button, command] =
            [Kind::EventsApi, Kind::Interactive, Kind::SlashCommands].map(|kind| read(&payload(kind, 12, says)));
        assert_eq!([&message["event"]["text"], &command["text"], &button["actions"][0]["value"]], [says; 3]);
        assert_eq!([&message["event_id"], &command["trigger_id"]], ["Ev0FAKE000012", "1700000000.000012.fake"]);
    }
}
