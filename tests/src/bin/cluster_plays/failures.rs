//! Owns the plays about nodes: many at once, a leader that is killed, stopped, or cut off.

use std::time::Duration;

use relink_tests::fault::Leave;
use relink_tests::slack::{CallTrouble, Trouble};
use tokio::time::{Instant, sleep};

use crate::proxy::Mode;
use crate::readback;
use crate::show::{AGAIN, RATE, Show, TAKEOVER, THIRD};
use crate::stage::{Outcome, PATIENCE, Stage};
use crate::verify::{Seen, most_open, most_registered};

/// What may be seen later than it happened, on a machine whose two cores everybody waits for.
const SLACK: Duration = Duration::from_millis(500);
/// How often Slack gives a URL, in the long run.
const URL_EVERY: Duration = Duration::from_secs(60);
/// So that there is something in hand at every moment.
const WORK: &[&str] = &["--work", "100ms"];
pub(crate) const STREAM: &str = "relink-queue";

/// Five replicas start at once; then the connection is renewed.
pub(crate) async fn five_at_once(stage: &Stage) -> Outcome<()> {
    let show = Show::with_nodes(stage, 1, THIRD, &[], 5).await?;
    let load = show.load.run(RATE);
    show.pass(8).await;
    let book = show.load.slack.book();
    stage.at_most("connections opened", book.connections.len(), 1)?;
    stage.at_most("connections registered at once", most_registered(&book), 1)?;
    let first = *show.load.ready().first().ok_or("no connection is ready")?;
    let began = Instant::now();
    show.load.slack.warn(first);
    show.load.slack.until(PATIENCE, |book| book.connection(first).is_some_and(|connection| connection.unregistered.is_some())).await?;
    stage.say(&format!("renewed in {:.1} s", began.elapsed().as_secs_f32()));
    show.pass(3).await;
    load.end();
    let seen = Seen::gather(stage, &show.load, &show.journal).await?;
    stage.at_most("connections opened, with the renewal", seen.book().connections.len(), 2)?;
    stage.at_most("connections registered at once, in the renewal", most_registered(seen.book()), 2)?;
    stage.at_most("URL calls", seen.book().calls.len(), 2)?;
    seen.complete(stage, 0)
}

/// The leader is killed.
pub(crate) async fn killed(stage: &Stage) -> Outcome<()> {
    let mut show = Show::with_nodes(stage, 3, THIRD, WORK, 4).await?;
    let load = show.load.run(RATE);
    show.pass(5).await;
    let leader = show.leader()?;
    let began = Instant::now();
    show.nodes.remove(leader).process.signal("KILL").await?;
    let took = show.ready_again(began, PATIENCE).await?;
    stage.in_time("a new leader is ready after", took.as_millis(), (show.terms.lease + TAKEOVER).as_millis())?;
    show.pass(5).await;
    load.end();
    let seen = Seen::gather(stage, &show.load, &show.journal).await?;
    stage.say(&format!("nobody received for, ms: {}", seen.longest_gap().as_millis()));
    stage.say(&format!("slowest in a hundred, from posting to worked on, ms: {}", seen.p99(stage)));
    // What the killed one had in hand, as a worker.
    show.tell_repeats().await?;
    seen.complete(stage, AGAIN)?;
    stage.at_most("commands unanswered while somebody received", seen.commands(stage), 0)?;
    stage.at_most("receivers that acknowledged at once", seen.acknowledging_together(), 0)
}

/// The leader is stopped for longer than its lease, in the middle of publishing, and goes on later.
pub(crate) async fn stopped(stage: &Stage) -> Outcome<()> {
    let show = Show::with_nodes(stage, 3, THIRD, WORK, 3).await?;
    let load = show.load.run(RATE);
    show.pass(4).await;
    let leader = &show.nodes[show.leader()?];
    let began = Instant::now();
    leader.process.signal("STOP").await?;
    let took = show.ready_again(began, PATIENCE).await?;
    stage.in_time("a new leader is ready after", took.as_millis(), (show.terms.lease + TAKEOVER).as_millis())?;
    sleep(show.terms.lease).await;
    let woken = stage.now();
    leader.process.signal("CONT").await?;
    let over = leader.says("over", woken, PATIENCE).await?;
    stage.in_time("its lead is over after it woke", over.at - woken, u64::try_from(SLACK.as_millis())?)?;
    show.pass(4).await;
    load.end();
    let acts = show.journal.find(|line| {
        line.node == leader.number && (woken..=over.at).contains(&line.at) && matches!(line.what.as_str(), "stored" | "acknowledged")
    });
    stage.at_most("events that it stored or acknowledged before that", acts.len(), 0)?;
    let messages = readback::read(&show.servers, STREAM).await?;
    stage.at_most("messages behind a newer token's in their lane", readback::behind_a_newer_one(&messages), 0)?;
    readback::holds_what_was_confirmed(stage, &messages, &show.journal)?;
    let seen = Seen::gather(stage, &show.load, &show.journal).await?;
    show.tell_repeats().await?;
    seen.complete(stage, AGAIN)?;
    stage.at_most("receivers that acknowledged at once", seen.acknowledging_together(), 0)
}

/// The leader reaches Slack, but not NATS.
pub(crate) async fn cut_off_from_nats(stage: &Stage) -> Outcome<()> {
    let show = Show::with_nodes(stage, 3, THIRD, WORK, 3).await?;
    let load = show.load.run(RATE);
    show.pass(4).await;
    let leader = &show.nodes[show.leader()?];
    let connection = *show.load.ready().first().ok_or("no connection is ready")?;
    let began = Instant::now();
    leader.nats(Mode::Frozen);
    let ended = |book: &relink_tests::slack::Book| book.connection(connection).and_then(|one| one.unregistered);
    let ended = show.load.slack.until_some(PATIENCE, ended).await?;
    let halt = show.terms.lease - show.terms.margin;
    stage.in_time("it receives no more after", (ended - began).as_millis(), (halt + SLACK).as_millis())?;
    let took = show.ready_again(began, PATIENCE).await?;
    stage.in_time("a new leader is ready after", took.as_millis(), (show.terms.lease + TAKEOVER).as_millis())?;
    show.pass(3).await;
    leader.nats(Mode::Open);
    show.pass(4).await;
    load.end();
    let seen = Seen::gather(stage, &show.load, &show.journal).await?;
    stage.at_most("connections registered at once", most_registered(seen.book()), 1)?;
    stage.at_most("receivers that acknowledged at once", seen.acknowledging_together(), 0)?;
    seen.complete(stage, AGAIN)
}

/// The leader reaches NATS, but not Slack: it keeps its place, and goes on when it can.
pub(crate) async fn cut_off_from_slack(stage: &Stage) -> Outcome<()> {
    let show = Show::with_nodes(stage, 3, THIRD, &[], 3).await?;
    let load = show.load.run(RATE);
    show.pass(4).await;
    let leader = &show.nodes[show.leader()?];
    leader.slack(Mode::Cut);
    show.pass(10).await;
    stage.at_most("leaders elected", show.journal.all("took-over").len(), 1)?;
    leader.slack(Mode::Open);
    // Three calls for a URL at once and then one a minute: that is all Slack allows.
    let took = show.ready_again(Instant::now(), URL_EVERY + PATIENCE).await?;
    stage.say(&format!("ready again after {:.1} s", took.as_secs_f32()));
    show.pass(4).await;
    load.end();
    let seen = Seen::gather(stage, &show.load, &show.journal).await?;
    stage.at_most("connections at once", most_open(seen.book()), 1)?;
    stage.at_most("receivers that acknowledged at once", seen.acknowledging_together(), 0)?;
    seen.complete(stage, 0)
}

/// For most of a minute nobody gets a URL from Slack, many leases long.
pub(crate) async fn slack_is_down(stage: &Stage) -> Outcome<()> {
    const DOWN: u64 = 45;
    let show = Show::with_nodes(stage, 1, THIRD, &[], 3).await?;
    show.load.slack.script_calls([CallTrouble::Status(503).lasting(Duration::from_secs(DOWN))]);
    let connection = *show.load.ready().first().ok_or("no connection is ready")?;
    show.load.slack.lose(connection, Leave::Reset);
    show.pass(DOWN).await;
    stage.at_most("leaders elected in all, while Slack was down for 45 s and the lease is 5 s", show.journal.all("took-over").len(), 1)?;
    show.load.slack.until(URL_EVERY + PATIENCE, |book| !book.ready().is_empty()).await?;
    let book = show.load.slack.book();
    let took = book.start.elapsed();
    stage.say(&format!("ready again {:.0} s after the beginning", took.as_secs_f32()));
    // Three at once, and one a minute.
    let bound = 3 + took.as_secs() / URL_EVERY.as_secs();
    stage.at_most("URL calls of all replicas together", book.calls.len() as u64, bound)
}
