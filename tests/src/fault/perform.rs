//! Owns the acts after the opening handshake, as they are played on one connection.

use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::act::{Act, Leave, Service};
use super::frame::{Frame, Opcode};
use super::numbers::{Counter, number_text};
use super::peer::{Over, Peer};

/// The piece in which an oversize message is written, in bytes.
const PIECE: usize = 64 << 10;
/// How long one piece waits for room before the client's frames are looked at again.
const PIECE_PATIENCE: Duration = Duration::from_millis(5);

/// Plays the acts one after the other, then ends the connection.
pub(crate) async fn perform(peer: &mut Peer, acts: &[Act], counter: &Counter) -> Over {
    for act in acts {
        if let Err(over) = one(peer, act, counter).await {
            return over;
        }
    }
    peer.leave(Leave::Fin).await
}

async fn one(peer: &mut Peer, act: &Act, counter: &Counter) -> Result<(), Over> {
    match act {
        Act::Freeze => Err(peer.freeze().await),
        Act::Leave(how) => Err(peer.leave(*how).await),
        // An order from the handle can come before there is a WebSocket to play it on.
        Act::Text(_) | Act::Frame(_) | Act::Oversize(_) | Act::Close(_) | Act::Serve(_) if !peer.opened => Ok(()),
        Act::Text(text) => peer.send(&Frame::new(Opcode::Text, text.as_str())).await,
        Act::Frame(frame) => peer.send(frame).await,
        Act::Oversize(bytes) => oversize(peer, *bytes).await,
        Act::Close(code) => peer.send(&Frame::close(*code)).await,
        Act::Serve(service) => serve(peer, service, counter).await,
    }
}

async fn serve(peer: &mut Peer, service: &Service, counter: &Counter) -> Result<(), Over> {
    let mut end = std::pin::pin!(sleep(service.lasting));
    let taker = service.number_every.map(|every| counter.join(peer.number(), every, Instant::now()));
    loop {
        let now = Instant::now();
        if let Some(number) = taker.as_ref().and_then(|taker| taker.take(now)) {
            peer.send(&Frame::new(Opcode::Text, number_text(number))).await?;
            continue;
        }
        let next_number = taker.as_ref().map_or(now, |taker| taker.ask_at(now));
        tokio::select! {
            biased;
            () = &mut end => return Ok(()),
            frame = peer.frame() => match frame {
                Ok(frame) => answer(peer, service, &frame).await?,
                Err(over) if service.answer_close => return Err(over),
                Err(_) => return Err(peer.freeze().await),
            },
            () = sleep_until(next_number), if taker.is_some() => {}
        }
    }
}

async fn answer(peer: &mut Peer, service: &Service, frame: &Frame) -> Result<(), Over> {
    match frame.opcode {
        Opcode::Text | Opcode::Binary | Opcode::Continuation if service.echo => peer.send(&Frame { mask: None, ..frame.clone() }).await,
        Opcode::Ping if service.pong => peer.send(&Frame::new(Opcode::Pong, frame.payload.clone())).await,
        Opcode::Close if service.answer_close => Err(peer.answer_close(frame).await),
        Opcode::Text | Opcode::Binary | Opcode::Continuation | Opcode::Ping | Opcode::Pong | Opcode::Close | Opcode::Reserved(_) => Ok(()),
    }
}

/// Writes the message and looks at the client's frames in between: most clients close at the header.
async fn oversize(peer: &mut Peer, bytes: u64) -> Result<(), Over> {
    peer.write(&Frame::new(Opcode::Binary, "").header(bytes)).await?;
    let piece = vec![0; PIECE];
    let mut rest = bytes;
    while rest > 0 {
        if let Some(frame) = peer.frame().now_or_never() {
            let frame = frame?;
            if frame.opcode == Opcode::Close {
                return Err(peer.answer_close(&frame).await);
            }
        }
        let now = piece.get(..rest.min(PIECE as u64) as usize).unwrap_or(&piece);
        if let Ok(written) = timeout(PIECE_PATIENCE, peer.write_some(now)).await {
            rest -= written? as u64;
        }
    }
    Ok(())
}
