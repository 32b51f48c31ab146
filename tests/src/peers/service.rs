//! The obvious service: an accept loop over tokio-tungstenite, a task a connection, and one task that knows who is there.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

/// Those of connections, and of timers, which outlive their connections. They end with the service.
type Tasks = Arc<Mutex<JoinSet<()>>>;

/// What is told to the one task that knows who is there.
enum Told {
    Joined(u64, Sender<String>),
    /// The timer of a subscription has fired.
    Due(u64),
    Left(u64),
}

/// A service as it is written first: it sends what its clients have subscribed to, some time after they did.
#[derive(Debug)]
pub struct Service {
    address: SocketAddr,
    listener: JoinHandle<()>,
    tasks: Tasks,
    hub: JoinHandle<Result<(), String>>,
}

impl Service {
    /// Starts it on a free port. What a client subscribes to is sent after this time.
    ///
    /// # Errors
    /// If there is no port.
    pub async fn start(after: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (tell, told) = channel(64);
        let hub = tokio::spawn(know(told));
        let tasks = Tasks::default();
        let accepted = tasks.clone();
        let listener = tokio::spawn(async move {
            for id in 0.. {
                let Ok((stream, _)) = listener.accept().await else { return };
                lock(&accepted).spawn(serve(id, stream, tell.clone(), after, accepted.clone()));
            }
        });
        Ok(Self { address, listener, tasks, hub })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops it as it is done first: the listener is closed.
    pub fn stop(&self) {
        self.listener.abort();
    }

    /// What has ended it, if something has.
    pub async fn error(&mut self) -> Option<String> {
        if self.hub.is_finished() { (&mut self.hub).await.ok()?.err() } else { None }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.listener.abort();
        self.hub.abort();
        lock(&self.tasks).abort_all();
    }
}

fn lock(tasks: &Tasks) -> std::sync::MutexGuard<'_, JoinSet<()>> {
    tasks.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn know(mut told: Receiver<Told>) -> Result<(), String> {
    let mut clients = HashMap::new();
    while let Some(told) = told.recv().await {
        match told {
            Told::Joined(id, client) => drop(clients.insert(id, client)),
            Told::Left(id) => drop(clients.remove(&id)),
            Told::Due(id) => {
                // Somebody who is not there cannot have a timer, can he?
                let client: &Sender<String> = clients.get(&id).ok_or("Message received for a missing client")?;
                client.send("news".to_owned()).await.map_err(|error| error.to_string())?;
            }
        }
    }
    Ok(())
}

async fn serve(id: u64, stream: TcpStream, tell: Sender<Told>, after: Duration, tasks: Tasks) {
    let Ok(mut socket) = accept_async(stream).await else { return };
    let (client, mut news) = channel(16);
    if tell.send(Told::Joined(id, client)).await.is_err() {
        return;
    }
    loop {
        tokio::select! {
            message = socket.next() => match message {
                Some(Ok(Message::Text(_))) => {
                    let tell = tell.clone();
                    lock(&tasks).spawn(async move {
                        sleep(after).await;
                        let _ = tell.send(Told::Due(id)).await;
                    });
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break,
            },
            news = news.recv() => match news {
                Some(news) => if socket.send(Message::text(news)).await.is_err() { break },
                None => break,
            },
        }
    }
    let _ = tell.send(Told::Left(id)).await;
}
