//! Owns the bare library of Slack's profile: reads whatever a peer sends, and writes the acknowledgement.
#![no_std]
#![expect(unsafe_code, reason = "exports symbols: their names occur nowhere else in the program they are linked into")]

use relink_bare as _;
use relink_core::{Report, Verdict};
use relink_profiles::slack::{ErrorName, Incoming, Slack, ack, url};
use relink_profiles::{Ending, Profile};

/// Recognises a message, says what it means to the link, and acknowledges what is to be acknowledged: the bytes to send.
#[unsafe(no_mangle)]
pub fn relink_slack_receive(text: &str, id_buffer: &mut [u8], buffer: &mut [u8], report: &mut Option<Report>) -> usize {
    let Ok(incoming) = Slack.recognise(text) else { return 0 };
    *report = Slack::report(&incoming);
    let id = match incoming {
        Incoming::Envelope(envelope) => envelope.id,
        Incoming::Unreadable(unreadable) => unreadable.id,
        Incoming::Hello(_) | Incoming::Disconnect(_) | Incoming::Unknown(_) => return 0,
    };
    id.write_to(id_buffer).and_then(|id| ack::bare(buffer, id).ok()).map_or(0, str::len)
}

/// Writes an acknowledgement with a payload.
#[unsafe(no_mangle)]
pub fn relink_slack_respond(id: &str, payload: &str, buffer: &mut [u8]) -> usize {
    ack::with_payload(buffer, id, payload).map_or(0, str::len)
}

/// Reads the answer of the call for a URL.
#[unsafe(no_mangle)]
pub fn relink_slack_url(body: &str, buffer: &mut [u8]) -> Result<usize, Verdict> {
    match url::answer(body) {
        Ok(url) => Ok(url.reveal().write_to(buffer).map_or(0, str::len)),
        Err(no_url) => Err(no_url.verdict()),
    }
}

/// Judges an ending.
#[unsafe(no_mangle)]
pub fn relink_slack_judge(ending: &Ending<'_>) -> Option<Verdict> {
    Slack.verdict(*ending)
}

/// What to tell a person about an error's name.
#[unsafe(no_mangle)]
pub fn relink_slack_advice(error: &str) -> &'static str {
    ErrorName::named(error).advice()
}
