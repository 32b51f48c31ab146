//! The echo servers that are compared: relink's, and each rival's as its own documentation writes it.

use std::future::Future;
use std::net::SocketAddr;

use clap::ValueEnum;
use futures_util::{SinkExt, StreamExt};
use relink_tokio::server::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::Outcome;
use crate::plain::buffers;

/// Whose server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Whose {
    /// Plain tokio-tungstenite, all that is ready answered with one flush.
    Careful,
    /// Plain tokio-tungstenite, an answer and a flush a message.
    Tungstenite,
    Fastwebsockets,
    TokioWebsockets,
    Ezsockets,
    Relink,
}

impl Whose {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Careful => "tokio-tungstenite, a flush a wake-up",
            Self::Tungstenite => "tokio-tungstenite 0.30",
            Self::Fastwebsockets => "fastwebsockets 0.10",
            Self::TokioWebsockets => "tokio-websockets 0.13",
            Self::Ezsockets => "ezsockets 0.7",
            Self::Relink => "relink",
        }
    }
}

pub(crate) async fn serve(whose: Whose, relink: &Server, listener: TcpListener) -> Outcome<()> {
    match whose {
        Whose::Careful => each(listener, crate::server::echo).await,
        Whose::Tungstenite => each(listener, tungstenite).await,
        Whose::Fastwebsockets => each(listener, fastwebsockets).await,
        Whose::TokioWebsockets => each(listener, tokio_websockets).await,
        Whose::Ezsockets => {
            let (server, _) = ezsockets::Server::create(|_| Ez);
            ezsockets::tungstenite::run_on(server, listener, ezsockets::tungstenite::Acceptor::Plain).await
        }
        Whose::Relink => {
            relink.listen(listener).await;
            Ok(())
        }
    }
}

pub(crate) fn relink() -> Server {
    Server::builder().limits(relink_tokio::server::Limits { connections_max: 0, ..Default::default() }).serve(|mut session| async move {
        while let Some(message) = session.next().await {
            if session.send(message).await.is_err() {
                return;
            }
        }
    })
}

async fn each<F: Future<Output = Outcome<()>> + Send + 'static>(listener: TcpListener, echo: fn(TcpStream) -> F) -> Outcome<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(echo(stream));
    }
}

async fn tungstenite(stream: TcpStream) -> Outcome<()> {
    let mut socket = tokio_tungstenite::accept_async_with_config(stream, Some(buffers())).await?;
    while let Some(message) = socket.next().await {
        let message = message?;
        if message.is_text() {
            socket.send(message).await?;
        }
    }
    Ok(())
}

async fn tokio_websockets(stream: TcpStream) -> Outcome<()> {
    let (_request, mut socket) = tokio_websockets::ServerBuilder::new().accept(stream).await?;
    while let Some(message) = socket.next().await {
        let message = message?;
        if message.is_text() {
            socket.send(message).await?;
        }
    }
    Ok(())
}

async fn fastwebsockets(mut stream: TcpStream) -> Outcome<()> {
    use fastwebsockets::{FragmentCollector, OpCode, Role, WebSocket};
    accept(&mut stream).await?;
    let mut socket = FragmentCollector::new(WebSocket::after_handshake(stream, Role::Server));
    loop {
        let frame = socket.read_frame().await?;
        match frame.opcode {
            OpCode::Close => return Ok(()),
            OpCode::Text | OpCode::Binary => socket.write_frame(frame).await?,
            OpCode::Continuation | OpCode::Ping | OpCode::Pong => {}
        }
    }
}

/// The opening handshake, for what has none without hyper.
async fn accept(stream: &mut TcpStream) -> Outcome<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_buf(&mut head).await?;
    }
    let head = String::from_utf8(head)?;
    let is_key = |line: &&str| line.to_ascii_lowercase().starts_with("sec-websocket-key:");
    let key = head.lines().find(is_key).and_then(|line| line.split_once(':')).ok_or("no key")?.1.trim();
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n",
        derive_accept_key(key.as_bytes())
    );
    Ok(stream.write_all(answer.as_bytes()).await?)
}

struct Ez;

struct EzSession {
    handle: ezsockets::Session<u16, ()>,
    id: u16,
}

#[async_trait::async_trait]
impl ezsockets::ServerExt for Ez {
    type Session = EzSession;
    type Call = ();

    async fn on_connect(
        &mut self,
        socket: ezsockets::Socket,
        _request: ezsockets::Request,
        address: SocketAddr,
    ) -> Result<ezsockets::Session<u16, ()>, Option<ezsockets::CloseFrame>> {
        let id = address.port();
        Ok(ezsockets::Session::create(|handle| EzSession { handle, id }, id, socket))
    }

    async fn on_disconnect(
        &mut self,
        _id: u16,
        _reason: Result<Option<ezsockets::CloseFrame>, ezsockets::Error>,
    ) -> Result<(), ezsockets::Error> {
        Ok(())
    }

    async fn on_call(&mut self, (): ()) -> Result<(), ezsockets::Error> {
        Ok(())
    }
}

#[async_trait::async_trait]
impl ezsockets::SessionExt for EzSession {
    type ID = u16;
    type Call = ();

    fn id(&self) -> &u16 {
        &self.id
    }

    async fn on_text(&mut self, text: ezsockets::Utf8Bytes) -> Result<(), ezsockets::Error> {
        self.handle.text(text).map(drop).map_err(|_| "the session is gone".into())
    }

    async fn on_binary(&mut self, _bytes: ezsockets::Bytes) -> Result<(), ezsockets::Error> {
        Ok(())
    }

    async fn on_call(&mut self, (): ()) -> Result<(), ezsockets::Error> {
        Ok(())
    }
}
