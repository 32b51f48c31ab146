//! Owns the clients: the least of a shell around a link that dials.

use alloc::string::String;

use relink_core::{Action, Attempt, CloseCode, Event, Millis, Reaction, Report, Verdict};
use relink_notation::Header;

use super::frame::{Connection, End, Frame, Side};
use super::language;
use super::world::World;
use crate::subject::{Bare, Subject};

pub(super) struct Client {
    pub(super) name: String,
    pub(super) identity: String,
    pub(super) link: Bare,
}

/// What a server that refuses says in `Retry-After`.
const RETRY_AFTER: Millis = Millis::from_secs(5);

impl Client {
    pub(super) fn new(client: &language::Client) -> Self {
        let link = Bare::new(&Header { single: false, config: client.config });
        Self { name: client.name.clone(), identity: client.identity.clone(), link }
    }
}

impl World {
    pub(super) fn client_step(&mut self, client: usize, event: Event) {
        let (now, roll) = (self.now, self.roll);
        let Some(one) = self.clients.get_mut(client) else { return };
        let outcome = one.link.step(now, roll, event);
        let name = one.name.clone();
        self.saw(&name, event, outcome);
        let Reaction::Do(action) = outcome.reaction else { return };
        match action {
            Action::Open(attempt) => {
                self.connections.push(Connection { client, attempt, accepted: None, ends: [End::default(); 2] });
                self.send(self.connections.len() - 1, Side::Client, Frame::Upgrade);
            }
            Action::Ping(attempt) => self.client_sends(client, attempt, Frame::Ping),
            Action::Close(attempt, code) => self.client_sends(client, attempt, Frame::Close(code)),
            Action::Abort(attempt) => {
                if let Some(connection) = self.of_attempt(client, attempt) {
                    self.hang_up(connection, Side::Client);
                }
            }
        }
    }

    pub(super) fn client_receives(&mut self, connection: usize, frame: Frame) {
        let Some(Connection { client, attempt, ends: [end, _], .. }) = self.connections.get(connection) else { return };
        let (client, attempt, closed) = (*client, *attempt, end.closed);
        let report = match frame {
            Frame::Upgrade | Frame::Greeting => return,
            Frame::Switched => {
                self.send(connection, Side::Client, Frame::Greeting);
                Report::Opened
            }
            Frame::Refused => {
                self.hang_up(connection, Side::Client);
                Report::Lost(Verdict::RetryAfter(RETRY_AFTER))
            }
            Frame::Hello => Report::Accepted,
            Frame::Ping => {
                if !closed {
                    self.send(connection, Side::Client, Frame::Pong);
                }
                Report::Heard
            }
            Frame::Pong | Frame::Farewell => Report::Heard,
            Frame::Close(code) => {
                if !closed {
                    self.send(connection, Side::Client, Frame::Close(code));
                }
                Report::Closed(verdict(code))
            }
            Frame::End => {
                self.hang_up(connection, Side::Client);
                Report::Lost(Verdict::Retry)
            }
        };
        self.client_step(client, Event::Of(attempt, report));
    }

    fn client_sends(&mut self, client: usize, attempt: Attempt, frame: Frame) {
        if let Some(connection) = self.of_attempt(client, attempt) {
            self.send(connection, Side::Client, frame);
        }
    }

    fn of_attempt(&self, client: usize, attempt: Attempt) -> Option<usize> {
        self.connections.iter().rposition(|one| (one.client, one.attempt) == (client, attempt))
    }
}

/// What a close code means where nobody says otherwise: the server goes away or restarts, and all come back; all else passes.
const fn verdict(code: CloseCode) -> Verdict {
    match code {
        CloseCode::GOING_AWAY => Verdict::Renew { within: Millis::from_secs(5) },
        CloseCode::SERVICE_RESTART => Verdict::Renew { within: Millis::from_secs(10) },
        _ => Verdict::Retry,
    }
}
