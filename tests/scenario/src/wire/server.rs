//! Owns the server: the least of a shell around accepted links, a registry and a drain.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use relink_core::drain::{self, Drain, Seat};
use relink_core::registry::{Key, Limits, Registry, Slot};
use relink_core::{Action, Attempt, CloseCode, Config, Event, Reaction, Report, State, Verdict};
use relink_notation::Header;

use super::frame::{Accepted, Connection, Frame, Side};
use super::language;
use super::world::World;
use crate::machine::Hashing;
use crate::subject::{Bare, Subject};

/// More than any scenario has.
const CONNECTIONS_MAX: usize = 64;
/// Each accepted link has one attempt.
const ONLY: Attempt = Attempt::from_number(1);

pub(super) struct Server {
    pub(super) name: String,
    config: Config,
    plan: drain::Plan,
    /// The connections' numbers.
    registry: Registry<String, usize, Vec<Slot<String, usize>>, Hashing>,
    pub(super) drain: Option<Drain<Key, Vec<Seat<Key>>>>,
    code: CloseCode,
    admitted: u32,
}

impl Server {
    pub(super) fn new(server: &language::Server) -> Self {
        let registry = Registry::new(Limits::NONE, vec![Slot::EMPTY; CONNECTIONS_MAX], Hashing { collide: false });
        let (config, plan) = (server.config, server.plan);
        Self { name: server.name.clone(), config, plan, registry, drain: None, code: CloseCode::NORMAL, admitted: 0 }
    }
}

impl World {
    pub(super) fn server_step(&mut self, connection: usize, event: Event) {
        let (now, roll) = (self.now, self.roll);
        let Some(one) = self.connections.get_mut(connection).and_then(|one| one.accepted.as_mut()) else { return };
        let was_over = matches!(one.link.state(), State::Shutdown { .. });
        let outcome = one.link.step(now, roll, event);
        let (name, key) = (one.name.clone(), one.key);
        let is_over = matches!(one.link.state(), State::Shutdown { .. });
        self.saw(&name, event, outcome);
        let mut dropped = false;
        if let Reaction::Do(action) = outcome.reaction {
            match action {
                Action::Open(_) => {
                    self.send(connection, Side::Server, Frame::Switched);
                    self.server_step(connection, Event::Of(ONLY, Report::Opened));
                }
                Action::Ping(_) => self.send(connection, Side::Server, Frame::Ping),
                Action::Close(_, code) => self.send(connection, Side::Server, Frame::Close(code)),
                Action::Abort(_) => {
                    dropped = true;
                    self.hang_up(connection, Side::Server);
                }
            }
        }
        if is_over && !was_over {
            self.ended(key, dropped);
        }
    }

    pub(super) fn server_receives(&mut self, connection: usize, frame: Frame) {
        let Some(closed) = self.connections.get_mut(connection).map(|one| one.end(Side::Server).closed) else { return };
        let report = match frame {
            Frame::Upgrade => return self.admit(connection),
            Frame::Switched | Frame::Refused | Frame::Hello | Frame::Farewell => return,
            Frame::Greeting => {
                self.send(connection, Side::Server, Frame::Hello);
                Report::Accepted
            }
            Frame::Ping => {
                if !closed {
                    self.send(connection, Side::Server, Frame::Pong);
                }
                Report::Heard
            }
            Frame::Pong => Report::Heard,
            Frame::Close(code) => return self.closed(connection, code, closed),
            Frame::End => {
                self.hang_up(connection, Side::Server);
                Report::Lost(Verdict::Retry)
            }
        };
        self.server_step(connection, Event::Of(ONLY, report));
    }

    /// The client's Close: it is answered if it is the first, and then the server ends the transport (RFC 6455 §7.1.1).
    fn closed(&mut self, connection: usize, code: CloseCode, closed: bool) {
        if !closed {
            self.send(connection, Side::Server, Frame::Close(code));
        }
        self.server_step(connection, Event::Of(ONLY, Report::Closed(Verdict::Retry)));
        self.hang_up(connection, Side::Server);
        self.server_step(connection, Event::Of(ONLY, Report::Lost(Verdict::Retry)));
    }

    fn admit(&mut self, connection: usize) {
        let Some(Connection { client, .. }) = self.connections.get(connection) else { return };
        let Some(identity) = self.clients.get(*client).map(|client| client.identity.clone()) else { return };
        let Some(server) = &mut self.server else { return };
        let server_name = server.name.clone();
        if server.drain.as_ref().is_some_and(Drain::refuses) {
            self.say(&server_name, format!("refuses {identity}"));
            return self.refuse(connection);
        }
        let Ok(admitted) = server.registry.admit((), Some(identity.clone()), connection) else { return self.refuse(connection) };
        server.admitted += 1;
        let (name, header) = (format!("{server_name}/{}", server.admitted), Header { single: false, config: server.config });
        let older = admitted.replaced.and_then(|key| server.registry.get(key).ok().copied());
        if let Some(one) = self.connections.get_mut(connection) {
            one.accepted = Some(Accepted { name: name.clone(), key: admitted.key, link: Bare::new(&header) });
        }
        self.trace.links.push((name.clone(), header));
        let older_name = older.and_then(|older| self.connections.get(older)?.accepted.as_ref().map(|older| older.name.clone()));
        let replaces = older_name.map_or(String::new(), |older| format!(", replaces {older}"));
        self.say(&server_name, format!("admits {name} as {identity}{replaces}"));
        self.server_step(connection, Event::Start);
        if let Some(older) = older {
            self.server_step(older, Event::Stop(CloseCode::POLICY));
        }
    }

    fn refuse(&mut self, connection: usize) {
        self.send(connection, Side::Server, Frame::Refused);
        if let Some(one) = self.connections.get_mut(connection) {
            one.end(Side::Server).gone = true;
        }
    }

    /// An accepted link is over: it leaves the registry, and the drain hears of it.
    fn ended(&mut self, key: Key, dropped: bool) {
        let Some(server) = &mut self.server else { return };
        let removed = server.registry.remove(key).is_ok();
        let (name, left) = (server.name.clone(), server.registry.len());
        let event = if dropped { drain::Event::Dropped(key) } else { drain::Event::Ended(key) };
        if removed {
            self.say(&name, format!("has {left} left"));
        }
        self.drain_step(event);
    }

    pub(super) fn drain(&mut self, code: CloseCode) {
        let Some(server) = &mut self.server else { return };
        let plan = server.plan;
        server.code = code;
        server.drain.get_or_insert_with(|| Drain::new(plan, vec![Seat::EMPTY; CONNECTIONS_MAX]));
        let keys: Vec<Key> = server.registry.iter().map(|one| one.key).collect();
        self.drain_step(drain::Event::Begin);
        keys.into_iter().for_each(|key| self.drain_step(drain::Event::Joined(key)));
    }

    pub(super) fn force(&mut self) {
        self.drain_step(drain::Event::Force);
    }

    pub(super) fn drain_timeout(&mut self) {
        self.drain_step(drain::Event::Timeout);
    }

    fn drain_step(&mut self, event: drain::Event<Key>) {
        let (now, roll) = (self.now, self.roll);
        let Some(server) = &mut self.server else { return };
        let (name, code) = (server.name.clone(), server.code);
        let Some(drain::Reaction::Do(action)) = server.drain.as_mut().map(|drain| drain.step(now, roll, event)) else { return };
        let (text, key) = match action {
            drain::Action::Refuse => ("refuses whoever comes".to_owned(), None),
            drain::Action::Farewell(key) => ("says farewell to".to_owned(), Some(key)),
            drain::Action::Close(key) => ("closes".to_owned(), Some(key)),
            drain::Action::Force(key) => ("drops".to_owned(), Some(key)),
            drain::Action::Drained(tally) => (format!("is drained, {} graceful, {} forced", tally.graceful, tally.forced), None),
        };
        let connection = key.and_then(|key| server.registry.get(key).ok().copied());
        let who = connection.and_then(|at| self.connections.get(at)?.accepted.as_ref().map(|one| one.name.clone()));
        self.say(&name, [Some(text), who].into_iter().flatten().collect::<Vec<_>>().join(" "));
        let Some(connection) = connection else { return };
        match action {
            drain::Action::Refuse | drain::Action::Drained(_) => {}
            drain::Action::Farewell(_) => self.send(connection, Side::Server, Frame::Farewell),
            drain::Action::Close(_) => self.server_step(connection, Event::Stop(code)),
            drain::Action::Force(key) => self.drop_now(connection, key),
        }
    }

    /// The drain's last word: the transport is dropped, and with it the link, whatever its state.
    fn drop_now(&mut self, connection: usize, key: Key) {
        self.hang_up(connection, Side::Server);
        if let Some(one) = self.connections.get_mut(connection) {
            one.accepted = None;
        }
        self.ended(key, true);
    }
}
