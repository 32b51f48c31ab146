//! Owns an example: a transport that is not WebSocket. Lines of text over plain TCP, with a hello, a ping and a goodbye.
//!
//! ```text
//! HELLO   the server accepts a connection            PING   asks for a sign of life
//! BYE     says goodbye, is answered with BYE         PONG   answers
//! ```
//! Every other line is a message. The transport is the first half of this file; the second half tries it out on a server
//! that says goodbye, falls silent, and then behaves: `cargo run --bin line_tcp`.

use std::io;
use std::task::{Context, Poll, ready};

use futures_util::{SinkExt, StreamExt};
use relink_tokio::core::Report;
use relink_tokio::{Attempt, Backoff, Builder, CloseCode, Config, Connection, Ending, Event, Incoming, Millis, Transport, Verdict};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::codec::{Framed, LinesCodec, LinesCodecError};

/// The longest line that is taken, in bytes.
const LINE_BYTES_MAX: usize = 64 << 10;
/// How many bytes of answers may wait for the socket before reading stops.
const WAITING_BYTES_MAX: usize = 4 << 10;

/// Dials `address` for every attempt.
struct LineTcp {
    address: String,
}

/// One connection.
struct Lines {
    framed: Framed<TcpStream, LinesCodec>,
    /// A goodbye was said or heard: only the end follows.
    over: bool,
}

impl Transport for LineTcp {
    type Message = String;
    type Connection = Lines;

    fn open(&mut self, _: Attempt) -> impl Future<Output = Result<Lines, Ending>> + Send + 'static {
        let address = self.address.clone();
        async move {
            let tcp = TcpStream::connect(&address).await.map_err(|error| dial(&address, error))?;
            tcp.set_nodelay(true)?;
            Ok(Lines::new(tcp))
        }
    }

    fn weight(line: &String) -> usize {
        line.len() + 1
    }
}

impl Lines {
    fn new(tcp: TcpStream) -> Self {
        Self { framed: Framed::new(tcp, LinesCodec::new_with_max_length(LINE_BYTES_MAX)), over: false }
    }

    fn push(&mut self, line: &str) -> Result<(), Ending> {
        self.framed.start_send_unpin(line).map_err(ending)
    }

    fn understood(&mut self, line: String) -> Incoming<String> {
        match line.as_str() {
            "HELLO" => Incoming::Report(Report::Accepted),
            "PONG" => Incoming::Report(Report::Heard),
            "PING" => self.push("PONG").map_or_else(Incoming::Lost, |()| Incoming::Report(Report::Heard)),
            "BYE" => {
                self.over = true;
                let goodbye = Incoming::Closed(Ending::other("the peer said BYE", Verdict::Retry));
                self.push("BYE").map_or_else(Incoming::Lost, |()| goodbye)
            }
            _ => Incoming::Message(line),
        }
    }
}

impl Connection for Lines {
    type Message = String;

    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Incoming<String>> {
        if self.framed.write_buffer().len() > WAITING_BYTES_MAX
            && let Err(ending) = ready!(self.poll_flush(cx))
        {
            return Poll::Ready(Incoming::Lost(ending));
        }
        loop {
            return Poll::Ready(match ready!(self.framed.poll_next_unpin(cx)) {
                Some(Ok(_)) if self.over => continue,
                Some(Ok(line)) => self.understood(line),
                Some(Err(LinesCodecError::MaxLineLengthExceeded)) if !self.over => {
                    self.over = true;
                    Incoming::Broken(CloseCode::TOO_BIG, ending(LinesCodecError::MaxLineLengthExceeded))
                }
                Some(Err(error)) => Incoming::Lost(ending(error)),
                None => Incoming::Lost(if self.over { Ending::Finished } else { Ending::Eof }),
            });
        }
    }

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        SinkExt::<&str>::poll_ready_unpin(&mut self.framed, cx).map_err(ending)
    }

    fn queue(&mut self, line: String) -> Result<(), Ending> {
        self.push(&line)
    }

    fn queue_ping(&mut self) -> Result<(), Ending> {
        self.push("PING")
    }

    fn queue_close(&mut self, _: CloseCode) -> Result<(), Ending> {
        self.over = true;
        self.push("BYE")
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        SinkExt::<&str>::poll_flush_unpin(&mut self.framed, cx).map_err(ending)
    }
}

fn dial(address: &str, error: io::Error) -> Ending {
    Ending::Dial { target: address.into(), tried: 1, error: error.into() }
}

fn ending(error: LinesCodecError) -> Ending {
    match error {
        LinesCodecError::Io(error) => Ending::from(error),
        LinesCodecError::MaxLineLengthExceeded => Ending::other(format!("a line of more than {LINE_BYTES_MAX} bytes"), Verdict::Retry),
    }
}

// From here on the transport is tried out.

const CONFIG: Config = Config {
    acceptance_timeout: Millis::from_secs(1),
    ping_after: Millis::new(300),
    pong_timeout: Millis::new(300),
    backoff: Backoff::fixed(Millis::new(200)),
    ..Config::DEFAULT
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let server = tokio::spawn(serve(listener));

    let (client, mut events) = Builder::new(LineTcp { address }).config(CONFIG).spawn();
    while let Some(event) = events.next().await {
        match event {
            Event::Up { attempt } => {
                println!("up");
                client.send(format!("attempt {}", attempt.number())).await?;
            }
            Event::Message { attempt, message } => {
                println!("got {message:?}");
                if attempt.number() == 3 {
                    client.stop().await;
                }
            }
            Event::Down { why, .. } => println!("down: {why}"),
            Event::Failed { why, .. } => println!("failed: {why}"),
            Event::Renewed { .. } | Event::GaveUp { .. } => {}
        }
    }
    server.abort();
    Ok(())
}

/// The first connection gets a goodbye after one echo, the second silence, the others proper service.
async fn serve(listener: TcpListener) -> io::Result<()> {
    for number in 1_u32.. {
        let (tcp, _) = listener.accept().await?;
        tokio::spawn(connection(tcp, number));
    }
    Ok(())
}

async fn connection(tcp: TcpStream, number: u32) -> Result<(), LinesCodecError> {
    let mut lines = Framed::new(tcp, LinesCodec::new());
    lines.send("HELLO").await?;
    while let Some(line) = lines.next().await {
        match (number, line?.as_str()) {
            (_, "BYE") => break,
            (2, _) => {}
            (_, "PING") => lines.send("PONG").await?,
            (_, line) => lines.send(format!("echo: {line}")).await?,
        }
        if number == 1 {
            lines.send("BYE").await?;
        }
    }
    Ok(())
}
