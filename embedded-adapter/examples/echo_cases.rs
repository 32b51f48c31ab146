//! Owns a client that echoes: the wire over a blocking socket, before a server that runs Autobahn's cases.
//!
//!     cargo run -p relink-embedded --example echo_cases --features embedded-websocket -- PORT ws-framer|embedded-websocket
#![allow(clippy::indexing_slicing, clippy::panic, reason = "a program for tests")]

use std::error::Error;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use relink_embedded::wire::{EmbeddedWebsocket, Framing, Incoming, Message, NoRoom, Request, Wire, WsFramer};

const AGENT: &str = "relink-embedded";
const BUFFER_BYTES: usize = 128 * 1024;

/// As long as a server may be silent. Autobahn's cases wait for a second at most.
const SILENCE: Duration = Duration::from_secs(10);

/// Keys of a test may be foretold.
struct Dice(u64);

impl relink_embedded::Entropy for Dice {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            *byte = self.0.to_le_bytes()[0];
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [port, framing] = args.as_slice() else { return Err("usage: echo_cases PORT ws-framer|embedded-websocket".into()) };
    match framing.as_str() {
        "ws-framer" => run::<WsFramer>(port.parse()?),
        "embedded-websocket" => run::<EmbeddedWebsocket>(port.parse()?),
        _ => Err("there is no such framing".into()),
    }
}

fn run<F: Framing>(port: u16) -> Result<(), Box<dyn Error>> {
    let (mut receive, mut send) = (vec![0; BUFFER_BYTES], vec![0; BUFFER_BYTES]);
    // One wire for all connections, as on a device.
    let mut wire = Wire::<F>::new(&mut receive, &mut send)?;
    let mut dice = Dice(0x5EED_0BAD_CAFE);
    let mut count = String::new();
    connection(&mut wire, &mut dice, port, "/getCaseCount", |text| text.clone_into(&mut count))?;
    for case in 1..=count.parse::<u32>()? {
        connection(&mut wire, &mut dice, port, &format!("/runCase?case={case}&agent={AGENT}"), |_| {})
            .inspect_err(|_| eprintln!("in case {case}:"))?;
    }
    connection(&mut wire, &mut dice, port, &format!("/updateReports?agent={AGENT}"), |_| {})?;
    println!("ran {count} cases");
    Ok(())
}

/// One connection, from its upgrade to the end of the transport. `heard` is given each text.
fn connection<F: Framing>(
    wire: &mut Wire<'_, F>,
    dice: &mut Dice,
    port: u16,
    path: &str,
    mut heard: impl FnMut(&str),
) -> Result<(), Box<dyn Error>> {
    let mut socket = TcpStream::connect(("127.0.0.1", port))?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(SILENCE))?;
    wire.open(&Request { host: &format!("127.0.0.1:{port}"), path, ..Request::default() }, dice)?;
    loop {
        write_all(wire, &mut socket)?;
        let count = match socket.read(wire.halves().0) {
            Ok(0) => return Ok(()),
            // The server drops the connection where that is what the case is about.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(()),
            other => other?,
        };
        wire.received(count);
        while said(wire, dice, &mut socket, &mut heard)? {
            write_all(wire, &mut socket)?;
        }
    }
}

/// Answers the next thing that is said, if there is one.
fn said<F: Framing>(
    wire: &mut Wire<'_, F>,
    dice: &mut Dice,
    socket: &mut TcpStream,
    heard: &mut impl FnMut(&str),
) -> Result<bool, Box<dyn Error>> {
    // A message stands in the wire's own memory, which its echo needs.
    let (text, binary);
    let echo = match wire.next(dice) {
        None => return Ok(false),
        Some(Incoming::Message(Message::Text(message))) => {
            heard(message);
            text = message.to_owned();
            Message::Text(&text)
        }
        Some(Incoming::Message(Message::Binary(message))) => {
            binary = message.to_owned();
            Message::Binary(&binary)
        }
        Some(Incoming::Violation(violation)) => {
            let code = violation.close_code().ok_or(violation)?;
            wire.close(code, &violation.to_string(), dice)?;
            write_all(wire, socket)?;
            // A connection that has failed is not read any more (RFC 6455 §7.1.7); the server's end is waited for.
            match socket.shutdown(Shutdown::Write) {
                Err(error) if error.kind() != ErrorKind::NotConnected => return Err(error.into()),
                Ok(()) | Err(_) => return Ok(true),
            }
        }
        Some(Incoming::TooLarge { .. }) => {
            wire.close(1009, "", dice)?;
            return Ok(true);
        }
        Some(refused @ Incoming::Refused { .. }) => return Err(format!("{refused:?}").into()),
        Some(Incoming::Opened { .. } | Incoming::Ping | Incoming::Pong | Incoming::Closed { .. }) => return Ok(true),
    };
    match wire.message(echo, dice) {
        // After our Close, for a message that is too large, there is no echo.
        Ok(()) | Err(NoRoom::NotOpen) => Ok(true),
        Err(other) => Err(other.into()),
    }
}

fn write_all<F: Framing>(wire: &mut Wire<'_, F>, socket: &mut TcpStream) -> Result<(), Box<dyn Error>> {
    let unsent = wire.halves().1;
    let count = unsent.len();
    match socket.write_all(unsent) {
        // What the server does not want to hear any more.
        Err(error) if !matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => return Err(error.into()),
        Ok(()) | Err(_) => wire.sent(count),
    }
    Ok(())
}
