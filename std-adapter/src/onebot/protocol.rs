//! What the messages on one connection mean to the link: the profile's opinion, told to the shell.

use relink_core::{Report, Verdict};
use relink_profiles::onebot::{self as profile, Incoming, SelfId, write};
use relink_profiles::{Ending as Ended, Profile};

use super::text;
use crate::Ending;
use crate::ws::{Meaning, Message, Opened, Protocol, Sign};

/// What a bot's side makes of what an implementation sends: acceptance, heartbeats, its leave.
#[derive(Clone, Copy, Debug, Default)]
pub struct ApplicationProtocol(());

/// What an implementation's side makes of what an application sends: all of it is for the handler.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImplementationProtocol {
    /// Whose lifecycle `connect` goes first, where this side has dialled.
    connects: Option<SelfId>,
}

impl ImplementationProtocol {
    pub(super) const fn connecting(self_id: SelfId) -> Self {
        Self { connects: Some(self_id) }
    }
}

impl Protocol for ApplicationProtocol {
    fn recognise(&mut self, message: &Message) -> Meaning {
        let Some(text) = text::of(message) else { return Meaning::PAYLOAD };
        // Where it is for the user, it is read there, and only there.
        if !Incoming::may_report(&text) {
            return Meaning::PAYLOAD;
        }
        // What cannot be read is counted where all of it is read.
        let Ok(incoming) = profile::Application.recognise(&text) else { return Meaning::PAYLOAD };
        let sign = match profile::Application::report(&incoming) {
            Some(Report::Accepted) => Sign::Accepted,
            Some(Report::Pulse(next)) => Sign::Pulse(next),
            Some(Report::Asked(verdict)) => match refusal(&incoming) {
                Some(why) => return Meaning::sign(Sign::Asked(verdict, why.into())),
                None => Sign::Asked(verdict, DISABLED.into()),
            },
            Some(Report::Opened | Report::Heard | Report::Drained | Report::Closed(_) | Report::Broken(_) | Report::Lost(_)) | None => {
                return Meaning::PAYLOAD;
            }
        };
        Meaning::sign(sign).delivered()
    }

    fn verdict(&self, ending: &Ending) -> Option<Verdict> {
        profile::Application.verdict(of_profile(ending)?)
    }
}

impl Protocol for ImplementationProtocol {
    fn greeting(&mut self, _: &Opened) -> Option<Message> {
        self.connects.map(|self_id| lifecycle(profile::Stage::Connect, self_id))
    }

    fn verdict(&self, ending: &Ending) -> Option<Verdict> {
        profile::Implementation.verdict(of_profile(ending)?)
    }
}

/// Something about the implementation's own life, dated now.
pub(super) fn lifecycle(stage: profile::Stage<'_>, self_id: SelfId) -> Message {
    let written = text::written(192, |buffer| write::lifecycle(buffer, stage, text::now(), self_id));
    // Whatever is written here can be written.
    written.unwrap_or_default().into()
}

/// Why it is to end, where it is not a refusal.
const DISABLED: &str = "the implementation is switched off (lifecycle disable)";

/// Why the implementation refuses the connection, if it does: a person has to know.
fn refusal(incoming: &Incoming<'_>) -> Option<String> {
    let Incoming::Response(response) = incoming else { return None };
    let code = response.retcode.unwrap_or_default();
    let words = response.words.map(|words| format!(", saying {:?}", words.to_string())).unwrap_or_default();
    Some(format!("the implementation refuses us, with retcode {code}{words}; check on both sides who may come in"))
}

fn of_profile(ending: &Ending) -> Option<Ended<'_>> {
    match ending {
        Ending::Closed(close) => Some(Ended::Closed(close.code)),
        Ending::Refused(refusal) => Some(Ended::Upgrade { status: refusal.status, retry_after: refusal.retry_after }),
        _ => None,
    }
}
