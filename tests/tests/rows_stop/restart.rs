//! Starting twice, and starting again after a stop: there is one link, whatever its user wishes how often.

use relink_tests::fault::Refusal;

use super::bench::reaches;
use super::*;

#[tokio::test]
async fn start_twice_in_every_state_is_one_link() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::Drip { every: Duration::from_millis(1) }).await?;
    let mut watched = Watched::start_on(bench.runtime(), link(&server.url(), CONFIG)?.lazy());
    let start_often = |client: &relink_tokio::Client<Message>| (0..5).for_each(|_| client.retry_now());
    start_often(watched.client());
    reaches(watched.client(), |state| matches!(state, LinkState::Connecting { .. })).await?;
    start_often(watched.client());
    watched.up().await?;
    start_often(watched.client());
    watched.echoes().await?;
    let (tasks, held) = (bench.tasks(), bench::dialled(server.port())?);
    let told = watched.stop().await?;
    let log = server.log();
    row(
        "started 15 times, in Idle, Connecting and Ready",
        format_args!("{} dial(s), {held} connection(s), {tasks} task(s)", log.dials().len()),
        "1 dial, 1 connection, 1 task",
    );
    assert_eq!((log.dials().len(), held, tasks, told.shape().as_str()), (1, 1, 1, "up down"));
    bench.is_clean(server).await
}

#[tokio::test]
async fn start_twice_in_backoff_is_one_dial_each() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::Refuse(Refusal::new(503))).await?;
    let mut watched = Watched::start_on(bench.runtime(), link(&server.url(), WAITS)?);
    for _ in 0..3 {
        watched.failed().await?;
        (0..5).for_each(|_| watched.client().retry_now());
    }
    watched.failed().await?;
    let told = watched.stop().await?;
    let dials = server.log().dials().len();
    row("started 5 times in each of 3 backoffs", format_args!("{dials} dials"), "4 dials");
    assert_eq!((dials, told.shape().as_str()), (4, "failed failed failed failed"));
    bench.is_clean(server).await
}

/// The server's tasks have a thread of their own here, so that the test can wait for less than a timer can.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn stop_and_start_again_a_hundred_times_is_one_link_and_leaves_nothing() -> Tested {
    const TIMES: u32 = 100;
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::Echo).await?;
    let watched = Watched::start_on(bench.runtime(), link(&server.url(), CONFIG)?.restartable());
    let (client, events, driver) = watched.into_parts();
    events.detach();
    for time in 0..TIMES {
        std::thread::sleep(Duration::from_micros(20) * time);
        tokio::time::timeout(PATIENCE, client.stop()).await?;
        assert_eq!(bench::dialled(server.port())?, 0, "stop {time}");
        client.retry_now();
    }
    reaches(&client, |state| matches!(state, LinkState::Ready { .. })).await?;
    let (tasks, held, stats) = (bench.tasks(), bench::dialled(server.port())?, client.stats());
    drop(client);
    tokio::time::timeout(PATIENCE, driver).await??;
    row(
        &format!("stopped and started {TIMES} times, at every moment of an opening"),
        format_args!("{} dials, up {} times, in the end {held} connection(s) and {tasks} task(s)", stats.dials, stats.ups),
        "1 connection, 1 task",
    );
    assert_eq!((tasks, held, stats.ups - stats.downs), (1, 1, 1));
    bench.is_clean(server).await
}

#[tokio::test]
async fn stop_of_a_link_that_has_ended_resolves_at_once() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::Refuse(Refusal::new(401))).await?;
    let watched = Watched::start_on(bench.runtime(), link(&server.url(), CONFIG)?.restartable());
    let client = watched.client().clone();
    reaches(&client, |state| matches!(state, LinkState::Shutdown { .. })).await?;
    let began = tokio::time::Instant::now();
    tokio::time::timeout(PATIENCE, client.stop()).await.map_err(|_| "after it gave up")?;
    tokio::time::timeout(PATIENCE, client.stop()).await.map_err(|_| "after a stop")?;
    client.retry_now();
    tokio::time::timeout(PATIENCE, client.stop()).await.map_err(|_| "after a start that was taken back")?;
    tokio::time::timeout(PATIENCE, client.drain(PATIENCE)).await.map_err(|_| "a drain")?;
    let took = began.elapsed();
    row("stop of a link that has ended", millis(took), with_slack(Duration::ZERO));
    assert!(took <= SLACK);
    drop(client);
    let (client, events, driver) = watched.into_parts();
    drop((client, events));
    tokio::time::timeout(PATIENCE, driver).await??;
    bench.is_clean(server).await
}

#[tokio::test]
async fn stop_whose_link_is_started_again_meanwhile_resolves_when_the_old_connection_is_gone() -> Tested {
    let bench = Bench::new().await?;
    let server = FaultServer::start(Behaviour::CloseUnanswered).await?;
    let mut watched = Watched::start_on(bench.runtime(), link(&server.url(), CONFIG)?);
    watched.up().await?;
    let client = watched.client().clone();
    let began = tokio::time::Instant::now();
    let starts = async {
        reaches(&client, |state| matches!(state, LinkState::Closing { .. })).await?;
        client.retry_now();
        Ok::<_, Box<dyn Error>>(())
    };
    let (stopped, started) = tokio::join!(tokio::time::timeout(PATIENCE, client.stop()), starts);
    let took = began.elapsed();
    stopped?;
    started?;
    watched.up().await?;
    let (held, tasks) = (bench::dialled(server.port())?, bench.tasks());
    row(
        "stop, and a start while it closes, Close never answered",
        format_args!("{}, then up again with {held} connection(s) and {tasks} task(s)", millis(took)),
        with_slack(CLOSING.as_duration()),
    );
    assert!(takes(took, CLOSING.as_duration()) && (held, tasks) == (1, 1));
    drop(client);
    assert_eq!(watched.stop().await?.shape(), "up down up down");
    bench.is_clean(server).await
}
