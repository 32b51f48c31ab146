//! Owns the world: the clock, the wire, and who is at its ends. The clock moves only to a step, a delivery or a deadline.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use alloc::collections::BTreeMap;

use relink_core::{Event, Instant};
use relink_notation::{Header, Outcome, Text};

use super::client::Client;
use super::frame::{Connection, Frame, Side};
use super::language::{Deed, Scenario, Step};
use super::server::Server;
use super::trace::{Entry, Trace, What};
use crate::machine::Complaint;

/// More than that in one step is a world that does not come to rest.
const MOMENTS_MAX: usize = 20_000;

pub(super) struct World {
    pub(super) now: Instant,
    latency: relink_core::Millis,
    pub(super) roll: u32,
    /// The line of the step that was taken last.
    line: u32,
    pub(super) clients: Vec<Client>,
    pub(super) server: Option<Server>,
    pub(super) connections: Vec<Connection>,
    /// What is on its way, by the time of its arrival and in order.
    wire: BTreeMap<(Instant, u64), (usize, Side, Frame)>,
    sent: u64,
    pub(super) trace: Trace,
}

/// What comes next.
enum Moment {
    Delivery((Instant, u64)),
    OfClient(usize),
    OfConnection(usize),
    OfDrain,
}

impl World {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let mut trace = Trace::default();
        let header = |config| Header { single: false, config };
        trace.links = scenario.clients.iter().map(|client| (client.name.clone(), header(client.config))).collect();
        Self {
            now: Instant::ZERO,
            latency: scenario.latency,
            roll: scenario.roll,
            line: scenario.line,
            clients: scenario.clients.iter().map(Client::new).collect(),
            server: scenario.server.as_ref().map(Server::new),
            connections: Vec::new(),
            wire: BTreeMap::new(),
            sent: 0,
            trace,
        }
    }

    /// Lets everything happen up to the time of a step, and then the step.
    pub(super) fn take(&mut self, step: &Step) -> Result<(), Complaint> {
        if step.at < self.now {
            return Err(Complaint::new(step.line, format!("time goes back: the step before is at {}", Text(self.now))));
        }
        for _ in 0..MOMENTS_MAX {
            let Some((at, moment)) = self.next().filter(|(at, _)| *at <= step.at) else {
                self.now = step.at;
                self.line = step.line;
                return self.perform(step);
            };
            self.now = at;
            self.happen(moment);
        }
        Err(Complaint::new(step.line, "before this, the world does not come to rest"))
    }

    fn perform(&mut self, step: &Step) -> Result<(), Complaint> {
        let unknown = |name: &str| Err(Complaint::new(step.line, format!("nobody is called {name}, or has a connection")));
        match &step.deed {
            Deed::Until => {}
            Deed::Tell(name, event) => match self.clients.iter().position(|client| client.name == *name) {
                Some(client) => self.client_step(client, *event),
                None => match self.connections.iter().position(|one| one.accepted.as_ref().is_some_and(|one| one.name == *name)) {
                    Some(connection) => self.server_step(connection, *event),
                    None => return unknown(name),
                },
            },
            Deed::Drain(code) => self.drain(*code),
            Deed::Force => self.force(),
            Deed::Cut(name) | Deed::Mute(name) | Deed::Lose(name) => match self.end_of(name) {
                Some((connection, side)) => self.trouble(&step.deed, connection, side),
                None => return unknown(name),
            },
        }
        Ok(())
    }

    /// The latest connection of a client, or that of the server which has this name.
    fn end_of(&self, name: &str) -> Option<(usize, Side)> {
        let latest = |is_it: &dyn Fn(&Connection) -> bool| self.connections.iter().rposition(is_it);
        let client = latest(&|one| self.clients.get(one.client).is_some_and(|client| client.name == name));
        let server = latest(&|one| one.accepted.as_ref().is_some_and(|one| one.name == name));
        client.map(|at| (at, Side::Client)).or(server.map(|at| (at, Side::Server)))
    }

    fn trouble(&mut self, deed: &Deed, connection: usize, side: Side) {
        let Some(connection) = self.connections.get_mut(connection) else { return };
        if matches!(deed, Deed::Cut(_)) {
            connection.end(side.other()).mute = true;
        }
        if matches!(deed, Deed::Lose(_)) {
            connection.end(side).loses_close = true;
        } else {
            connection.end(side).mute = true;
        }
    }

    /// Deliveries come before deadlines: a shell hands over everything readable before it sends a Timeout.
    fn next(&self) -> Option<(Instant, Moment)> {
        let delivery = self.wire.first_key_value().map(|(key, _)| (key.0, Moment::Delivery(*key)));
        let connections = self.connections.iter().enumerate().filter_map(|(at, connection)| {
            let deadline = connection.accepted.as_ref()?.link.deadline()?;
            Some((deadline, Moment::OfConnection(at)))
        });
        let clients = self.clients.iter().enumerate().filter_map(|(at, client)| Some((client.link.deadline()?, Moment::OfClient(at))));
        let drain = self.server.as_ref().and_then(|server| Some((server.drain.as_ref()?.deadline()?, Moment::OfDrain)));
        let all = delivery.into_iter().chain(drain).chain(connections).chain(clients);
        all.map(|(at, moment)| (at.max(self.now), moment)).min_by_key(|(at, _)| *at)
    }

    fn happen(&mut self, moment: Moment) {
        match moment {
            Moment::OfClient(client) => self.client_step(client, Event::Timeout),
            Moment::OfConnection(connection) => self.server_step(connection, Event::Timeout),
            Moment::OfDrain => self.drain_timeout(),
            Moment::Delivery(key) => {
                let Some((connection, to, frame)) = self.wire.remove(&key) else { return };
                if self.connections.get_mut(connection).is_some_and(|one| !one.end(to).gone) {
                    match to {
                        Side::Client => self.client_receives(connection, frame),
                        Side::Server => self.server_receives(connection, frame),
                    }
                }
            }
        }
    }

    /// Puts something on the wire, unless this end is gone, or the wire loses it.
    pub(super) fn send(&mut self, connection: usize, from: Side, frame: Frame) {
        let Some(one) = self.connections.get_mut(connection) else { return };
        let end = one.end(from);
        let loses = end.mute || matches!(frame, Frame::Close(_)) && core::mem::take(&mut end.loses_close);
        end.closed |= matches!(frame, Frame::Close(_));
        if end.gone {
            return;
        }
        if loses {
            let who = self.name_of(connection, from);
            self.say("wire", format!("loses {} of {who}", frame.name()));
            return;
        }
        self.sent += 1;
        self.wire.insert((self.now.after(self.latency), self.sent), (connection, from.other(), frame));
    }

    /// Ends the transport of this end; the other one will hear of it, if the wire is whole.
    pub(super) fn hang_up(&mut self, connection: usize, side: Side) {
        self.send(connection, side, Frame::End);
        if let Some(one) = self.connections.get_mut(connection) {
            one.end(side).gone = true;
        }
    }

    fn name_of(&self, connection: usize, side: Side) -> String {
        let one = self.connections.get(connection);
        let name = one.and_then(|one| match side {
            Side::Client => self.clients.get(one.client).map(|client| client.name.clone()),
            Side::Server => one.accepted.as_ref().map(|accepted| accepted.name.clone()),
        });
        name.or_else(|| self.server.as_ref().map(|server| server.name.clone())).unwrap_or_default()
    }

    pub(super) fn say(&mut self, who: &str, text: String) {
        self.note(who, What::Said(text));
    }

    pub(super) fn saw(&mut self, who: &str, event: Event, outcome: Outcome) {
        self.note(who, What::Step(event, outcome));
    }

    fn note(&mut self, who: &str, what: What) {
        self.trace.entries.push(Entry { line: self.line, at: self.now, who: who.to_owned(), what });
    }
}
