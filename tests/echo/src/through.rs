//! Owns the client through relink: the loop its users write.

use relink_tokio::ws::Message;
use relink_tokio::{Client, Event, Events, connect};

use crate::Outcome;
use crate::plain::TEXT;

pub(crate) async fn open(port: u16) -> Outcome<(Client<Message>, Events<Message>)> {
    let (client, mut events) = connect(&format!("ws://127.0.0.1:{port}/"))?.spawn();
    match events.next().await {
        Some(Event::Up { .. }) => Ok((client, events)),
        other => Err(format!("the link did not come up but: {other:?}").into()),
    }
}

pub(crate) async fn relink(port: u16, window: usize, total: usize) -> Outcome<()> {
    connect(&format!("ws://127.0.0.1:{port}/"))?.run(async |client, events| echo(client, events, window, total).await).await
}

async fn echo(client: Client<Message>, mut events: Events<Message>, window: usize, total: usize) -> Outcome<()> {
    let Some(Event::Up { .. }) = events.next().await else { return Err("the link did not come up".into()) };
    for _ in 0..window {
        client.send(TEXT).await?;
    }
    let (mut sent, mut received) = (window, 0);
    while received < total {
        match events.next().await {
            Some(Event::Message { .. }) => received += 1,
            other => return Err(format!("not an echo but: {other:?}").into()),
        }
        if sent < total {
            client.send(TEXT).await?;
            sent += 1;
        }
    }
    client.stop().await;
    Ok(())
}
