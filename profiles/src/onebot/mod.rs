//! The profile of OneBot v11: a chat account's implementation and a bot's application, over a WebSocket that either one dials.
//!
//! Facts are from <https://github.com/botuniverse/onebot-11>, whose files are named, unless something else is.
//!
//! | who | dials ("reverse" is seen from the application) | is | its configuration |
//! |---|---|---|---|
//! | the bot | forward, to the implementation's server | [`Application`] | `CONFIG`; on `/api`, where nothing accepts, [`Application::API`] |
//! | the bot | reverse: it is dialled | [`Application`] | [`Application::ACCEPTED`] |
//! | the account | forward: it is dialled | [`Implementation`] | [`Implementation::ACCEPTED`] |
//! | the account | reverse, to the application's server | [`Implementation`] | `CONFIG` |
//!
//! What each message means to the link:
//!
//! | an application receives | report | an implementation receives | report |
//! |---|---|---|---|
//! | lifecycle `connect` | Accepted | an action | – (a sign of life) |
//! | heartbeat | Pulse: its interval and a [tolerance](limits::heartbeat_deadline) | what cannot be understood | – (it is answered: 1400) |
//! | lifecycle `disable` | Asked: a planned end, [spread](limits::DISABLE_SPREAD) | | |
//! | retcode 1401 or 1403 that answers no action | Asked: give up | | |
//! | all else, lifecycle `enable` and responses among it | – (a sign of life) | | |

pub mod echo;
mod event;
mod handshake;
mod incoming;
pub mod limits;
mod meta;
mod request;
mod response;
pub mod retcode;
mod self_id;
pub mod token;
mod verdict;
pub mod write;

pub use event::{Event, PostType};
pub use handshake::{API_PATH, CLIENT_ROLE_HEADER, EVENT_PATH, Role, SELF_ID_HEADER, UNIVERSAL_PATH};
pub use incoming::Incoming;
pub use meta::{Heartbeat, Lifecycle, Stage};
pub use request::{Action, Malformed, Request};
pub use response::{Response, Status};
pub use self_id::SelfId;

use core::convert::Infallible;

use relink_core::{Backoff, Config, Millis, Report, Verdict};

use self::limits::{CONNECT_TIMEOUT, RECONNECT_INTERVAL};
use self::verdict::Side;
use crate::{Ending, Error, Profile};

/// The bot's side: takes events, asks for actions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Application;

/// The account's side: sends events, does what is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Implementation;

/// The protocol's fixed interval is where the delays begin, with jitter and up to a minute.
const BACKOFF: Backoff =
    Backoff { first_spread: RECONNECT_INTERVAL, delay_min: RECONNECT_INTERVAL, delay_max: Millis::from_secs(60), ..Backoff::INTERACTIVE };

impl Application {
    /// A connection on `/api`, on which nothing is sent before an action was: the opening handshake is the acceptance.
    pub const API: Config = Config { acceptance_timeout: Millis::ZERO, ..Self::CONFIG };

    /// A connection that an implementation dialled. Its headers accept it; a `connect` that follows is a sign of life.
    pub const ACCEPTED: Config = Config::ACCEPTED;
}

impl Implementation {
    /// A connection that an application dialled. Its token accepts it.
    pub const ACCEPTED: Config = Config::ACCEPTED;
}

impl Profile for Application {
    const NAME: &'static str = "onebot";

    const CONFIG: Config = Config { backoff: BACKOFF, acceptance_timeout: CONNECT_TIMEOUT, ..Config::DEFAULT };

    const SUBPROTOCOLS: &'static [&'static str] = &[];

    type Incoming<'a> = Incoming<'a>;
    type Error = Error;

    fn recognise<'a>(&self, text: &'a str) -> Result<Incoming<'a>, Error> {
        incoming::read(text)
    }

    fn report(incoming: &Incoming<'_>) -> Option<Report> {
        match incoming {
            Incoming::Lifecycle(lifecycle) if lifecycle.stage == Stage::Connect => Some(Report::Accepted),
            Incoming::Heartbeat(heartbeat) => heartbeat.next().map(Report::Pulse),
            Incoming::Lifecycle(_) | Incoming::Event(_) | Incoming::Response(_) => incoming.asked().map(Report::Asked),
        }
    }

    fn verdict(&self, ending: Ending<'_>) -> Option<Verdict> {
        verdict::of(Side::Application, ending)
    }
}

impl Profile for Implementation {
    const NAME: &'static str = "onebot-implementation";

    const CONFIG: Config = Config { backoff: BACKOFF, ..Config::DEFAULT };

    const SUBPROTOCOLS: &'static [&'static str] = &[];

    type Incoming<'a> = Request<'a>;
    /// What cannot be understood is answered, too: it is a [`Malformed`].
    type Error = Infallible;

    fn recognise<'a>(&self, text: &'a str) -> Result<Request<'a>, Infallible> {
        Ok(request::read(text))
    }

    fn report(_: &Request<'_>) -> Option<Report> {
        None
    }

    fn verdict(&self, ending: Ending<'_>) -> Option<Verdict> {
        verdict::of(Side::Implementation, ending)
    }
}
