//! Owns the plays about ends and work: a rolling restart, an event that nobody can work on, a worker that is told to end.

use std::time::Duration;

use relink_tests::slack::Fate;
use tokio::time::{Instant, sleep};

use crate::readback;
use crate::show::{AGAIN, RATE, Show, TAKEOVER, THIRD};
use crate::stage::{Outcome, PATIENCE, Stage, until};
use crate::verify::{Seen, most_registered};

/// How long nobody receives when a place changes hands as planned: Close, the lease given back, the next one's markers, URL, dial and hello.
const HAND_OVER: Duration = Duration::from_secs(2);

/// What Slack delivers while a place changes hands comes again 3 s later, and then after a minute: the next change is not to be just then
/// (`minReadySeconds` in the manifests, 10 s there).
const APART: Duration = Duration::from_secs(5);

/// Five replicas are replaced one after another, each by a new one that is there before the old one is told to end.
pub(crate) async fn rolling(stage: &Stage) -> Outcome<()> {
    let mut show = Show::with_nodes(stage, 3, THIRD, &[], 5).await?;
    let load = show.load.run(RATE);
    show.pass(4).await;
    for _ in 0..5 {
        let number = show.node(&[]).await?;
        let new = show.nodes.iter().find(|node| node.number == number).ok_or("the new node")?;
        new.says("ready", 0, PATIENCE).await?;
        let mut old = show.nodes.remove(0);
        let told = Instant::now();
        old.process.signal("TERM").await?;
        let status = old.process.ended(PATIENCE).await?;
        stage.in_time("a replica has ended after", told.elapsed().as_millis(), 23_000)?;
        if !status.success() {
            return Err(format!("a replica ended with {status}").into());
        }
        sleep(APART).await;
    }
    show.pass(4).await;
    load.end();
    let seen = Seen::gather(stage, &show.load, &show.journal).await?;
    stage.at_most("events that Slack gave up", seen.book().fated(Fate::Lost).filter(|one| one.kind.comes_again()).count(), 0)?;
    stage.at_most("commands unanswered while somebody received", seen.commands(stage), 0)?;
    stage.at_most("connections registered at once", most_registered(seen.book()), 1)?;
    stage.say(&format!("times the place changed hands: {}", show.journal.all("took-over").len() - 1));
    stage.in_time("nobody received for", seen.longest_gap().as_millis(), HAND_OVER.as_millis())?;
    let bound = (show.terms.lease + TAKEOVER).as_millis();
    stage.in_time("slowest in a hundred, from posting to worked on", u128::from(seen.p99(stage)), bound)?;
    seen.complete(stage, 0)
}

/// Two groups side by side, each with two places; a replica of one of them is killed.
pub(crate) async fn two_groups(stage: &Stage) -> Outcome<()> {
    let mut show = Show::open(stage, 3, THIRD, &["--receivers", "2"]).await?;
    for group in ["eu", "eu", "us", "us"] {
        show.node(&["--group", group]).await?;
    }
    until("four places are taken", PATIENCE, || (show.load.ready().len() == 4).then_some(())).await?;
    let leads = |number: usize| show.journal.find(|line| line.node == number && line.what == "took-over").len();
    let most = (0..4).map(leads).max().unwrap_or_default();
    stage.say(&format!("places of each replica: {:?}", (0..4).map(leads).collect::<Vec<_>>()));
    stage.at_most("places of one replica", most, 2)?;
    let load = show.load.run(RATE);
    show.pass(4).await;
    let before = show.load.ready();
    let killed = show.nodes.iter().position(|node| leads(node.number) > 0).ok_or("nobody leads")?;
    let lost = leads(show.nodes[killed].number);
    let began = Instant::now();
    show.nodes.remove(killed).process.signal("KILL").await?;
    let all_again = until("four places are taken again", PATIENCE, || {
        let ready = show.load.ready();
        let kept = ready.iter().filter(|connection| before.contains(connection)).count();
        (ready.len() == 4 && kept == 4 - lost).then(|| began.elapsed())
    });
    let took = all_again.await?;
    stage.in_time("its places are taken after", took.as_millis(), (show.terms.lease + TAKEOVER).as_millis())?;
    show.pass(4).await;
    load.end();
    let seen = Seen::gather(stage, &show.load, &show.journal).await?;
    stage.at_most("connections opened: the others' stayed as they were", seen.book().connections.len(), 4 + lost)?;
    seen.worked_on(stage, AGAIN)?;
    seen.in_queue_order(stage)
}

/// One event cannot be worked on.
pub(crate) async fn poison(stage: &Stage) -> Outcome<()> {
    let show = Show::with_nodes(stage, 1, THIRD, &["--poison", "arsenic", "--tries", "3"], 2).await?;
    for number in 0..200 {
        // Of key 7, the third.
        show.load.event(number, if number == 47 { "arsenic" } else { "" });
    }
    let failed = || show.journal.all("failed");
    let tries = until("it is tried", PATIENCE, || Some(failed()).filter(|tries| tries.len() >= 3)).await?;
    let last = tries.iter().map(|line| line.at).max().unwrap_or_default();
    let posts = show.load.posts();
    let is_worked = |id: &str| show.journal.find(|line| line.what == "worked" && line.text("id") == id).first().map(|line| line.at);
    let followers: Vec<_> = posts.iter().filter(|post| post.key == "C7" && post.number > 2).collect();
    until("the others of its key", PATIENCE, || followers.iter().all(|post| is_worked(&post.id).is_some()).then_some(())).await?;
    let before = followers.iter().filter(|post| is_worked(&post.id).is_some_and(|at| at < last)).count();
    stage.at_most("others of its key that did not wait for it", before, 0)?;
    let worked = posts.iter().filter(|post| is_worked(&post.id).is_some()).count();
    stage.at_least("events that were worked on", worked, 199)?;
    stage.at_most("tries, in the end", failed().len(), 3)?;
    let dead = readback::read(&show.servers, "relink-dead").await?;
    stage.at_most("dead letters", dead.len(), 1)?;
    stage.at_least("dead letters", dead.len(), 1)
}

/// A worker with a hundred events in hand is told to end.
pub(crate) async fn handed_back(stage: &Stage) -> Outcome<()> {
    let args = ["--role", "worker", "--work", "2s", "--concurrency", "20", "--finish", "3s", "--ack-wait", "30s"];
    let mut show = Show::open(stage, 1, THIRD, &["--ack-wait", "30s"]).await?;
    show.node(&["--role", "receiver"]).await?;
    show.ready().await?;
    let old = show.node(&args[..8]).await?;
    show.nodes[old].says("ready", 0, PATIENCE).await?;
    for number in 0..120 {
        show.load.event(number, "");
    }
    let began = Instant::now();
    while show.nodes[old].count("relink_worker_in_hand").await? < 100.0 && began.elapsed() < PATIENCE {
        sleep(Duration::from_millis(10)).await;
    }
    stage.at_least("events in hand", show.nodes[old].count("relink_worker_in_hand").await?, 100.0)?;
    show.node(&["--role", "worker", "--work", "20ms", "--concurrency", "20"]).await?;
    let told = Instant::now();
    show.nodes[old].process.signal("TERM").await?;
    let posts = show.load.posts();
    until("everything is worked on", PATIENCE, || {
        let worked = show.journal.all("worked");
        posts.iter().all(|post| worked.iter().any(|line| line.text("id") == post.id)).then_some(())
    })
    .await?;
    // Far from the 30 s after which the queue would take them back by itself.
    stage.in_time("everything is worked on after", told.elapsed().as_millis(), Duration::from_secs(10).as_millis())?;
    let by_old = show.journal.find(|line| line.what == "worked" && line.node == old).len();
    stage.say(&format!("of {} events, {by_old} were finished by the one that was told to end", posts.len()));
    show.nodes[old].process.ended(PATIENCE).await?;
    let seen = Seen::gather(stage, &show.load, &show.journal).await?;
    seen.complete(stage, 0)
}
