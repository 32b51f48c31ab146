//! Clients of a service, many at once: what each one was told, and how it ended.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// Clients of a service.
#[derive(Debug, Default)]
pub struct Crowd {
    seen: Arc<Mutex<Vec<Seen>>>,
    tasks: JoinSet<()>,
    clients: Vec<AbortHandle>,
    /// Those that never read: not even a Close.
    silent: Vec<WebSocketStream<TcpStream>>,
}

/// What one client saw.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Texts.
    pub texts: Vec<String>,
    /// The Close, and when it came.
    pub close: Option<(u16, Instant)>,
    /// Its connection has ended.
    pub ended: bool,
}

impl Crowd {
    /// Connects so many that read, each of which says this first.
    ///
    /// # Errors
    /// If one cannot connect.
    pub async fn join(&mut self, address: SocketAddr, count: usize, first: &str) -> Result<(), Error> {
        for _ in 0..count {
            let mut socket = dial(address).await?;
            socket.send(Message::text(first)).await?;
            let (seen, index) = (self.seen.clone(), self.clients.len());
            lock(&seen).push(Seen::default());
            self.clients.push(self.tasks.spawn(async move {
                while let Some(Ok(message)) = socket.next().await {
                    let client = &mut lock(&seen)[index];
                    match message {
                        Message::Text(text) => client.texts.push(text.to_string()),
                        Message::Close(frame) => client.close = Some((frame.map_or(1005, |frame| frame.code.into()), Instant::now())),
                        _ => {}
                    }
                }
                lock(&seen)[index].ended = true;
            }));
        }
        Ok(())
    }

    /// Connects so many that never read.
    ///
    /// # Errors
    /// If one cannot connect.
    pub async fn join_silently(&mut self, address: SocketAddr, count: usize) -> Result<(), Error> {
        for _ in 0..count {
            self.silent.push(dial(address).await?);
        }
        Ok(())
    }

    /// The last ones to join are gone without a word; they count no more.
    pub fn lose(&mut self, count: usize) {
        let rest = self.clients.len().saturating_sub(count);
        self.clients.drain(rest..).for_each(|client| client.abort());
        lock(&self.seen).truncate(rest);
    }

    /// What each of those that read has seen so far.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.seen).clone()
    }
}

async fn dial(address: SocketAddr) -> Result<WebSocketStream<TcpStream>, Error> {
    let stream = TcpStream::connect(address).await?;
    client_async(format!("ws://{address}/"), stream).await.map(|(socket, _)| socket)
}

fn lock(seen: &Mutex<Vec<Seen>>) -> std::sync::MutexGuard<'_, Vec<Seen>> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
