//! Owns the tests of odd messages, of frames that are too long, and of frames that are broken.

use futures_util::SinkExt;
use relink_tests::fault::{Frame, Opcode};
use relink_tests::slack::{FRAME_LIMIT_BYTES, Kind, LinkTrouble, Oddity, Oversize, Trouble};
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::MaybeTlsStream;
use tokio_tungstenite::tungstenite::Message;

use super::{PATIENCE, Socket, Tested, closed, dial, json, next, ready, slack, slack_with, text};

/// An acknowledgement that is so long.
fn long_ack(id: &str, bytes: usize) -> String {
    let frame = |filler: &str| format!(r#"{{"envelope_id":"{id}","payload":"{filler}"}}"#);
    frame(&"x".repeat(bytes - frame("").len()))
}

async fn raw(socket: &mut Socket, frames: &[Frame]) -> Tested {
    let MaybeTlsStream::Plain(tcp) = socket.get_mut() else { return Err("TLS".into()) };
    for frame in frames {
        tcp.write_all(&frame.to_bytes()).await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_frame_below_the_limit_is_taken_and_the_one_at_it_dropped() -> Tested {
    let slack = slack().await?;
    let mut socket = ready(&slack).await?;
    let ids = [slack.send(Kind::Interactive, "{}"), slack.send(Kind::Interactive, "{}")];
    socket.send(Message::text(long_ack(&ids[0], FRAME_LIMIT_BYTES))).await?;
    socket.send(Message::text(long_ack(&ids[1], FRAME_LIMIT_BYTES - 1))).await?;
    let book = slack.until(PATIENCE, |book| book.counts.acknowledged == 1).await?;
    assert_eq!((book.counts.oversize, book.envelopes[&ids[0]].acks.len(), book.envelopes[&ids[1]].acks.len()), (1, 0, 1));
    assert_eq!(book.ready(), [1]);
    Ok(())
}

#[tokio::test]
async fn a_frame_at_the_limit_can_close_with_1009() -> Tested {
    let slack = slack_with(|settings| settings.oversize = Oversize::Closes).await?;
    let mut socket = ready(&slack).await?;
    socket.send(Message::text(long_ack("e", FRAME_LIMIT_BYTES))).await?;
    assert_eq!(closed(&mut socket).await?, Some(1009));
    assert_eq!(slack.book().ready(), [0; 0]);
    Ok(())
}

#[tokio::test]
async fn an_acknowledgement_in_fragments_is_dropped() -> Tested {
    let slack = slack().await?;
    let mut socket = ready(&slack).await?;
    let id = slack.send(Kind::EventsApi, "{}");
    let ack = format!(r#"{{"envelope_id":"{id}"}}"#);
    let (one, two) = ack.split_at(9);
    let mask = [1, 2, 3, 4];
    raw(&mut socket, &[Frame::new(Opcode::Text, one).unfinished().masked(mask), Frame::new(Opcode::Continuation, two).masked(mask)])
        .await?;
    let book = slack.until(PATIENCE, |book| book.counts.fragments == 2).await?;
    assert_eq!((book.counts.acknowledged, book.ready()), (0, vec![1]));
    Ok(())
}

#[tokio::test]
async fn a_frame_that_is_not_masked_ends_the_connection() -> Tested {
    let slack = slack().await?;
    let mut socket = ready(&slack).await?;
    raw(&mut socket, &[Frame::new(Opcode::Text, "{}")]).await?;
    assert_eq!(closed(&mut socket).await?, Some(1002));
    assert_eq!(slack.book().counts.broken, 1);
    Ok(())
}

#[tokio::test]
async fn oddities_are_said_after_hello_or_when_told() -> Tested {
    let slack = slack().await?;
    let oddities = vec![
        Oddity::NotJson,
        Oddity::NoObject,
        Oddity::NoType,
        Oddity::UnknownType,
        Oddity::UnknownReason,
        Oddity::Huge(1 << 20),
        Oddity::Deep(50_000),
        Oddity::Text("{\"type\":".to_owned()),
    ];
    slack.script_links([LinkTrouble::Says(oddities).once()]);
    let mut socket = ready(&slack).await?;
    assert!(serde_json::from_str::<serde_json::Value>(&text(&mut socket).await?).is_err());
    assert!(json(&mut socket).await?.is_array());
    assert!(json(&mut socket).await?["type"].is_null());
    assert_eq!(json(&mut socket).await?["type"], "something_new");
    assert_eq!(json(&mut socket).await?["reason"], "something_new");
    assert!(text(&mut socket).await?.len() > 1 << 20);
    assert!(text(&mut socket).await?.contains(&"[".repeat(50_000)));
    assert_eq!(text(&mut socket).await?, "{\"type\":");
    assert!(slack.say(1, &Oddity::Binary));
    assert!(next(&mut socket).await?.is_binary());
    assert!(slack.say(1, &Oddity::Frame(Frame::new(Opcode::Pong, "unasked"))) && slack.say(1, &Oddity::NoType));
    assert!(json(&mut socket).await?["type"].is_null());
    Ok(())
}

#[tokio::test]
async fn a_broken_frame_is_sent_as_it_is() -> Tested {
    let slack = slack().await?;
    slack.script_links([LinkTrouble::Says(vec![Oddity::Frame(Frame::new(Opcode::Text, "x").reserved(4))]).once()]);
    let mut socket = dial(&slack).await?;
    json(&mut socket).await?;
    assert!(next(&mut socket).await.is_err());
    Ok(())
}
