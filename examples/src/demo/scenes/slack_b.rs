//! Owns incident B through the Slack client: 409 on every upgrade, and ten instances of an app that were started at once.

use std::time::Duration;

use futures_util::future::join_all;
use relink_tests::peers::slack;
use relink_tests::slack::{Book, FakeSlack, LinkTrouble, Outcome as Came, Trouble};
use tokio::time::{Instant, timeout};

use super::{Failed, PATIENCE, Played, Scene};
use crate::demo::context::Context;
use crate::demo::measure::{most_within, within};
use crate::demo::outcome::{Bound, Other, Outcome};
use crate::demo::paint::Tone;
use crate::demo::slack::{App, Faster, refused};
use crate::wording::{counted, seconds, thousands};

pub(crate) const SCENE: Scene = Scene {
    name: "slack-b",
    what: "Slack answers every upgrade with 409 for six minutes; ten instances of one app were started at once",
    shortened: Some("a hundred and twenty times faster: Slack's minute is 0.5 s, its rate limit too"),
    play: |context| Box::pin(play(context)),
};

const FASTER: Faster = Faster(120);
const INSTANCES: usize = 10;
/// Six minutes of Slack's.
const FAULT: Duration = Duration::from_secs(6 * 60);
/// What slack_sdk waits before it tries again: 5 s.
const PAUSE: Duration = Duration::from_millis(5000 / 120);
/// Two dials in one such moment are dials in one instant.
const INSTANT: Duration = Duration::from_millis(10);
/// As many calls at once as the budget holds.
const BURST: usize = 3;

/// What relink did.
struct Seen {
    book: Book,
    took: Duration,
    /// Attempts that failed, those that only waited for their turn left out.
    failures: usize,
}

async fn play(context: Context) -> Played {
    let fault = FAULT / FASTER.0;
    let (relink, others) = tokio::try_join!(relink(&context), others(&context))?;
    let Seen { book, took, failures } = relink;
    // Each needs one URL after the fault, and may be in the longest delay when it ends.
    let allowed = fault + FASTER.minute() * u32::try_from(INSTANCES)? + FASTER.delay_max();
    let conflicts = book.dials.iter().filter(|dial| dial.outcome == Came::Status(409)).count();
    let calls: Vec<_> = book.calls.iter().map(|call| call.at).collect();
    let (together, by_chance) = together(&book);
    Ok(Outcome {
        others: vec![
            Other::Measured(format!(
                "ten obvious loops, every 5 s (0.04 s here): {} URL calls, {} of them refused with 429",
                thousands(others.calls.len()),
                thousands(refused(&others))
            )),
            Other::Quoted("node socket-mode 2.0.2: 1, 2, 4, 8 … calls a round, then a rate limit, then out of memory"),
        ],
        relink: vec![
            format!("{}, {} refused with 409, then ten up", counted(calls.len(), "URL call"), counted(conflicts, "dial")),
            format!("ten up after {}, allowed {}", seconds(took), seconds(allowed)),
        ],
        bounds: vec![
            Bound::new("one failure an attempt", failures == conflicts && book.dials.len() == conflicts + INSTANCES),
            Bound::new(
                "all ten together keep to the budget of one app, none is refused",
                keeps_to_the_budget(&calls) && refused(&book) == 0,
            ),
            Bound::new(
                format!("no two dials at once more often than chance: {together} pairs, {by_chance:.1} by chance"),
                together as f64 <= by_chance + 3.0 * by_chance.sqrt().max(1.0),
            ),
            Bound::new("ten up as soon as the budget allows", within(took, allowed)),
        ],
    })
}

/// Whether in no stretch there are more calls than the burst, and one for each of Slack's minutes.
fn keeps_to_the_budget(calls: &[Instant]) -> bool {
    // A call is seen somewhat later than it was made, and the next one not: so much closer two may be seen.
    let late = FASTER.minute() / 4;
    (1..=calls.len()).all(|minutes| {
        let stretch = FASTER.minute() * u32::try_from(minutes).unwrap_or(u32::MAX) - late;
        most_within(calls, stretch) <= minutes + BURST
    })
}

/// How many pairs of dials fell into one instant, and how many would by chance.
fn together(book: &Book) -> (usize, f64) {
    let close = book.dials.windows(2).filter(|pair| pair[1].at - pair[0].at < INSTANT).count();
    let span = book.dials.first().zip(book.dials.last()).map(|(first, last)| last.at - first.at).unwrap_or_default();
    (close, (book.dials.len() as f64).powi(2) * INSTANT.as_secs_f64() / span.as_secs_f64().max(0.1))
}

async fn in_conflict(context: &Context) -> Result<FakeSlack, Failed> {
    let slack = FASTER.slack(context.roll()).await?;
    slack.script_links([LinkTrouble::Status(409).lasting(FAULT)]);
    Ok(slack)
}

async fn relink(context: &Context) -> Result<Seen, Failed> {
    let slack = in_conflict(context).await?;
    let (began, budget) = (Instant::now(), FASTER.budget());
    let apps: Vec<_> = (0..INSTANCES).map(|_| App::start(context, &slack, FASTER, budget.clone(), false)).collect::<Result<_, _>>()?;
    slack.until(PATIENCE, |book| book.dials.iter().any(|dial| matches!(dial.outcome, Came::Opened(_)))).await?;
    context.relink(Tone::Plain, format!("the first of ten is up after {}", seconds(began.elapsed())));
    let book = slack.until(PATIENCE, |book| book.ready().len() == INSTANCES).await?;
    let took = began.elapsed();
    context.relink(Tone::Good, format!("ten are up after {}", counted(book.calls.len(), "URL call")));
    let mut failures = 0;
    for app in &apps {
        let stats = app.client.stats();
        let failed: u64 = stats.links.iter().map(|link| u64::from(link.failed)).sum();
        failures += usize::try_from(failed.saturating_sub(stats.postponed))?;
    }
    for ended in join_all(apps.into_iter().map(App::end)).await {
        ended?;
    }
    slack.stop().await;
    Ok(Seen { book, took, failures })
}

async fn others(context: &Context) -> Result<Book, Failed> {
    let server = in_conflict(context).await?;
    let url = server.api_url();
    let _still_trying = timeout(FAULT / FASTER.0, join_all((0..INSTANCES).map(|_| slack::run(&url, PAUSE)))).await;
    let book = server.stop().await;
    context.others(format!(
        "ten obvious loops have asked for {} URLs while none could work: {} times they were told that they ask too often",
        thousands(book.calls.len()),
        thousands(refused(&book))
    ));
    Ok(book)
}
