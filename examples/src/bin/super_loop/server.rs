//! Owns the made-up server: one WebSocket at a time, in memory, and its troubles.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::rc::Rc;

use tokio_tungstenite::tungstenite::handshake::server::{NoCallback, ServerHandshake};
use tokio_tungstenite::tungstenite::handshake::{HandshakeError, MidHandshake};
use tokio_tungstenite::tungstenite::{self, Message, WebSocket};

#[derive(Default)]
pub(crate) struct Server {
    pub(crate) is_up: bool,
    /// Its process stands still: connections stay, nothing is read or said.
    pub(crate) is_stopped: bool,
    pub(crate) readings: Vec<u32>,
    pub(crate) connections: u32,
    session: Option<Session>,
    pipes: Rc<RefCell<Pipes>>,
    has_hung_up: bool,
}

#[derive(Default)]
struct Pipes {
    incoming: VecDeque<u8>,
    outgoing: VecDeque<u8>,
}

/// The server's end of the connection: what would wait is `WouldBlock`.
struct Wire(Rc<RefCell<Pipes>>);

enum Session {
    Upgrading(Box<MidHandshake<ServerHandshake<Wire, NoCallback>>>),
    Open(Box<WebSocket<Wire>>),
}

impl Server {
    /// Somebody dials. Whether somebody listens.
    pub(crate) fn connect(&mut self) -> bool {
        if !self.is_up {
            return false;
        }
        self.connections += 1;
        self.pipes = Rc::default();
        self.has_hung_up = false;
        self.session = Session::after(tungstenite::accept(Wire(Rc::clone(&self.pipes))));
        true
    }

    pub(crate) const fn is_connected(&self) -> bool {
        self.session.is_some()
    }

    /// The other side has ended the connection.
    pub(crate) fn hang_up(&mut self) {
        (self.session, self.has_hung_up) = (None, false);
    }

    /// Whether this side has; once.
    pub(crate) fn has_hung_up(&mut self) -> bool {
        std::mem::take(&mut self.has_hung_up)
    }

    /// Its process ends, and every connection with it.
    pub(crate) fn dies(&mut self) {
        self.is_up = false;
        self.has_hung_up = self.session.take().is_some();
    }

    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.pipes.borrow_mut().incoming.extend(bytes);
    }

    /// At most so many bytes of what it says.
    pub(crate) fn take(&mut self, count_max: usize) -> Vec<u8> {
        let outgoing = &mut self.pipes.borrow_mut().outgoing;
        let count = outgoing.len().min(count_max);
        outgoing.drain(..count).collect()
    }

    /// Sends a command, if somebody is there to obey it.
    pub(crate) fn say(&mut self, text: &str) {
        if let (false, Some(Session::Open(socket))) = (self.is_stopped, &mut self.session) {
            let _taken_or_not = socket.send(Message::text(text));
        }
    }

    /// Reads all there is, and answers.
    pub(crate) fn work(&mut self) {
        if self.is_stopped {
            return;
        }
        match self.session.take() {
            None => {}
            Some(Session::Upgrading(upgrading)) => self.session = Session::after(upgrading.handshake()),
            Some(Session::Open(mut socket)) => {
                loop {
                    match socket.read() {
                        Ok(Message::Text(text)) => {
                            self.readings.extend(text.strip_prefix("reading ").and_then(|text| text.parse::<u32>().ok()))
                        }
                        Ok(_) => {}
                        Err(tungstenite::Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                            self.session = Some(Session::Open(socket));
                            break;
                        }
                        Err(_) => break,
                    }
                }
                self.has_hung_up = self.session.is_none();
            }
        }
    }
}

type Shaken = Result<WebSocket<Wire>, HandshakeError<ServerHandshake<Wire, NoCallback>>>;

impl Session {
    fn after(shaken: Shaken) -> Option<Self> {
        match shaken {
            Ok(socket) => Some(Self::Open(Box::new(socket))),
            Err(HandshakeError::Interrupted(upgrading)) => Some(Self::Upgrading(Box::new(upgrading))),
            Err(HandshakeError::Failure(_)) => None,
        }
    }
}

impl io::Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut pipes = self.0.borrow_mut();
        if pipes.incoming.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        io::Read::read(&mut pipes.incoming, buffer)
    }
}

impl io::Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().outgoing.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
