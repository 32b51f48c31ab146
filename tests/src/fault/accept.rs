//! Owns the accept loop and the task of each connection.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::act::{Act, Leave, Play};
use super::log::{LISTENER, What};
use super::opening::open;
use super::peer::Peer;
use super::perform::perform;
use super::server::Shared;

/// The pause after an accept that failed, such as for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// Accepts until told to stop, then closes the listener, ends every connection so, and returns when all tasks have ended.
pub(crate) async fn accept(listener: TcpListener, shared: Arc<Shared>, mut stop: oneshot::Receiver<Leave>) {
    let mut connections = JoinSet::new();
    shared.book.write(LISTENER, What::Listening);
    let leave = loop {
        tokio::select! {
            biased;
            leave = &mut stop => break leave.unwrap_or(Leave::Fin),
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((tcp, _)) => drop(connections.spawn(connection(tcp, shared.orders.subscribe(), shared.clone()))),
                Err(_) => sleep(ACCEPT_PAUSE).await,
            },
        }
    };
    drop(listener);
    shared.book.write(LISTENER, What::Deaf);
    shared.orders.send_replace(Arc::new([Act::Leave(leave)]));
    while connections.join_next().await.is_some() {}
}

async fn connection(tcp: TcpStream, mut orders: watch::Receiver<Arc<[Act]>>, shared: Arc<Shared>) {
    let number = shared.accepted.fetch_add(1, Ordering::Relaxed) + 1;
    // Bytes that are to arrive one by one, or in two packets, must not be gathered.
    let _ = tcp.set_nodelay(true);
    let mut peer = Peer::new(tcp, shared.book.clone(), number);
    peer.note(What::Dialled);
    let play = shared.next_behaviour(Instant::now()).play();

    let mut order = tokio::select! {
        biased;
        acts = next_order(&mut orders) => Some(acts),
        () = whole(&mut peer, &play, &shared) => None,
    };
    while let Some(acts) = order {
        order = tokio::select! {
            biased;
            acts = next_order(&mut orders) => Some(acts),
            _ = perform(&mut peer, &acts, &shared.counter) => None,
        };
    }
    peer.end();
}

async fn whole(peer: &mut Peer, play: &Play, shared: &Shared) {
    let tls = shared.acceptor();
    if open(peer, &play.opening, tls.as_ref()).await.is_ok() {
        perform(peer, &play.acts, &shared.counter).await;
    }
}

/// Acts that the handle gives to the connections that are there.
async fn next_order(orders: &mut watch::Receiver<Arc<[Act]>>) -> Arc<[Act]> {
    match orders.changed().await {
        Ok(()) => orders.borrow_and_update().clone(),
        // The server is gone, and this task is about to be ended.
        Err(_) => std::future::pending().await,
    }
}
