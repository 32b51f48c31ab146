//! Owns the server's side of the opening handshake (RFC 6455 §4.2), proper or not.

use std::time::{Duration, SystemTime};

use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::act::{Leave, Opening};
use super::log::{Request, What};
use super::peer::{Over, Peer};
use super::refusal::Refusal;

/// The longest request that is read, in bytes.
const REQUEST_MAX: usize = 16 << 10;
const HEADERS_MAX: usize = 64;
/// The key of the example in RFC 6455 §1.3, which no client sends.
const ANOTHER_KEY: &[u8] = b"dGhlIHNhbXBsZSBub25jZQ==";

/// Plays the opening handshake; `Ok` if a WebSocket came of it.
pub(crate) async fn open(peer: &mut Peer, opening: &Opening, tls: Option<&TlsAcceptor>) -> Result<(), Over> {
    match opening {
        Opening::Mute => Err(peer.freeze().await),
        Opening::Hangup(how) => Err(peer.leave(*how).await),
        Opening::Garbage(bytes) => {
            peer.write(bytes).await?;
            Err(peer.leave(Leave::Fin).await)
        }
        Opening::Refuse(refusal) => {
            let request = request(peer, tls).await?;
            peer.note(What::Requested(request));
            Err(refuse(peer, refusal).await)
        }
        Opening::Upgrade => {
            let answer = answer(peer, tls, None).await?;
            peer.write(answer.as_bytes()).await?;
            opened(peer)
        }
        Opening::Drip(every) => {
            let answer = answer(peer, tls, None).await?;
            drip(peer, answer.as_bytes(), *every).await?;
            opened(peer)
        }
        Opening::WrongAccept => {
            let answer = answer(peer, tls, Some(ANOTHER_KEY)).await?;
            peer.write(answer.as_bytes()).await?;
            peer.opened = true;
            Ok(())
        }
        Opening::HalfThenSilence => {
            half(peer, tls).await?;
            Err(peer.freeze().await)
        }
        Opening::HalfThen(how) => {
            half(peer, tls).await?;
            Err(peer.leave(*how).await)
        }
    }
}

fn opened(peer: &mut Peer) -> Result<(), Over> {
    peer.opened = true;
    peer.note(What::Opened);
    Ok(())
}

async fn half(peer: &mut Peer, tls: Option<&TlsAcceptor>) -> Result<(), Over> {
    let answer = answer(peer, tls, None).await?;
    peer.write(answer.as_bytes().get(..answer.len() / 2).unwrap_or_default()).await
}

async fn drip(peer: &mut Peer, bytes: &[u8], every: Duration) -> Result<(), Over> {
    for byte in bytes {
        tokio::select! {
            over = peer.gone() => return Err(over),
            () = sleep(every) => {}
        }
        peer.write(&[*byte]).await?;
    }
    Ok(())
}

async fn refuse(peer: &mut Peer, refusal: &Refusal) -> Over {
    let head = refusal.head(SystemTime::now());
    peer.note(What::Refused(refusal.status));
    let written = if refusal.body_after.is_zero() {
        peer.write((head + &refusal.body).as_bytes()).await
    } else {
        match peer.write(head.as_bytes()).await {
            Ok(()) => {
                sleep(refusal.body_after).await;
                peer.write(refusal.body.as_bytes()).await
            }
            Err(over) => Err(over),
        }
    };
    match written {
        Ok(()) => peer.leave(Leave::Fin).await,
        Err(over) => over,
    }
}

/// Reads the request and gives the answer that accepts it; `key` is used instead of the client's.
async fn answer(peer: &mut Peer, tls: Option<&TlsAcceptor>, key: Option<&[u8]>) -> Result<String, Over> {
    let request = request(peer, tls).await?;
    peer.note(What::Requested(request.clone()));
    let upgrade = request.header("Upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"));
    let (true, Some("13"), Some(own)) = (upgrade, request.header("Sec-WebSocket-Version"), request.header("Sec-WebSocket-Key")) else {
        peer.note(What::Broke("the request is no WebSocket upgrade".to_owned()));
        return Err(refuse(peer, &Refusal::new(400)).await);
    };
    let accept = derive_accept_key(key.unwrap_or(own.as_bytes()));
    let offered = request.header("Sec-WebSocket-Protocol").and_then(|offers| offers.split(',').next());
    let protocol = offered.map(|name| format!("Sec-WebSocket-Protocol: {}\r\n", name.trim())).unwrap_or_default();
    let head = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
    Ok(format!("{head}Sec-WebSocket-Accept: {accept}\r\n{protocol}\r\n"))
}

async fn request(peer: &mut Peer, tls: Option<&TlsAcceptor>) -> Result<Request, Over> {
    if let Some(acceptor) = tls {
        peer.secure(acceptor).await?;
    }
    loop {
        peer.fill().await?;
        match parse(&peer.decoder.buffer) {
            Ok(Some((request, length))) => {
                let _ = peer.decoder.buffer.split_to(length);
                return Ok(request);
            }
            Ok(None) if peer.decoder.buffer.len() < REQUEST_MAX => {}
            Ok(None) => return Err(reject(peer, format!("a request longer than {REQUEST_MAX} bytes")).await),
            Err(error) => return Err(reject(peer, format!("not HTTP: {error}")).await),
        }
    }
}

async fn reject(peer: &mut Peer, why: String) -> Over {
    peer.note(What::Broke(why));
    refuse(peer, &Refusal::new(400)).await
}

/// The request and its length in bytes, if it is all there.
fn parse(bytes: &[u8]) -> Result<Option<(Request, usize)>, httparse::Error> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut parsed = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(length) = parsed.parse(bytes)? else { return Ok(None) };
    let path = parsed.path.unwrap_or_default().to_owned();
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let headers = parsed.headers.iter().map(|header| (header.name.to_owned(), text(header.value))).collect();
    Ok(Some((Request { path, headers }, length)))
}
