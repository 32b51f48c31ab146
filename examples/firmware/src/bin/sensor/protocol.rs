//! Owns the sensor's protocol: what its server says, and what that means to the link.
//!
//! | who | says | means |
//! |---|---|---|
//! | server | `{"type":"hello"}` | accepted |
//! | board | `{"type":"reading","id":7,"value":212}` | a reading; said again until it is acknowledged |
//! | server | `{"type":"ack","id":7}` | it has the reading |
//! | server | `{"type":"command","id":3}` | do something; said again until it is done |
//! | board | `{"type":"done","id":3}` | it has been done, once |
//! | server | `{"type":"disconnect","reason":"…"}` | it wants another connection in place of this one |
//! | server | `{"type":"stop"}` | the board is to end its link and report |

use core::fmt::{self, Write};

use heapless::String;
use relink_core::{Config, Millis, Report, Verdict};
use relink_profiles::json::{Fault, Members};
use relink_profiles::{Ending, Profile};

/// The longest message of the board: `{"type":"reading","id":4294967295,"value":4294967295}`.
pub(crate) const BYTES_MAX: usize = 64;

/// The protocol.
pub(crate) struct Sensor;

/// What the server says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Hello,
    Ack(u32),
    Command(u32),
    Disconnect,
    Stop,
    /// Something that a later server may say.
    Other,
}

impl Profile for Sensor {
    const NAME: &'static str = "sensor";
    const CONFIG: Config = Config {
        acceptance_timeout: Millis::from_secs(5),
        ping_after: Millis::from_secs(10),
        pong_timeout: Millis::from_secs(5),
        overlap_max: Millis::from_secs(10),
        ..Config::DEFAULT
    };
    const SUBPROTOCOLS: &'static [&'static str] = &[];

    type Incoming<'a> = Said;
    type Error = Fault;

    fn recognise(&self, text: &str) -> Result<Said, Fault> {
        let (mut kind, mut id) = (None, None);
        for member in Members::of(text) {
            let member = member?;
            match member.name.plain() {
                Some("type") => kind = member.value?.text().and_then(|text| text.plain()),
                Some("id") => id = member.value?.number(),
                _ => {}
            }
        }
        Ok(match (kind, id) {
            (Some("hello"), _) => Said::Hello,
            (Some("ack"), Some(id)) => Said::Ack(id),
            (Some("command"), Some(id)) => Said::Command(id),
            (Some("disconnect"), _) => Said::Disconnect,
            (Some("stop"), _) => Said::Stop,
            _ => Said::Other,
        })
    }

    fn report(said: &Said) -> Option<Report> {
        match said {
            Said::Hello => Some(Report::Accepted),
            Said::Disconnect => Some(Report::Asked(Verdict::Renew { within: Millis::ZERO })),
            Said::Ack(_) | Said::Command(_) | Said::Stop | Said::Other => None,
        }
    }

    fn verdict(&self, _: Ending<'_>) -> Option<Verdict> {
        None
    }
}

/// What the board says.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Say {
    Reading { id: u32, value: u32 },
    Done(u32),
}

impl Say {
    pub(crate) fn text(self) -> String<BYTES_MAX> {
        let mut text = String::new();
        // It has room for the longest numbers.
        let _ = write!(text, "{self}");
        text
    }
}

impl fmt::Display for Say {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reading { id, value } => write!(f, r#"{{"type":"reading","id":{id},"value":{value}}}"#),
            Self::Done(id) => write!(f, r#"{{"type":"done","id":{id}}}"#),
        }
    }
}
