//! Owns the plays: what the fake Slack does to a client in each, and what is counted.

use std::time::Duration;

use relink_tests::fault::Leave;
use relink_tests::slack::{
    AfterClose, Book, CallTrouble, Connection, Kind, LinkTrouble, RateLimit, Reason, Scene, Settings, Trouble, Worth, sample,
};
use tokio::time::{Instant, sleep, sleep_until};

use crate::figure::{Figure, rounds, without_connection};
use crate::row::Row;
use crate::stage::{Cast, Failure, PATIENCE, Stage};

type Played = Result<Vec<(Row, Figure)>, Failure>;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// It connects, acknowledges, stops.
pub(crate) async fn run(cast: Cast) -> Played {
    let mut stage = cast.enter(Settings::default(), 0).await?;
    stage.connect().await?;
    Kind::ALL.into_iter().for_each(|kind| stage.slack.flood(kind, 50, 20));
    let _ = stage.slack.until(PATIENCE, |book| book.counts.acks_good >= 60).await;
    let acknowledged = stage.slack.read(|book| book.counts.acknowledged);
    stage.stop().await;
    let left = stage.left_after(seconds(2)).await;
    stage.leave().await?;
    Ok(vec![(Row::RunAcknowledged, Figure::Count(acknowledged)), (Row::RunLeft, left)])
}

/// Ghosts hold all ten places; after 40 s they are gone.
pub(crate) async fn full(cast: Cast) -> Played {
    let mut stage = cast.enter(Settings::default(), 0).await?;
    stage.slack.haunt(10);
    stage.driver.tell("start").await;
    let first = stage.slack.until_some(PATIENCE, |book| book.calls.first().map(|call| call.at)).await?;
    sleep_until(first + seconds(40)).await;
    let calls = match stage.driver.death() {
        Some(words) => Figure::Dead(words),
        None => Figure::Count(stage.slack.read(|book| book.calls.len())),
    };
    stage.slack.bury();
    let ready = stage.ready_after(Instant::now(), seconds(50), |_| true).await;
    stage.leave().await?;
    Ok(vec![(Row::FullCalls, calls), (Row::FullReady, ready)])
}

/// The connection is lost, and for 30 s every upgrade is refused with 409. URLs are to be had for a hundred dials, so that it is
/// the client's own policy that is seen.
pub(crate) async fn refused(cast: Cast) -> Played {
    const FAULT: Duration = seconds(30);
    let mut stage = cast.enter(Settings { rate: Some(RateLimit { burst: 100, ..RateLimit::TIER_1 }), ..Settings::default() }, 0).await?;
    stage.slack.script_links([Scene::fine(1), LinkTrouble::Status(409).lasting(FAULT)]);
    let first = stage.connect().await?;
    stage.slack.lose(first, Leave::Reset);
    let again = stage.slack.until_some(PATIENCE, |book| book.dials.get(1).map(|dial| dial.at)).await?;
    let over = again + FAULT;
    sleep_until(over).await;
    let dials = stage.slack.read(|book| rounds(book.dials.iter().map(|dial| dial.at), again, seconds(5), 6));
    let ready = stage.ready_after(over, seconds(40), |_| true).await;
    sleep_until(over + seconds(35)).await;
    let open = stage.left_after(Duration::ZERO).await;
    stage.leave().await?;
    Ok(vec![(Row::RefusedDials, Figure::Series(dials)), (Row::RefusedReady, ready), (Row::RefusedOpen, open)])
}

/// 150 events and 50 interactions a second for 20 s; after 5 s a warning, and 10 s later the end of that connection. A call
/// for a URL takes 300 ms, as over a real network. Connections that a client leaves without a Close get no payloads here, so that
/// what is lost is lost by the client alone.
pub(crate) async fn warning(cast: Cast) -> Played {
    let mut stage = cast.enter(Settings { ghosts_receive: false, ..Settings::default() }, 0).await?;
    stage.slack.script_calls([Scene::fine(1), CallTrouble::Late(Duration::from_millis(300)).always()]);
    let first = stage.connect().await?;
    let began = Instant::now();
    stage.slack.flood(Kind::EventsApi, 150, 3000);
    stage.slack.flood(Kind::Interactive, 50, 1000);
    sleep(seconds(5)).await;
    stage.slack.warn(first);
    sleep_until(began + seconds(20)).await;
    // What came last may be acknowledged within 3 s, and what was not comes again after them.
    sleep(seconds(5)).await;
    let notes = stage.driver.notes();
    let book = stage.slack.book();
    stage.leave().await?;
    Ok(vec![
        (Row::WarnGap, Figure::Time(without_connection(&book, began, began + seconds(20)))),
        (Row::WarnLost, Figure::Count(book.counts.lost)),
        (Row::WarnMissed, Figure::Count(missed(&book))),
        (Row::WarnTwice, Figure::Count(notes.duplicates())),
        (Row::WarnRefused, Figure::Count(notes.refused)),
        (Row::WarnNoClose, Figure::Count(left_without_close(&book))),
    ])
}

fn left_without_close(book: &Book) -> usize {
    let left =
        |connection: &&Connection| connection.ended.is_some() && connection.close_received.is_none() && connection.close_sent.is_none();
    book.connections.iter().filter(left).count()
}

/// The same without a load, and TCP ends after the closing handshake: the best that can happen to a client that waits for it.
pub(crate) async fn warning_end(cast: Cast) -> Played {
    let mut stage = cast.enter(Settings { after_close: AfterClose::End, ..Settings::default() }, 0).await?;
    let first = stage.connect().await?;
    let warned = Instant::now();
    stage.slack.warn(first);
    sleep_until(warned + seconds(15)).await;
    let gap = stage.slack.read(|book| without_connection(book, warned, warned + seconds(15)));
    stage.leave().await?;
    Ok(vec![(Row::WarnGapEnd, Figure::Time(gap))])
}

/// The envelopes whose first delivery had no good acknowledgement on its own connection.
fn missed(book: &Book) -> usize {
    let in_time = |envelope: &relink_tests::slack::Envelope| {
        envelope.deliveries.first().is_some_and(|delivery| {
            let acks = envelope.acks.iter().filter(|ack| ack.worth == Worth::Good);
            acks.into_iter().any(|ack| Some(ack.connection) == delivery.connection && ack.at <= delivery.at + seconds(3))
        })
    };
    book.envelopes.values().filter(|envelope| !in_time(envelope)).count()
}

/// The peer neither reads nor writes any more, and TCP stays as it is.
pub(crate) async fn half_open(cast: Cast) -> Played {
    let mut stage = cast.enter(Settings::default(), 0).await?;
    let first = stage.connect().await?;
    stage.slack.freeze(first);
    let ready = stage.ready_after(Instant::now(), seconds(60), |number| number != first).await;
    stage.leave().await?;
    Ok(vec![(Row::HalfOpenReady, ready)])
}

/// Pings are not answered, but come, and so do events.
pub(crate) async fn no_pong(cast: Cast) -> Played {
    let mut stage = cast.enter(Settings::default(), 0).await?;
    stage.slack.script_links([LinkTrouble::NoPong.always()]);
    stage.connect().await?;
    stage.slack.flood(Kind::EventsApi, 1, 40);
    sleep(seconds(40)).await;
    let given_up = stage.slack.read(|book| book.connections.iter().filter(|connection| connection.ended.is_some()).count());
    stage.leave().await?;
    Ok(vec![(Row::NoPongGivenUp, Figure::Count(given_up))])
}

/// Socket Mode is switched off.
pub(crate) async fn disabled(cast: Cast) -> Played {
    let mut stage = cast.enter(Settings::default(), 0).await?;
    let first = stage.connect().await?;
    stage.slack.script_links([LinkTrouble::DisconnectFirst(Reason::LinkDisabled).always()]);
    stage.slack.disconnect(first, Reason::LinkDisabled);
    sleep(seconds(20)).await;
    let dials = stage.slack.read(|book| book.dials.len() - 1);
    let figure = stage.driver.death().filter(|_| dials == 0).map_or(Figure::Count(dials), Figure::Dead);
    stage.leave().await?;
    Ok(vec![(Row::DisabledDials, figure)])
}

/// The URL call takes 2 s; half a second after it began, the client is stopped.
pub(crate) async fn stop_in_call(cast: Cast) -> Played {
    let mut stage = cast.enter(Settings::default(), 0).await?;
    stage.slack.script_calls([CallTrouble::Late(seconds(2)).once()]);
    stage.driver.tell("start").await;
    stage.slack.until(PATIENCE, |book| !book.calls.is_empty()).await?;
    sleep(Duration::from_millis(500)).await;
    stage.driver.tell("stop").await;
    let left = stage.left_after(seconds(8)).await;
    stage.leave().await?;
    Ok(vec![(Row::StopLeft, left)])
}

/// It is started once more when it is ready.
pub(crate) async fn start_twice(cast: Cast) -> Played {
    let mut stage = cast.enter(Settings::default(), 0).await?;
    stage.connect().await?;
    stage.driver.tell("start").await;
    let open = stage.left_after(seconds(8)).await;
    stage.stop().await;
    let left = stage.left_after(seconds(4)).await;
    stage.leave().await?;
    Ok(vec![(Row::TwiceOpen, open), (Row::TwiceLeft, left)])
}

/// The handler takes longer than the 3 s after which Slack delivers an event again.
pub(crate) async fn slow(cast: Cast) -> Played {
    const EVENTS: usize = 5;
    let mut stage = cast.enter(Settings::default(), 4000).await?;
    stage.connect().await?;
    (0..EVENTS).for_each(|number| {
        stage.slack.send(Kind::EventsApi, sample(Kind::EventsApi, number));
    });
    sleep(seconds(12)).await;
    let acknowledged = stage.slack.read(|book| book.counts.acknowledged);
    let twice = stage.driver.notes().duplicates();
    stage.leave().await?;
    Ok(vec![(Row::SlowTwice, Figure::Count(twice)), (Row::SlowAcknowledged, Figure::Count(acknowledged))])
}

/// The first call is answered with 429 and a `Retry-After` of 10 s.
pub(crate) async fn limited(cast: Cast) -> Played {
    const WAIT: Duration = seconds(10);
    let mut stage = limited_once(&cast).await?;
    let first = first_call(&stage).await?;
    let ready = stage.ready_after(first + WAIT, seconds(30), |_| true).await;
    let calls = stage.slack.read(|book| book.calls.iter().skip(1).filter(|call| call.at < first + WAIT).count());
    stage.leave().await?;
    Ok(vec![(Row::LimitedCalls, Figure::Count(calls)), (Row::LimitedReady, ready)])
}

/// The same, and the client is stopped while it waits.
pub(crate) async fn limited_stop(cast: Cast) -> Played {
    let mut stage = limited_once(&cast).await?;
    let first = first_call(&stage).await?;
    sleep_until(first + seconds(2)).await;
    stage.driver.tell("stop").await;
    sleep_until(first + seconds(16)).await;
    let calls = stage.slack.read(|book| book.calls.len() - 1);
    stage.leave().await?;
    Ok(vec![(Row::LimitedAfterStop, Figure::Count(calls))])
}

async fn limited_once(cast: &Cast) -> Result<Stage, Failure> {
    let mut stage = cast.enter(Settings::default(), 0).await?;
    stage.slack.script_calls([CallTrouble::RateLimited { retry_after_s: 10 }.once()]);
    stage.driver.tell("start").await;
    Ok(stage)
}

async fn first_call(stage: &Stage) -> Result<Instant, Failure> {
    Ok(stage.slack.until_some(PATIENCE, |book| book.calls.first().map(|call| call.at)).await?)
}
