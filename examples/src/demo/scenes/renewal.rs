//! Owns the scene of a planned renewal: two connections overlap, and no message is lost, either way.

use std::collections::BTreeMap;
use std::time::Duration;

use relink_tests::fault::{Behaviour, FaultServer, Log, number_in};
use relink_tests::peers::Tally;
use relink_tests::peers::obvious::{self, Habits};
use relink_tokio::ws::{Message, Request, Ws};
use relink_tokio::{Builder, Client, Config, Millis};
use tokio::time::{Instant, interval, sleep};

use super::{Failed, PATIENCE, Played, Scene};
use crate::demo::context::Context;
use crate::demo::follow::Record;
use crate::demo::outcome::{Bound, Other, Outcome};
use crate::demo::protocol::Hello;
use crate::wording::{list, thousands};

pub(crate) const SCENE: Scene = Scene {
    name: "renewal",
    what: "a server announces 1 s ahead that it will drop the connection, twice; messages flow both ways all the time",
    shortened: Some("a warning after 1 s, not after hours; a link counts as stable after 0.5 s, not 10 s"),
    play: |context| Box::pin(play(context)),
};

const EVERY: Duration = Duration::from_millis(10);
const RENEWALS: usize = 2;
const CONFIG: Config = Config {
    acceptance_timeout: Millis::from_secs(1),
    reset_after: Millis::new(500),
    overlap_max: Millis::from_secs(10),
    ..Config::DEFAULT
};
/// Beyond the second drop.
const WATCHED: Duration = Duration::from_millis(3500);
/// What was written last may still be on its way.
const SETTLES: Duration = Duration::from_millis(500);

/// What became of the messages.
struct Traffic {
    /// From the server: how many were due, and how many of them never came.
    due: usize,
    missing: usize,
    /// The stretches without a connection.
    without: Vec<Duration>,
}

async fn play(context: Context) -> Played {
    let (relink, others) = tokio::try_join!(relink(&context), others(&context))?;
    let (traffic, sent, astray, handovers) = relink;
    Ok(Outcome {
        others: vec![
            Other::Measured(format!(
                "obvious loop, every 1 s: {} without a connection; {} of {} messages lost",
                list(&others.without),
                thousands(others.missing),
                thousands(others.due)
            )),
            Other::Quoted("node socket-mode 3.1.0: 5,007 ms without a connection at each warning"),
        ],
        relink: vec![
            format!("{} lost of {} received, {astray} lost or doubled of {sent} sent", traffic.missing, thousands(traffic.due)),
            format!("{} renewals, without a connection: {}", handovers, list(&traffic.without)),
        ],
        bounds: vec![
            Bound::new("no message lost, either way", traffic.missing == 0 && astray == 0 && sent > 0 && traffic.due > 0),
            Bound::new("never without a connection", traffic.without.is_empty() && handovers == RENEWALS),
        ],
    })
}

fn behaviours() -> [relink_tests::fault::Scene; 2] {
    let renewal = Behaviour::Renewal { every: EVERY, warn_after: Duration::from_secs(1), drop_after: Duration::from_secs(1) };
    [renewal.times(RENEWALS), Behaviour::Numbers { every: EVERY }.always()]
}

/// The traffic; what was sent, and how much of it went astray; how often a successor took over without a moment between.
async fn relink(context: &Context) -> Result<(Traffic, usize, usize, usize), Failed> {
    let server = FaultServer::start(Behaviour::Echo).await?;
    server.script(behaviours());
    let transport = Ws::to(Request::new(&server.url())?).protocol(Hello);
    let mut link = context.follow(Builder::new(transport).config(CONFIG))?;
    link.until_up(PATIENCE, 1).await?;
    let sent = talk(link.client(), Instant::now() + WATCHED).await?;
    server.end_numbers();
    let (numbers, without) = (server.numbers(), server.log().without_connection(Instant::now()));
    let missing = |record: &Record| numbers.missing(&record.texts().filter_map(|(_, text)| number_in(text)).collect::<Vec<_>>()).len();
    // What does not come now never will: it is counted below.
    let _missed = link.until(SETTLES * 10, "every number", |record| missing(record) == 0).await;
    let record = link.end().await;
    let log = server.stop().await;

    let traffic = Traffic { due: numbers.written.len() + numbers.lost.len(), missing: missing(&record), without };
    let handovers = if record.ups().count() == 1 && record.downs().count() == 0 { record.renewals() } else { 0 };
    Ok((traffic, sent, astray(&log, sent), handovers))
}

/// Sends a numbered message every few milliseconds, and gives their count.
async fn talk(client: &Client<Message>, until: Instant) -> Result<usize, Failed> {
    let mut ticks = interval(EVERY);
    let mut sent = 0;
    while ticks.tick().await < until {
        client.send(sent.to_string()).await?;
        sent += 1;
    }
    Ok(sent)
}

/// How many of the messages did not come in exactly once.
fn astray(log: &Log, sent: usize) -> usize {
    let connections = 1..=log.dials().len();
    let mut seen = BTreeMap::<usize, usize>::new();
    for number in connections.flat_map(|connection| log.texts_of(connection)).filter_map(|text| text.parse().ok()) {
        *seen.entry(number).or_default() += 1;
    }
    (0..sent).filter(|number| seen.get(number) != Some(&1)).count()
}

async fn others(context: &Context) -> Result<Traffic, Failed> {
    let server = FaultServer::start(Behaviour::Echo).await?;
    server.script(behaviours());
    let (tally, url) = (Tally::default(), server.url());
    let course = async {
        server.until(PATIENCE, |log| log.opened() > 0).await?;
        sleep(WATCHED).await;
        server.end_numbers();
        sleep(SETTLES).await;
        Ok::<_, Failed>((server.numbers(), server.log()))
    };
    let (numbers, log) = tokio::select! {
        () = obvious::run(&url, Habits::EVERY_SECOND, &tally) => return Err("the obvious loop ended".into()),
        seen = course => seen?,
    };
    let received: Vec<_> = tally.count().texts.iter().filter_map(|text| number_in(text)).collect();
    let missing = numbers.missing(&received).len();
    context.others(format!("the obvious loop lost {missing} messages"));
    let without = log.without_connection(Instant::now());
    Ok(Traffic { due: numbers.written.len() + numbers.lost.len(), missing, without })
}
