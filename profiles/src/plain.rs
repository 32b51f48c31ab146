//! The profile of a WebSocket with no protocol on top: every message is the user's, the opening handshake is the acceptance.

use core::convert::Infallible;

use relink_core::{Config, Report, Verdict};

use crate::{Ending, Profile};

/// Any WebSocket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plain;

impl Profile for Plain {
    const NAME: &'static str = "plain";
    const CONFIG: Config = Config::DEFAULT;
    const SUBPROTOCOLS: &'static [&'static str] = &[];

    type Incoming<'a> = &'a str;
    type Error = Infallible;

    fn recognise<'a>(&self, text: &'a str) -> Result<&'a str, Infallible> {
        Ok(text)
    }

    fn report(_: &&str) -> Option<Report> {
        None
    }

    fn verdict(&self, _: Ending<'_>) -> Option<Verdict> {
        None
    }
}
