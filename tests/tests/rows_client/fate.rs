//! What becomes of messages while the link drops: each sender is told, what was told agrees with what the server has, and nothing
//! comes twice.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use relink_tests::fault::{Act, Leave, Log, Service, What, number_in, number_text};
use relink_tokio::ws::Message;
use relink_tokio::{Attempt, Client, Event, Fate, OutboxLimits, Receipt};

use super::*;

const MESSAGES: u64 = 1000;
const BURSTS: u64 = 4;
const KILLS: u64 = 3;
const PADDING_BYTES: usize = 8 << 10;

/// A server that reads everything and sends nothing back.
fn swallows() -> Behaviour {
    Behaviour::Play(vec![Act::Serve(Service { echo: false, ..Service::ECHO })])
}

/// How often each fate was told, and how many messages the server has.
#[derive(Debug, Default)]
struct Sum {
    written: usize,
    unknown: usize,
    not_written: usize,
    received: usize,
}

/// Compares what the senders were told with what the server has.
fn compare(fates: &[(u64, Fate<Message>)], log: &Log) -> Sum {
    let mut received = BTreeMap::<u64, usize>::new();
    for what in log.entries().iter().map(|entry| &entry.what) {
        if let What::Received(got) = what
            && let Some(text) = &got.text
        {
            let number = text.split(' ').next().and_then(number_in).expect("all messages are numbered");
            *received.entry(number).or_default() += 1;
        }
    }
    assert!(received.values().all(|times| *times == 1), "nothing comes twice: {received:?}");
    let mut sum = Sum { received: received.len(), ..Sum::default() };
    for (number, fate) in fates {
        match fate {
            Fate::Written => sum.written += 1,
            Fate::Unknown => sum.unknown += 1,
            Fate::NotWritten(back) => {
                assert!(!received.contains_key(number), "{number} was received and is told not to have been written");
                assert_eq!(back.as_text().and_then(|text| text.split(' ').next()).and_then(number_in), Some(*number), "it is given back");
                sum.not_written += 1;
            }
            Fate::Dropped(_) => panic!("nothing had to make room"),
        }
    }
    assert_eq!(fates.len() as u64, MESSAGES, "every sender was told");
    sum
}

/// Each receipt's word, once there is one.
async fn told(receipts: Vec<(u64, Receipt<Message>)>) -> Result<Vec<(u64, Fate<Message>)>, Box<dyn Error>> {
    let fates = join_all(receipts.into_iter().map(|(number, receipt)| async move { (number, receipt.await) }));
    Ok(tokio::time::timeout(PATIENCE, fates).await?)
}

/// How many messages the server has so far.
fn received(log: &Log) -> usize {
    log.count(|what| matches!(what, What::Received(_)))
}

/// A numbered message of some KiB, so that the socket does not take all of them at once.
fn heavy(number: u64) -> String {
    number_text(number) + &" ".repeat(PADDING_BYTES)
}

#[tokio::test]
async fn sent_messages_over_a_server_that_is_killed_mid_stream_are_each_told_and_none_comes_twice() -> Tested {
    let server = FaultServer::start(swallows()).await?;
    let limits = OutboxLimits { bytes_max: 64 << 20, ..OutboxLimits::DEFAULT };
    let mut watched = Watched::start(link(&server, FAST)?.outbox(limits));
    let mut receipts = Vec::new();
    for burst in 0..BURSTS {
        // The first burst finds the link up, the others find it down: they wait in the outbox.
        if burst == 0 {
            watched.up().await?;
        }
        let before = received(&server.log());
        for number in burst * MESSAGES / BURSTS..(burst + 1) * MESSAGES / BURSTS {
            receipts.push((number, watched.client().send_tracked(heavy(number)).await?));
        }
        if burst < KILLS {
            server.until(PATIENCE, |log| received(log) > before).await?;
            server.down(Leave::Reset).await;
            watched.down().await?;
            server.up()?;
        }
    }
    let client = watched.client().clone();
    let fates = async {
        let fates = told(receipts).await?;
        client.drain(PATIENCE).await;
        Ok(fates)
    };
    let (told, fates) = tokio::try_join!(watched.end(), fates)?;
    let sum = compare(&fates, &server.stop().await);
    row(
        "1000 messages of 8 KiB, the server killed three times mid-stream",
        format_args!("{sum:?}"),
        "none received is told not written, none comes twice",
    );
    assert!(sum.received <= sum.written + sum.unknown && sum.received >= (MESSAGES / BURSTS) as usize, "{sum:?}");
    let ups = told.shape().matches("up").count();
    assert_eq!(ups, KILLS as usize + 1, "{}", told.shape());
    Ok(())
}

/// Sends every other message on this connection and no other.
async fn send_half_bound(client: &Client<Message>, attempt: Attempt) -> Result<Vec<(u64, Receipt<Message>)>, Box<dyn Error>> {
    let mut receipts = Vec::new();
    for number in 0..MESSAGES {
        let bound = number % 2 == 0;
        let receipt = if bound { client.send_on(attempt, heavy(number)).await? } else { client.send_tracked(heavy(number)).await? };
        receipts.push((number, receipt));
    }
    Ok(receipts)
}

#[tokio::test]
async fn sent_messages_that_a_stalled_peer_never_took_are_given_back_or_come_on_the_next_connection() -> Tested {
    let server = FaultServer::start(swallows()).await?;
    // The first connection is never read from: what the buffers of the kernel do not take waits.
    server.script([Behaviour::StalledReader.once(), swallows().always()]);
    let limits = OutboxLimits { bytes_max: 64 << 20, ..OutboxLimits::DEFAULT };
    let mut watched = Watched::start(link(&server, FAST)?.outbox(limits));
    watched.up().await?;
    let Some((_, Event::Up { attempt })) = watched.told().0.last() else { return Err("up".into()) };
    let receipts = send_half_bound(watched.client(), *attempt).await?;
    // Until the buffers are full.
    tokio::time::sleep(QUIET).await;
    server.tell([Act::Leave(Leave::Reset)]);
    watched.down().await?;
    watched.up().await?;
    let fates = told(receipts).await?;
    watched.client().drain(PATIENCE).await;
    assert_eq!(watched.end().await?.shape(), "up down up down");
    let sum = compare(&fates, &server.stop().await);
    row(
        "1000 messages of 8 KiB, half of them bound to a connection that stalls and is killed",
        format_args!("{sum:?}"),
        "bound ones given back, others received on the next connection, none twice",
    );
    assert!(sum.not_written > 0 && sum.received > 0, "{sum:?}");
    Ok(())
}
