//! Owns what the commands promise: what they print, and how they end.

use std::io;
use std::process::Command;

const SLACK_BOT: &str = env!("CARGO_BIN_EXE_slack_bot");
const GRAPHQL: &str = env!("CARGO_BIN_EXE_graphql");

#[test]
fn the_slack_bot_answers_in_types_and_loses_nothing_over_a_renewal() -> io::Result<()> {
    let output = Command::new(SLACK_BOT).env_remove("SLACK_APP_TOKEN").output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    for line in [
        "message of U0FAKE: good morning \u{1f600}",
        "command of U0FAKE: /remind me to renew",
        "message of U0FAKE: late, on the old connection",
        "choose of U0FAKE: the red one",
        r#"-- Slack was answered: {"text":"/remind: you said \"me to renew\"","response_type":"ephemeral"}"#,
    ] {
        assert!(text.lines().any(|printed| printed == line), "{line:?} is missing\n{text}");
    }
    assert!(text.ends_with("-- 4 envelopes, 4 acknowledged, 0 lost\n"), "{text}");
    Ok(())
}

#[test]
fn a_graphql_subscription_outlives_its_token_and_its_server() -> io::Result<()> {
    let output = Command::new(GRAPHQL).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let parts: Vec<&str> = text.split("the server is restarted").collect();
    let [before, after] = parts[..] else { return Err(io::Error::other(text)) };
    assert!(before.contains(r#"{"data":{"me":"ann"}}"#) && before.contains("for ann, with her new token"), "{text}");
    assert!(after.contains(r#"{"data":{"ticks":"0 for ann"}}"#), "{text}");
    Ok(())
}
