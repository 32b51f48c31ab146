//! What ends a link beside a stop: the last handle, the events, the driver; none of them leaves a task or a socket.

use relink_tests::fault::{Log, Refusal, What};
use relink_tokio::{End, Event, Fate, OutboxLimits};
use tokio::time::{Instant, timeout};

use super::bench::{Kind, reaches};
use super::*;

/// The links of a row are dropped a little later each.
const STEP: Duration = Duration::from_micros(20);

/// The closes that the server has seen, once it has seen this many ends of the client.
async fn ended(server: &FaultServer) -> Result<Log, Box<dyn Error>> {
    Ok(server.until(PATIENCE, |log| log.count(|what| matches!(what, What::Fin | What::Reset)) > 0).await?)
}

#[tokio::test]
async fn drop_of_every_handle_closes_the_link_properly() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::Echo).await?;
    let mut watched = Watched::start_on(bench.runtime(), link(&server.url(), CONFIG)?);
    watched.up().await?;
    let (client, mut events, driver) = watched.into_parts();
    let second = client.clone();
    drop(client);
    second.send("still there").await?;
    assert!(matches!(timeout(PATIENCE, events.next()).await?, Some(Event::Message { .. })), "one handle is left");
    let began = Instant::now();
    drop(second);
    let end = timeout(PATIENCE, driver).await??;
    let took = began.elapsed();
    row("drop of every handle in Ready", format_args!("{end:?} after {}", millis(took)), with_slack(CLOSING.as_duration()));
    assert!(end == End::Stopped && took <= CLOSING.as_duration() + SLACK);
    assert!(matches!(timeout(PATIENCE, events.next()).await?, Some(Event::Down { retry_at: None, .. })));
    assert!(timeout(PATIENCE, events.next()).await?.is_none());
    assert_eq!(ended(&server).await?.closes(), [(1, Some(1000))]);
    bench.is_clean(server).await
}

#[tokio::test]
async fn drop_of_every_handle_while_dialling_or_waiting_ends_at_once() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::Mute).await?;
    let cases: [(_, _, Kind); 2] = [
        ("Connecting", Behaviour::Mute, |state| matches!(state, LinkState::Connecting { .. })),
        ("Backoff", Behaviour::Refuse(Refusal::new(503)), |state| matches!(state, LinkState::Backoff { .. })),
    ];
    for (name, behaviour, state) in cases {
        server.set(behaviour);
        let watched = Watched::start_on(bench.runtime(), link(&server.url(), WAITS)?);
        reaches(watched.client(), state).await?;
        let (client, events, driver) = watched.into_parts();
        let began = Instant::now();
        drop(client);
        timeout(PATIENCE, driver).await??;
        let took = began.elapsed();
        row(&format!("drop of every handle in {name}"), millis(took), with_slack(Duration::ZERO));
        assert!(took <= SLACK && bench::dialled(server.port())? == 0, "{name}");
        drop(events);
    }
    bench.is_clean(server).await
}

#[tokio::test]
async fn drop_of_the_events_closes_the_link_properly() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::Echo).await?;
    let mut watched = Watched::start_on(bench.runtime(), link(&server.url(), CONFIG)?);
    watched.up().await?;
    let (client, events, driver) = watched.into_parts();
    let began = Instant::now();
    drop(events);
    let end = timeout(PATIENCE, driver).await??;
    let took = began.elapsed();
    row("drop of the events in Ready", format_args!("{end:?} after {}", millis(took)), with_slack(CLOSING.as_duration()));
    assert!(end == End::Stopped && took <= CLOSING.as_duration() + SLACK);
    assert!(client.send("to whom?").await.is_err(), "a handle that is left is told");
    assert_eq!(ended(&server).await?.closes(), [(1, Some(1000))]);
    bench.is_clean(server).await
}

#[tokio::test]
async fn drop_of_the_driver_drops_everything_at_once_and_tells_everybody() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::StalledReader).await?;
    let limits = OutboxLimits { bytes_max: 64 << 20, ..OutboxLimits::DEFAULT };
    let mut watched = Watched::start_on(bench.runtime(), link(&server.url(), CONFIG)?.outbox(limits));
    watched.up().await?;
    let (client, mut events, driver) = watched.into_parts();
    // What the kernel's buffers swallow is written; the rest is in hand.
    let mut receipts = Vec::new();
    for _ in 0..16 {
        receipts.push(client.send_tracked(vec![0; 512 << 10]).await?);
    }
    let began = Instant::now();
    driver.abort();
    assert!(timeout(PATIENCE, driver).await?.is_err_and(|error| error.is_cancelled()));
    let mut fates = [0; 3];
    for receipt in receipts {
        match timeout(PATIENCE, receipt).await? {
            Fate::Written => fates[0] += 1,
            Fate::Unknown => fates[1] += 1,
            Fate::NotWritten(_) | Fate::Dropped(_) => fates[2] += 1,
        }
    }
    let [written, unknown, not_written] = fates;
    row(
        "drop of the driver in Ready, with messages in hand",
        format_args!("{}; {written} written, {unknown} unknown, {not_written} not written", millis(began.elapsed())),
        format_args!("{}; each is told", with_slack(Duration::ZERO)),
    );
    assert!(began.elapsed() <= SLACK && unknown + not_written > 0);
    assert!(matches!(timeout(PATIENCE, events.next()).await?, Some(Event::Down { retry_at: None, .. })), "the Up has its Down");
    assert!(timeout(PATIENCE, events.next()).await?.is_none());
    timeout(PATIENCE, client.stop()).await?;
    assert_eq!(bench::dialled(server.port())?, 0);
    bench.is_clean(server).await
}

/// The server's tasks have a thread of their own here, so that the test can wait for less than a timer can.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn drop_of_everything_at_any_moment_leaves_no_task_and_no_socket() -> Tested {
    const LINKS: u32 = 300;
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::Echo).await?;
    for number in 0..LINKS {
        let watched = Watched::start_on(bench.runtime(), link(&server.url(), CONFIG)?);
        std::thread::sleep(STEP * (number / 3));
        let (client, events, driver) = watched.into_parts();
        match number % 3 {
            0 => drop((client, events)),
            1 => drop((events, client)),
            _ => {
                driver.abort();
                drop((client, events));
            }
        }
    }
    let settled = bench.has_no_task().await;
    let (dials, opened) = (server.log().dials().len(), server.log().opened());
    let left = bench.is_clean(server).await;
    row(
        &format!("{LINKS} links dropped at every moment of an opening"),
        format_args!("{dials} dialled, {opened} opened; left: {settled:?} {left:?}"),
        "no task, no socket",
    );
    assert!(opened > 0 && opened < LINKS as usize, "some were dropped before they were open, some after");
    settled.and(left)
}
