//! A server's account of one connection: how far it is, and so which message may come.

use super::{FromClient, Violation};
use crate::json::Text;

/// How far a client is on its connection. One byte; the operations that are going on are the shell's, which holds them anyway.
///
/// ```
/// use relink_profiles::Profile;
/// use relink_profiles::graphql::{Server, Session, Todo, code};
///
/// let (mut session, mut running) = (Session::new(), Vec::new());
/// let mut receive = |text| match session.receive(Server.recognise(text).unwrap(), |id| running.contains(&id.to_string())) {
///     Todo::Authorise { payload } => {
///         assert_eq!(payload, None); // no token: here everybody is let in
///         assert!(session.acknowledge()); // now write the connection_ack
///         None
///     }
///     Todo::Begin { id, .. } => {
///         running.push(id.to_string());
///         None
///     }
///     Todo::Close(violation) => Some(violation.code()),
///     Todo::Pong { .. } | Todo::End { .. } | Todo::Nothing => None,
/// };
/// assert_eq!(receive(r#"{"type":"connection_init"}"#), None);
/// assert_eq!(receive(r#"{"type":"subscribe","id":"1","payload":{"query":"{me}"}}"#), None);
/// assert_eq!(receive(r#"{"type":"subscribe","id":"1","payload":{"query":"{me}"}}"#), Some(code::SUBSCRIBER_EXISTS));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Session {
    stage: Stage,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// Nothing has come yet.
    #[default]
    Opened,
    /// The client wants to be accepted.
    Initialised,
    /// It is.
    Acknowledged,
    /// It broke the protocol, and is being told.
    Over,
}

/// What a server does about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Todo<'a> {
    /// Find out whether this client may come in; how long that may take, the link does not watch. If so, [acknowledge](Session::acknowledge), and send a `connection_ack`;
    /// if not, close with [`FORBIDDEN`](super::code::FORBIDDEN).
    Authorise {
        /// An object with what it takes, a token for instance.
        payload: Option<&'a str>,
    },
    /// Send a `pong`.
    Pong {
        /// With this payload.
        payload: Option<&'a str>,
    },
    /// Begin an operation.
    Begin {
        /// Under this id.
        id: Text<'a>,
        /// An object with a query in it.
        payload: &'a str,
    },
    /// End an operation, if it has not ended yet. Nothing more is sent of it.
    End {
        /// Its id.
        id: Text<'a>,
    },
    /// Nothing: it was a sign of life.
    Nothing,
    /// Close the connection, with this code and reason.
    Close(Violation<'a>),
}

impl Session {
    /// A connection on which nothing has come yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { stage: Stage::Opened }
    }

    /// Whether the client is accepted.
    #[must_use]
    pub const fn is_acknowledged(self) -> bool {
        matches!(self.stage, Stage::Acknowledged)
    }

    /// What to do about this message. `is_active` is asked whether an operation with this id is going on.
    pub fn receive<'a>(&mut self, message: FromClient<'a>, is_active: impl FnOnce(Text<'a>) -> bool) -> Todo<'a> {
        let todo = match (self.stage, message) {
            (Stage::Over, _) => Todo::Nothing,
            (_, FromClient::Invalid(error)) => Todo::Close(Violation::Invalid(error)),
            (Stage::Opened, FromClient::ConnectionInit { payload }) => {
                self.stage = Stage::Initialised;
                Todo::Authorise { payload }
            }
            (Stage::Initialised | Stage::Acknowledged, FromClient::ConnectionInit { .. }) => Todo::Close(Violation::TooManyInits),
            (_, FromClient::Ping { payload }) => Todo::Pong { payload },
            (Stage::Acknowledged, FromClient::Subscribe { id, .. }) if is_active(id) => Todo::Close(Violation::SubscriberExists(id)),
            (Stage::Acknowledged, FromClient::Subscribe { id, payload }) => Todo::Begin { id, payload },
            (Stage::Opened | Stage::Initialised, FromClient::Subscribe { .. }) => Todo::Close(Violation::Unauthorized),
            (Stage::Acknowledged, FromClient::Complete { id }) => Todo::End { id },
            (Stage::Opened | Stage::Initialised, FromClient::Complete { .. }) | (_, FromClient::Pong { .. }) => Todo::Nothing,
        };
        if matches!(todo, Todo::Close(_)) {
            self.stage = Stage::Over;
        }
        todo
    }

    /// The client may come in. False if it has not asked for that, or is in already, or broke the protocol meanwhile:
    /// then no `connection_ack` may be sent.
    #[must_use]
    pub const fn acknowledge(&mut self) -> bool {
        let asked = matches!(self.stage, Stage::Initialised);
        if asked {
            self.stage = Stage::Acknowledged;
        }
        asked
    }
}
