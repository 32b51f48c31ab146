//! Owns one accepted connection: its socket, what was read from it, and the notes it makes in the log.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::act::Leave;
use super::book::Book;
use super::frame::{Decoder, Frame, Opcode};
use super::log::{Received, What};

/// How long a proper server waits for the client's Close.
const CLOSE_PATIENCE: Duration = Duration::from_secs(1);
/// How long the socket is read after our FIN: closed with bytes unread, it would send RST.
const LINGER: Duration = Duration::from_millis(250);
/// The longest part of a text that is kept in the log, in bytes.
const TEXT_KEPT: usize = 256;

/// The connection is over; nothing more is played on it. The log says why.
#[derive(Debug)]
pub(crate) struct Over;

/// The server's end of one connection.
#[derive(Debug)]
pub(crate) struct Peer {
    stream: Stream,
    /// What was read and not yet understood.
    pub(crate) decoder: Decoder,
    book: Book,
    number: usize,
    /// Whether the opening handshake is done.
    pub(crate) opened: bool,
    close_sent: bool,
    fin_seen: bool,
}

#[derive(Debug)]
enum Stream {
    Plain(TcpStream),
    Secured(Box<TlsStream<TcpStream>>),
    Gone,
}

impl Peer {
    pub(crate) fn new(tcp: TcpStream, book: Book, number: usize) -> Self {
        let stream = Stream::Plain(tcp);
        Self { stream, decoder: Decoder::default(), book, number, opened: false, close_sent: false, fin_seen: false }
    }

    pub(crate) fn note(&self, what: What) {
        self.book.write(self.number, what);
    }

    pub(crate) const fn number(&self) -> usize {
        self.number
    }

    /// TLS from here on.
    pub(crate) async fn secure(&mut self, acceptor: &TlsAcceptor) -> Result<(), Over> {
        let Stream::Plain(tcp) = std::mem::replace(&mut self.stream, Stream::Gone) else { return Err(Over) };
        let secured = acceptor.accept(tcp).await.map_err(|error| {
            self.note(What::Broke(format!("TLS: {error}")));
            Over
        })?;
        self.stream = Stream::Secured(Box::new(secured));
        self.note(What::Secured);
        Ok(())
    }

    /// Reads what there is, at least one byte.
    pub(crate) async fn fill(&mut self) -> Result<(), Over> {
        let buffer = &mut self.decoder.buffer;
        let read = match &mut self.stream {
            Stream::Plain(tcp) => tcp.read_buf(buffer).await,
            Stream::Secured(tls) => tls.read_buf(buffer).await,
            Stream::Gone => return Err(Over),
        };
        match read {
            Ok(0) => Err(self.note_end(false)),
            Ok(_) => Ok(()),
            // A client that ends TCP without ending TLS first.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(self.note_end(false)),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                self.note(What::Broke(format!("TLS: {error}")));
                Err(Over)
            }
            Err(_) => Err(self.note_end(true)),
        }
    }

    pub(crate) async fn write(&mut self, mut bytes: &[u8]) -> Result<(), Over> {
        while !bytes.is_empty() {
            let written = self.write_some(bytes).await?;
            bytes = bytes.get(written..).unwrap_or_default();
        }
        Ok(())
    }

    /// Writes some of the bytes and says how many. Dropped before that, it has written none.
    pub(crate) async fn write_some(&mut self, bytes: &[u8]) -> Result<usize, Over> {
        let written = match &mut self.stream {
            Stream::Plain(tcp) => tcp.write(bytes).await,
            Stream::Secured(tls) => match tls.write(bytes).await {
                Ok(written) => tls.flush().await.map(|()| written),
                Err(error) => Err(error),
            },
            Stream::Gone => return Err(Over),
        };
        written.map_err(|_| self.note_end(true))
    }

    pub(crate) async fn send(&mut self, frame: &Frame) -> Result<(), Over> {
        if frame.opcode == Opcode::Close {
            self.close_sent = true;
            self.note(What::CloseSent(frame.close_code()));
        }
        self.write(&frame.to_bytes()).await
    }

    /// The client's next frame, noted in the log. Dropped before it is there, it has lost nothing.
    pub(crate) async fn frame(&mut self) -> Result<Frame, Over> {
        loop {
            match self.decoder.next_frame() {
                Ok(Some(frame)) => {
                    self.note_frame(&frame);
                    return Ok(frame);
                }
                Ok(None) => self.fill().await?,
                Err(error) => {
                    self.note(What::Broke(error.to_string()));
                    return Err(Over);
                }
            }
        }
    }

    /// Answers a Close as a proper server does, and ends the connection.
    pub(crate) async fn answer_close(&mut self, close: &Frame) -> Over {
        if !self.close_sent {
            let answer = Frame::new(Opcode::Close, close.payload.clone());
            if timeout(LINGER, self.send(&answer)).await.is_err() {
                return Over;
            }
        }
        self.leave(Leave::Fin).await
    }

    /// Reads nothing and writes nothing; only a reset ends it, or the server's end.
    pub(crate) async fn freeze(&mut self) -> Over {
        match self.client_end().await {
            End::Reset => self.note_end(true),
            End::Fin => {
                self.note_end(false);
                std::future::pending().await
            }
        }
    }

    /// Returns when the client has ended the connection, without reading from it.
    pub(crate) async fn gone(&mut self) -> Over {
        let end = self.client_end().await;
        self.note_end(matches!(end, End::Reset))
    }

    /// Ends the connection; returns after 1.5 s at the latest.
    pub(crate) async fn leave(&mut self, how: Leave) -> Over {
        match how {
            Leave::Reset => {
                if let Some(tcp) = self.tcp() {
                    // Without it the drop sends FIN, and the test that counts on RST says so.
                    let _ = tcp.set_zero_linger();
                }
            }
            Leave::Fin => self.finish().await,
            Leave::Close(code) => {
                if self.opened {
                    let _ = timeout(CLOSE_PATIENCE, self.closing_handshake(code)).await;
                }
                self.finish().await;
            }
        }
        Over
    }

    /// Lets the socket go, and notes it after it is gone.
    pub(crate) fn end(self) {
        let Self { stream, book, number, .. } = self;
        drop(stream);
        book.write(number, What::Ended);
    }

    async fn closing_handshake(&mut self, code: u16) -> Result<(), Over> {
        if !self.close_sent {
            self.send(&Frame::close(code)).await?;
        }
        while self.frame().await?.opcode != Opcode::Close {}
        Ok(())
    }

    /// FIN, then a moment to read what is under way.
    async fn finish(&mut self) {
        let ending = async {
            let shut = match &mut self.stream {
                Stream::Plain(tcp) => tcp.shutdown().await,
                Stream::Secured(tls) => tls.shutdown().await,
                Stream::Gone => return,
            };
            if shut.is_ok() {
                while self.skip().await.is_ok() {}
            }
        };
        let _ = timeout(LINGER, ending).await;
    }

    async fn skip(&mut self) -> Result<(), Over> {
        if self.opened {
            return self.frame().await.map(|_| ());
        }
        self.decoder.buffer.clear();
        self.fill().await
    }

    async fn client_end(&self) -> End {
        let Some(tcp) = self.tcp() else { return End::Reset };
        loop {
            let Ok(ready) = tcp.ready(Interest::READABLE | Interest::ERROR).await else { return End::Reset };
            if ready.is_error() || ready.is_write_closed() {
                return End::Reset;
            }
            if ready.is_read_closed() {
                return End::Fin;
            }
            // There is something to read, and it stays unread: wait for the next change.
            let _ = tcp.try_io(Interest::READABLE, || io::Result::<()>::Err(io::ErrorKind::WouldBlock.into()));
        }
    }

    fn tcp(&self) -> Option<&TcpStream> {
        match &self.stream {
            Stream::Plain(tcp) => Some(tcp),
            Stream::Secured(tls) => Some(tls.get_ref().0),
            Stream::Gone => None,
        }
    }

    fn note_end(&mut self, reset: bool) -> Over {
        if reset {
            self.note(What::Reset);
        } else if !self.fin_seen {
            self.fin_seen = true;
            self.note(What::Fin);
        }
        Over
    }

    fn note_frame(&self, frame: &Frame) {
        if frame.mask.is_none() {
            self.note(What::Broke("a frame that is not masked".to_owned()));
        }
        if frame.opcode == Opcode::Close {
            return self.note(What::Closed(frame.close_code()));
        }
        let kept = frame.payload.get(..TEXT_KEPT).unwrap_or(&frame.payload);
        let text = (frame.opcode == Opcode::Text).then(|| String::from_utf8_lossy(kept).into_owned());
        self.note(What::Received(Received { opcode: frame.opcode, bytes: frame.payload.len(), text }));
    }
}

/// How a client ended its side.
enum End {
    Fin,
    Reset,
}
