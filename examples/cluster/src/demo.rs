//! Owns the demonstration: two replicas and a fake Slack in this process; one replica is told to end in the middle.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use relink_cluster::InProcess;
use relink_cluster::health::Health;
use relink_tests::slack::{FakeSlack, Kind, Settings, payload};
use serde_json::{Map, Value};
use tokio::time::{Instant, sleep};

use crate::args::{Args, Waiting};
use crate::journal::Journal;
use crate::node::{Node, Outcome};

const EVENTS: usize = 30;
const GAP: Duration = Duration::from_millis(150);
const PATIENCE: Duration = Duration::from_secs(30);

/// Shows how a place changes hands and nothing is lost.
pub(crate) async fn show(args: &Args) -> Outcome<()> {
    say("A fake Slack and two replicas, a and b, in this process. With SLACK_APP_TOKEN and --engine it is real: see --help.");
    // Slack itself delivers again after 1 min what nobody was there for; that is too long to watch.
    let redelivery = vec![Duration::ZERO, Duration::from_secs(2), Duration::from_secs(5)];
    let slack = FakeSlack::start(Settings { redelivery, ..Settings::default() }).await?;
    let mut args = args.clone();
    args.slack_token = Some("xapp-demonstration".to_owned());
    args.slack_endpoint = Some(format!("{}apps.connections.open", slack.api_url()));
    args.work.questions = Waiting::Ask;
    let (engine, worked, began) = (InProcess::new(crate::settings(&args)), Arc::new(AtomicUsize::new(0)), Instant::now());
    let journal = |name| teller(name, began, Arc::clone(&worked));
    let a = Node::start(engine.clone(), &args, Health::default(), journal("a")).await?;
    slack.until(PATIENCE, |book| !book.ready().is_empty()).await?;
    let b = Node::start(engine, &args, Health::default(), journal("b")).await?;
    let posting = async {
        for number in 0..EVENTS {
            let kind = if number % 10 == 5 { Kind::SlashCommands } else { Kind::EventsApi };
            slack.send(kind, payload(kind, number, &format!("message {number}")));
            sleep(GAP).await;
        }
        Outcome::Ok(())
    };
    let ending = async {
        sleep(GAP * 10).await;
        a.end().await
    };
    let (posted, ended) = tokio::join!(posting, ending);
    posted.and(ended)?;
    slack.until(PATIENCE, |book| book.waiting() == 0).await?;
    b.end().await?;
    let book = slack.stop().await;
    let counts = book.counts;
    say(&format!(
        "{} posted, {} acknowledged, {} worked on; lost: {} events, {} commands (Slack never delivers those again)",
        counts.posted,
        counts.acknowledged,
        worked.load(Ordering::Relaxed),
        counts.events_lost,
        counts.lost - counts.events_lost
    ));
    if counts.events_lost == 0 { Ok(()) } else { Err("events were lost".into()) }
}

/// Says it for people.
fn teller(name: &'static str, began: Instant, worked: Arc<AtomicUsize>) -> Journal {
    Journal::told(move |line| {
        let what = line.get("what").and_then(Value::as_str).unwrap_or_default();
        if what == "worked" {
            worked.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(text) = sentence(what, &line) {
            say(&format!("{:7.3} s  {name} {text}", began.elapsed().as_secs_f64()));
        }
    })
}

/// A line; nobody need read it to the end.
fn say(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

fn sentence(what: &str, line: &Map<String, Value>) -> Option<String> {
    let of =
        |member: &str| line.get(member).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).unwrap_or_default();
    Some(match what {
        "took-over" => format!("is elected (token {}), and dials", of("token")),
        "up" => "receives".to_owned(),
        "stored" => format!("has {} in the queue: it is acknowledged now", of("id")),
        "worked" => format!("has worked on {}", of("id")),
        "told" => format!("has answered the command {}", of("id")),
        "left" => format!("has let {} go: {}", of("id"), of("why")),
        "ending" => "is told to end".to_owned(),
        "steps-down" => "takes nothing new, and finishes what is in hand".to_owned(),
        "over" => "has closed its connection".to_owned(),
        "ended" => "has given its lease back, and ended".to_owned(),
        "down" => "has no connection".to_owned(),
        "fault" => of("error"),
        _ => return None,
    })
}
