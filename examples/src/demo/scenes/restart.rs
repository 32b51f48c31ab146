//! Owns the scene of a server that dies under a hundred clients and is back after a second.

use std::io;
use std::time::Duration;

use futures_util::future::{join_all, try_join_all};
use relink_tests::fault::{Behaviour, FaultServer, Leave};
use relink_tests::peers::Tally;
use relink_tests::peers::obvious::{self, Habits};
use relink_tokio::ws::{Request, Ws};
use relink_tokio::{Builder, Config, Millis};
use tokio::time::{Instant, sleep, sleep_until};

use super::{Failed, PATIENCE, Played, Scene};
use crate::demo::context::Context;
use crate::demo::measure::{median, most_within};
use crate::demo::outcome::{Bound, Other, Outcome};
use crate::demo::paint::Tone;
use crate::wording::seconds;

pub(crate) const SCENE: Scene = Scene {
    name: "restart",
    what: "a server dies under 100 clients, refuses dials for 1 s, and is back",
    shortened: Some("a link counts as stable after 0.3 s, not 10 s"),
    play: |context| Box::pin(play(context)),
};

const CLIENTS: usize = 100;
const OUTAGE: Duration = Duration::from_secs(1);
/// How long all are up before the server dies.
const STABLE: Duration = Duration::from_millis(500);
const CONFIG: Config = Config { reset_after: Millis::new(300), ..Config::DEFAULT };
/// The median that the default policy promises, from listening to Ready.
const MEDIAN_MAX: Duration = Duration::from_millis(750);
/// The stretch in which a crowd is counted.
const CROWD: Duration = Duration::from_millis(100);

/// How a hundred clients came back.
struct Return {
    median: Duration,
    slowest: Duration,
    crowd: usize,
    /// Whether each of them was told of one loss and one return.
    paired: bool,
}

async fn play(context: Context) -> Played {
    let (relink, others) = tokio::try_join!(relink(&context), others(&context))?;
    Ok(Outcome {
        others: vec![
            Other::Measured(format!("obvious loop, every 1 s: {} of {CLIENTS} dials within one 0.1 s", others.crowd)),
            Other::Quoted("ezsockets 0.7.2: up 4.0 s after a 1 s outage; twilight 0.18.0: 2.0 s; their clients in step"),
        ],
        relink: vec![
            format!("up {} after the server (median; the last {})", seconds(relink.median), seconds(relink.slowest)),
            format!("{} of {CLIENTS} dials within one 0.1 s", relink.crowd),
        ],
        bounds: vec![
            Bound::new(format!("up within {} of the server (median)", seconds(MEDIAN_MAX)), relink.median <= MEDIAN_MAX),
            Bound::new("one Down, one Up each", relink.paired),
        ],
    })
}

async fn relink(context: &Context) -> Result<Return, Failed> {
    let server = FaultServer::start(Behaviour::Echo).await?;
    let mut links = Vec::new();
    for number in 0..CLIENTS {
        let builder = Builder::new(Ws::to(Request::new(&server.url())?)).config(CONFIG);
        links.push(if number == 0 { context.follow(builder)? } else { context.follow_silently(builder)? });
    }
    try_join_all(links.iter_mut().map(|link| link.until_up(PATIENCE, 1))).await?;
    sleep(STABLE).await;

    context.server(format!("dies under {CLIENTS} clients; the one that is followed says:"));
    let up = outage(&server).await?;
    context.server("listens again");
    let back = try_join_all(links.iter_mut().map(|link| link.until_up(PATIENCE, 2))).await?;
    let times: Vec<_> = back.iter().map(|at| at.duration_since(up)).collect();
    let slowest = times.iter().max().copied().unwrap_or_default();
    context.relink(Tone::Good, format!("all {CLIENTS} are back, the last after {}", seconds(slowest)));

    let records = join_all(links.into_iter().map(|link| link.end())).await;
    let paired = records.iter().all(|record| record.ups().count() == 2 && record.downs().count() == 1 && record.is_paired());
    let dials: Vec<_> = server.stop().await.dials().into_iter().filter(|at| *at >= up).collect();
    Ok(Return { median: median(times), slowest, crowd: most_within(&dials, CROWD), paired })
}

/// The server refuses dials for so long, from its first moment on; gives when it listens again.
async fn outage(server: &FaultServer) -> io::Result<Instant> {
    let end = Instant::now() + OUTAGE;
    server.down(Leave::Fin).await;
    sleep_until(end).await;
    server.up()?;
    Ok(Instant::now())
}

async fn others(context: &Context) -> Result<Return, Failed> {
    let server = FaultServer::start(Behaviour::Echo).await?;
    let (url, tallies) = (server.url(), vec![Tally::default(); CLIENTS]);
    let loops = join_all(tallies.iter().map(|tally| obvious::run(&url, Habits::EVERY_SECOND, tally)));
    let course = async {
        server.until(PATIENCE, |log| log.opened() == CLIENTS).await?;
        sleep(STABLE).await;
        let up = outage(&server).await?;
        server.until(PATIENCE, |log| log.opened() == 2 * CLIENTS).await?;
        Ok::<_, Failed>(up)
    };
    let up = tokio::select! {
        _ = loops => return Err("the obvious loop ended".into()),
        up = course => up?,
    };
    let times: Vec<_> = tallies.iter().flat_map(|tally| tally.count().ups).filter(|at| *at >= up).map(|at| at - up).collect();
    let dials: Vec<_> = server.stop().await.dials().into_iter().filter(|at| *at >= up).collect();
    let slowest = times.iter().max().copied().unwrap_or_default();
    let crowd = most_within(&dials, CROWD);
    context.others(format!("{crowd} of {CLIENTS} obvious loops dial within one 0.1 s"));
    Ok(Return { median: median(times), slowest, crowd, paired: true })
}
