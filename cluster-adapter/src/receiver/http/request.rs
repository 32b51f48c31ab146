//! Owns what is in a request of Slack's: pure.

use std::borrow::Cow;

use relink_profiles::slack::Kind;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// What Slack wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish<'a> {
    /// To see that this URL is the app's: the challenge back.
    Challenge(String),
    /// To see that the URL can be reached.
    Check,
    /// Something for the app: the payload as Socket Mode would deliver it.
    Deliver(Kind, Cow<'a, str>),
}

/// It is none of Slack's requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotUnderstood;

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Option<Cow<'a, str>>,
    #[serde(default)]
    challenge: Option<String>,
}

/// A body of this type: JSON, or a form.
pub(super) fn read<'a>(content_type: &str, body: &'a [u8]) -> Result<Wish<'a>, NotUnderstood> {
    let text = str::from_utf8(body).map_err(|_| NotUnderstood)?;
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return event(text);
    }
    if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return form(body);
    }
    Err(NotUnderstood)
}

fn event(text: &str) -> Result<Wish<'_>, NotUnderstood> {
    let head: Head<'_> = serde_json::from_str(text).map_err(|_| NotUnderstood)?;
    match (head.kind.as_deref(), head.challenge) {
        (Some("url_verification"), Some(challenge)) => Ok(Wish::Challenge(challenge)),
        (_, _) => Ok(Wish::Deliver(Kind::EventsApi, text.into())),
    }
}

/// Interactions are JSON in one field; a command is the fields themselves, which Socket Mode delivers as an object.
fn form(body: &[u8]) -> Result<Wish<'_>, NotUnderstood> {
    let mut fields = serde_json::Map::new();
    for (name, value) in form_urlencoded::parse(body) {
        fields.entry(name).or_insert_with(|| value.into());
    }
    let text = |name: &str| fields.get(name).and_then(serde_json::Value::as_str);
    if let Some(payload) = text("payload") {
        serde_json::from_str::<IgnoredAny>(payload).map_err(|_| NotUnderstood)?;
        return Ok(Wish::Deliver(Kind::Interactive, payload.to_owned().into()));
    }
    if text("ssl_check") == Some("1") {
        return Ok(Wish::Check);
    }
    if text("command").is_none() {
        return Err(NotUnderstood);
    }
    serde_json::to_string(&fields).map(|payload| Wish::Deliver(Kind::SlashCommands, payload.into())).map_err(|_| NotUnderstood)
}

#[cfg(test)]
mod tests {
    use super::{Kind, NotUnderstood, Wish, read};

    const JSON: &str = "application/json; charset=utf-8";
    const FORM: &str = "application/x-www-form-urlencoded";

    #[test]
    fn an_event_is_the_body_as_it_is() {
        let body = r#"{"type":"event_callback","event_id":"Ev1","event":{"text":"\ud83d\ude00","n":2.50}}"#;
        assert_eq!(read(JSON, body.as_bytes()), Ok(Wish::Deliver(Kind::EventsApi, body.into())));
    }

    #[test]
    fn a_challenge_is_none_of_the_apps() {
        let body = r#"{"token":"t","challenge":"3eZbrw1a\u0042","type":"url_verification"}"#;
        assert_eq!(read(JSON, body.as_bytes()), Ok(Wish::Challenge("3eZbrw1aB".into())));
    }

    #[test]
    fn an_interaction_is_what_stands_in_its_field() {
        let wish = read(FORM, b"payload=%7B%22type%22%3A%22block_actions%22%2C%22n%22%3A1.50%2C%22t%22%3A%22a+b%2B%22%7D");
        assert_eq!(wish, Ok(Wish::Deliver(Kind::Interactive, r#"{"type":"block_actions","n":1.50,"t":"a b+"}"#.into())));
    }

    #[test]
    fn a_command_becomes_what_socket_mode_delivers() {
        let wish = read(FORM, b"command=%2Fweather&text=94070+%22x%22&channel_id=C1&command=again");
        assert_eq!(wish, Ok(Wish::Deliver(Kind::SlashCommands, r#"{"channel_id":"C1","command":"/weather","text":"94070 \"x\""}"#.into())));
        assert_eq!(read(FORM, b"ssl_check=1&token=x"), Ok(Wish::Check));
    }

    #[test]
    fn what_is_none_of_slacks_is_not_understood() {
        for (content_type, body) in
            [(JSON, "{"), (JSON, ""), (JSON, "7"), (FORM, ""), (FORM, "a=b"), (FORM, "payload=x"), ("text/plain", "{}"), ("", "{}")]
        {
            assert_eq!(read(content_type, body.as_bytes()), Err(NotUnderstood), "{content_type}: {body}");
        }
        assert_eq!(read(JSON, &[0xff]), Err(NotUnderstood));
    }
}
