//! The way to a byte stream: the name's addresses, a dial over all of them, TCP_NODELAY.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::source::{Connector, Socket};
use super::{Progress, Target};
use crate::ending::{Ending, Stage};

/// How long one address is waited for before the next is dialled beside it (RFC 8305 §5, Connection Attempt Delay).
const STAGGER: Duration = Duration::from_millis(250);
/// A name may have hundreds of addresses; an attempt does not.
const ADDRESSES_MAX: usize = 16;

/// Connects to the target. Dropping the future ends every dial; only a name look-up that is under way goes on, on
/// tokio's pool of blocking threads, until the system's resolver gives up.
pub(super) async fn connect(target: &Target, own: Option<Connector>, progress: &Progress) -> Result<Socket, Ending> {
    let failed = |tried, error| Ending::Dial { target: target.to_string().into(), tried, error: Arc::new(error) };
    if let Some(own) = own {
        progress.set(Stage::Dial);
        return own(target.clone()).await.map_err(|error| failed(1, error));
    }
    progress.set(Stage::Dns);
    let addresses = resolve(target).await?;
    progress.set(Stage::Dial);
    let tried = addresses.len();
    let stream = dial(addresses).await.map_err(|error| failed(tried, error))?;
    Ok(Box::new(stream))
}

async fn resolve(target: &Target) -> Result<Vec<SocketAddr>, Ending> {
    let failed = |error| Ending::Dns { host: target.host.as_ref().into(), error: Arc::new(error) };
    let addresses = tokio::net::lookup_host((&*target.host, target.port)).await.map_err(failed)?;
    let addresses = interleaved(addresses.collect());
    if addresses.is_empty() {
        return Err(failed(io::Error::new(io::ErrorKind::NotFound, "the name has no address")));
    }
    Ok(addresses)
}

/// Alternates between the address families, beginning with the resolver's first choice (RFC 8305 §4), so that a
/// broken family costs one stagger and not one for each of its addresses.
fn interleaved(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (mut first, mut second): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|address| address.is_ipv6() == first_is_v6);
    first.reverse();
    second.reverse();
    let mut mixed = Vec::new();
    while mixed.len() < ADDRESSES_MAX {
        let before = mixed.len();
        mixed.extend(first.pop());
        mixed.extend(second.pop());
        if mixed.len() == before {
            break;
        }
    }
    mixed
}

/// The first address that answers wins; the dials beside it end. A refusal starts the next one at once.
async fn dial(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut waiting = addresses.into_iter();
    let mut dials = FuturesUnordered::new();
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    loop {
        dials.extend(waiting.next().map(TcpStream::connect));
        let more_waiting = waiting.len() > 0;
        tokio::select! {
            answer = dials.next() => match answer {
                Some(Ok(stream)) => {
                    // A message must not wait for the acknowledgement of the one before it (Nagle's algorithm).
                    stream.set_nodelay(true)?;
                    return Ok(stream);
                }
                Some(Err(error)) => last = error,
                None => return Err(last),
            },
            () = sleep(STAGGER), if more_waiting => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use tokio::net::{TcpListener, TcpSocket, TcpStream};
    use tokio::time::timeout;

    use super::{ADDRESSES_MAX, STAGGER, dial, interleaved};

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn families_alternate_from_the_resolvers_first_choice() {
        let given = ["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1", "2.2.2.2:1"].map(address).to_vec();
        let expected = ["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1", "[::3]:1"].map(address).to_vec();
        assert_eq!(interleaved(given), expected);
        let many = (0..1000).map(|port| SocketAddr::from(([127, 0, 0, 1], port))).collect();
        assert_eq!(interleaved(many).len(), ADDRESSES_MAX);
        assert!(interleaved(Vec::new()).is_empty());
    }

    #[tokio::test]
    async fn a_refusing_address_does_not_keep_the_next_one_waiting() {
        let refusing = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let refused = refusing.local_addr().unwrap();
        drop(refusing);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let good = listener.local_addr().unwrap();
        let began = std::time::Instant::now();
        let stream = dial(vec![refused, good]).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), good);
        assert!(stream.nodelay().unwrap());
        assert!(began.elapsed() < STAGGER, "{:?}", began.elapsed());
        assert!(dial(vec![refused, refused]).await.is_err());
        assert!(dial(Vec::new()).await.is_err());
    }

    #[tokio::test]
    async fn a_silent_address_keeps_the_next_one_waiting_for_a_stagger_only() {
        // A listener whose queue is full answers nobody.
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(address("127.0.0.1:0")).unwrap();
        let full = socket.listen(1).unwrap();
        let silent = full.local_addr().unwrap();
        let mut waiting = Vec::new();
        while let Ok(stream) = timeout(STAGGER / 5, TcpStream::connect(silent)).await {
            waiting.push(stream.unwrap());
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let good = listener.local_addr().unwrap();
        let stream = timeout(STAGGER * 3, dial(vec![silent, good])).await.expect("beside the silent one").unwrap();
        assert_eq!(stream.peer_addr().unwrap(), good);
    }
}
