//! Owns incident A through the Slack client: `too_many_websockets` in place of the hello, as long as there is no place.

use std::time::Duration;

use relink_tests::peers::slack;
use relink_tests::slack::{Answer, Book, Kind};
use tokio::time::{Instant, sleep, timeout};

use super::{Failed, PATIENCE, Played, Scene};
use crate::demo::context::Context;
use crate::demo::measure::{at_least, within};
use crate::demo::outcome::{Bound, Other, Outcome};
use crate::demo::slack::{App, Faster, refused};
use crate::wording::{counted, list, seconds};

pub(crate) const SCENE: Scene = Scene {
    name: "slack-a",
    what: "Slack has no place: it says \"too_many_websockets\" before hello, until dead connections are forgotten",
    shortened: Some("sixty times faster: Slack's minute is 1 s, its rate limit too"),
    play: |context| Box::pin(play(context)),
};

const FASTER: Faster = Faster(60);
/// How long there is no place.
const FULL: Duration = Duration::from_millis(3500);
/// What slack_sdk waits before it tries again, whatever was said: 5 s.
const PAUSE: Duration = Duration::from_millis(5000 / 60);

async fn play(context: Context) -> Played {
    let (relink, others) = tokio::try_join!(relink(&context), others(&context))?;
    let (book, freed, ended) = relink;
    let dials: Vec<_> = book.dials.iter().map(|dial| dial.at).collect();
    let gaps: Vec<_> = dials.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let hello = book.ready().first().and_then(|ready| book.connection(*ready)?.hello);
    let waited = hello.map_or(FULL, |hello| hello.saturating_duration_since(freed));
    let acknowledged = book.counts.acknowledged;
    Ok(Outcome {
        others: vec![
            Other::Measured(format!(
                "obvious loop, every 5 s (0.08 s here): {}, {} of them refused with 429",
                counted(others.calls.len(), "URL call"),
                refused(&others)
            )),
            Other::Quoted("Bolt.js with socket-mode 1.3.6: \"Unhandled event\", and dead from then on"),
        ],
        relink: vec![
            format!("{}, dials after {}", counted(book.calls.len(), "URL call"), list(&gaps)),
            format!("up {} after there was a place", seconds(waited)),
        ],
        bounds: vec![
            Bound::new("no error reaches the app, and its first event is acknowledged", !ended && acknowledged == 1),
            Bound::new(
                "one delay each time, Slack's minute at least",
                gaps.len() > 1 && gaps.iter().all(|gap| at_least(*gap, FASTER.minute())),
            ),
            Bound::new("one URL a dial, none refused", one_each(&book)),
            Bound::new("up a minute and a delay after there is a place", within(waited, FASTER.minute() + FASTER.delay_max())),
        ],
    })
}

/// Whether each call has brought a URL, and each URL one dial.
fn one_each(book: &Book) -> bool {
    let tickets = book.calls.iter().filter(|call| matches!(call.answer, Answer::Ticket(_))).count();
    tickets == book.calls.len() && book.dials.len() == tickets && book.tickets.iter().all(|ticket| ticket.shown.len() == 1)
}

/// The book when an event has been acknowledged, when there was a place, and whether the app had an error.
async fn relink(context: &Context) -> Result<(Book, Instant, bool), Failed> {
    let slack = FASTER.slack(context.roll()).await?;
    slack.haunt(10);
    let app = App::start(context, &slack, FASTER, FASTER.budget(), true)?;
    sleep(FULL).await;
    slack.bury();
    let freed = Instant::now();
    context.server("the dead connections are forgotten: there is a place");
    slack.until(PATIENCE, |book| !book.ready().is_empty()).await?;
    slack.send(Kind::EventsApi, r#"{"event":{"type":"app_mention"}}"#);
    if let Some(envelope) = timeout(PATIENCE, app.client.next()).await? {
        envelope.ack()?;
    }
    let book = slack.until(PATIENCE, |book| book.counts.acknowledged == 1).await?;
    let ended = app.client.ended().is_some();
    app.end().await?;
    slack.stop().await;
    Ok((book, freed, ended))
}

async fn others(context: &Context) -> Result<Book, Failed> {
    let server = FASTER.slack(context.roll()).await?;
    server.haunt(10);
    let _still_trying = timeout(FULL, slack::run(&server.api_url(), PAUSE)).await;
    let book = server.stop().await;
    context.others(format!(
        "the obvious loop has asked for {} URLs: {} times it was told that it asks too often",
        book.calls.len(),
        refused(&book)
    ));
    Ok(book)
}
