//! The transport of an accepted connection: its one attempt answers the client's request.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use relink_core::registry::Key;
use relink_core::{Attempt, Millis};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tungstenite::http::{Response, StatusCode};

use super::connection::Entrance;
use super::house::{House, Refused};
use super::trace::Line;
use super::upgrade::{self, Unread};
use super::{About, Admission, Rejection, Upgrade, answer};
use crate::Ending;
use crate::transport::Transport;
use crate::ws::source::Socket;
use crate::ws::{Message, Opened, Protocol, Side, WsConnection, tls};

/// How long a refusal may take to be written, and to be read by the client before its socket is closed; likewise the Close of a
/// connection that is given up, where it has that much time.
pub(super) const LINGER: Duration = Duration::from_secs(2);
/// How much of what a refused client goes on to send is thrown away: closing on unread bytes would reset the connection, and
/// with it the answer.
const LINGER_BYTES_MAX: u64 = 64 << 10;

/// How often a request is judged, if each time sessions like it are ended meanwhile.
const JUDGEMENTS_MAX: u32 = 3;

pub(super) struct Accepting<P: Protocol> {
    pub(super) house: Arc<House<P>>,
    pub(super) entrance: Option<Entrance>,
    /// Its name, if there is room for it.
    pub(super) key: Result<Key, Refused>,
    pub(super) remote: Option<SocketAddr>,
    pub(super) line: Line,
}

impl<P: Protocol> Transport for Accepting<P> {
    type Message = Message;
    type Connection = WsConnection<P>;

    fn open(&mut self, attempt: Attempt) -> impl Future<Output = Result<WsConnection<P>, Ending>> + Send + 'static {
        let (house, key, remote, line) = (self.house.clone(), self.key, self.remote, self.line.clone());
        let entrance = self.entrance.take();
        async move {
            match entrance {
                // Nobody dials an accepted connection twice.
                None => Err(Ending::Eof),
                Some(Entrance::Stream(stream)) => shake_hands(&house, &line, key, remote, attempt, stream).await,
                Some(Entrance::Tls(stream, config)) => {
                    let limit = house.settings.config.opening_timeout.as_duration();
                    let accepted = timeout(limit, TlsAcceptor::from(config).accept(stream)).await;
                    let stream = accepted.unwrap_or_else(|late| Err(late.into())).map_err(|error| tls::ending(&host(remote), error))?;
                    shake_hands(&house, &line, key, remote, attempt, Box::new(stream)).await
                }
                #[cfg(feature = "hyper")]
                Some(Entrance::Upgraded(upgraded, subprotocol)) => {
                    let upgraded = upgraded.await.map_err(|error| Ending::from(io::Error::other(error)))?;
                    let stream = Box::new(hyper_util::rt::TokioIo::new(upgraded));
                    Ok(open(&house, key, (stream, Vec::new()), attempt, subprotocol, remote))
                }
            }
        }
    }

    fn weight(message: &Message) -> usize {
        message.frame_bytes()
    }
}

async fn shake_hands<P: Protocol>(
    house: &House<P>,
    line: &Line,
    key: Result<Key, Refused>,
    remote: Option<SocketAddr>,
    attempt: Attempt,
    mut stream: Socket,
) -> Result<WsConnection<P>, Ending> {
    let limit = house.settings.config.opening_timeout.as_duration();
    let rejection = match timeout(limit, negotiate(house, line, key, remote, &mut stream)).await {
        Ok(Ok((response, subprotocol, rest))) => {
            answer::write(&mut stream, &response).await.map_err(|error| tls::ending(&host(remote), error))?;
            return Ok(open(house, key, (stream, rest), attempt, subprotocol, remote));
        }
        Ok(Err(Unread::Rejected(rejection))) => rejection,
        Ok(Err(Unread::Cut(received_bytes))) => return Err(Ending::RequestCut { received_bytes }),
        Ok(Err(Unread::Io(error))) => return Err(tls::ending(&host(remote), error)),
        Err(_) => Rejection::new(StatusCode::REQUEST_TIMEOUT, format!("the request was not there, and judged, within {limit:?}")),
    };
    house.counters.rejected(rejection.status);
    line.refused(&rejection);
    // Whether the client reads it is the client's affair.
    let _ = timeout(LINGER, refuse(&mut stream, &rejection)).await;
    Err(Ending::Rejected { status: rejection.status.as_u16(), why: rejection.why.as_ref().into() })
}

async fn refuse(stream: &mut Socket, rejection: &Rejection) -> io::Result<()> {
    answer::write(stream, &answer::rejected(rejection)).await?;
    stream.shutdown().await?;
    let mut rest = [0; 1024];
    let mut spare = stream.take(LINGER_BYTES_MAX);
    while spare.read(&mut rest).await? > 0 {}
    Ok(())
}

type Welcome = (Response<String>, Option<Box<str>>);

async fn negotiate<P: Protocol>(
    house: &House<P>,
    line: &Line,
    key: Result<Key, Refused>,
    remote: Option<SocketAddr>,
    stream: &mut Socket,
) -> Result<(Response<String>, Option<Box<str>>, Vec<u8>), Unread> {
    let (parts, rest) = upgrade::read(stream, house.settings.bounds.head_bytes_max).await?;
    let (response, subprotocol) = welcome(house, line, key, Upgrade::new(parts, remote)).await.map_err(Unread::Rejected)?;
    Ok((response, subprotocol, rest))
}

/// Judges a request: the handshake, the limits, its origin, and what the gate says. Who is let in is known by name from here on.
pub(super) async fn welcome<P: Protocol>(
    house: &House<P>,
    line: &Line,
    key: Result<Key, Refused>,
    upgrade: Upgrade,
) -> Result<Welcome, Rejection> {
    let accept = upgrade.check()?;
    let key = key.and_then(|key| house.judging(key).map(|()| key)).map_err(|refused| house.rejection(refused))?;
    house.settings.origins.check(&upgrade)?;
    let upgrade = Arc::new(upgrade);
    for _ in 0..JUDGEMENTS_MAX {
        let mut admission = match &house.settings.gate {
            Some(gate) => gate(upgrade.clone()).await?,
            None => Admission::new(),
        };
        let subprotocol = choose(admission.subprotocol.take(), &upgrade, house.settings.pattern().subprotocols());
        let response = answer::accepted(&accept, subprotocol.as_deref(), &mut admission);
        let Admission { identity, extensions, .. } = admission;
        let about = About { remote: upgrade.remote(), identity, subprotocol: subprotocol.clone(), extensions, ..About::default() };
        let about = Arc::new(about);
        if house.let_in(key, &about).map_err(|refused| house.rejection(refused))? {
            line.let_in(about.identity(), about.subprotocol());
            return Ok((response, subprotocol));
        }
    }
    Err(house.rejection(Refused::Ending))
}

/// What the gate has chosen, or the first one offered that is spoken here; nothing that was not offered (RFC 6455 §4.2.2).
fn choose(chosen: Option<Box<str>>, upgrade: &Upgrade, spoken: &[&str]) -> Option<Box<str>> {
    let is_wanted = |name: &&str| chosen.as_deref().map_or_else(|| spoken.contains(name), |chosen| chosen == *name);
    upgrade.subprotocols().find(is_wanted).map(Into::into)
}

fn open<P: Protocol>(
    house: &House<P>,
    key: Result<Key, Refused>,
    stream: (Socket, Vec<u8>),
    attempt: Attempt,
    subprotocol: Option<Box<str>>,
    remote: Option<SocketAddr>,
) -> WsConnection<P> {
    let opened = Opened { attempt, subprotocol };
    let mut protocol = house.settings.pattern().clone();
    if let Some((key, about)) = key.ok().and_then(|key| Some((key, house.about(key)?))) {
        protocol.admitted(&about);
        house.opened(key);
    }
    // It has to end before it would be forced.
    let closing_timeout = house.settings.config.clamped().closing_timeout;
    let linger = Millis::from_duration(LINGER.min(closing_timeout.as_duration() * 3 / 4));
    WsConnection::new(Side::Server { linger }, stream, protocol, &opened, host(remote), &house.settings.bounds)
}

fn host(remote: Option<SocketAddr>) -> Arc<str> {
    remote.map_or_else(|| "the client".into(), |remote| remote.to_string().into())
}
