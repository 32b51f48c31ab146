//! What must be true of the embedded shell on real sockets: an app of Slack's, as it could run on a device, against the fake Slack.

mod app;
mod dial;

use std::cell::RefCell;
use std::time::Duration;

use relink_embedded::wire::WsFramer;
use relink_embedded::{Client, Line, Session, run};
use relink_profiles::Profile;
use relink_profiles::slack::Slack;
use relink_tests::fault::Leave;
use relink_tests::slack::{ApiError, Book, CallTrouble, FakeSlack, Kind, LinkTrouble, Reason, Settings, Trouble};
use relink_tokio::core::{End, WhenFull};
use relink_tokio::{Backoff, CloseCode, Config, Millis};

use app::{App, Diary};
use dial::{SlackDialler, Ticks};

const PATIENCE: Duration = Duration::from_secs(20);
const EVENT: &str = r#"{"event":{"type":"message","text":"hello"}}"#;

/// Slack's configuration with times that a test can wait for.
const CONFIG: Config = Config {
    backoff: Backoff { delay_min: Millis::new(20), delay_max: Millis::new(200), first_spread: Millis::new(20), ..Backoff::INTERACTIVE },
    dial_gap_min: Millis::new(10),
    reset_after: Millis::new(50),
    start_spread: Millis::ZERO,
    closing_timeout: Millis::new(200),
    retry_after_max: Millis::new(300),
    ..Slack::CONFIG
};

/// Runs the device beside `play`, which is at an end before the link is stopped.
async fn stage(slack: &FakeSlack, play: impl AsyncFnOnce(&FakeSlack, &RefCell<Diary>)) -> (End, Diary) {
    let (client, diary) = (Client::<4, 64>::new(256, WhenFull::Refuse), RefCell::<Diary>::default());
    let chance = |bytes: &mut [u8]| bytes.fill_with(|| fastrand::u8(..));
    let mut session = Session::new(CONFIG, Slack, App::new(&diary), chance);
    let mut buffers = [[0; 2048], [0; 2048]];
    let [receive_0, receive_1] = &mut buffers;
    let (mut send_0, mut send_1) = ([0; 1024], [0; 1024]);
    let dialler = || SlackDialler::new(slack.address(), "xapp-1-test");
    let mut first: Line<'_, _, WsFramer> = Line::new(dialler(), receive_0, &mut send_0, &client).unwrap();
    let mut second = Line::new(dialler(), receive_1, &mut send_1, &client).unwrap();
    let clock = Ticks(tokio::time::Instant::now());
    let acting = async {
        play(slack, &diary).await;
        client.stop(CloseCode::NORMAL);
    };
    let driving = run(&mut session, &client, &clock, (&mut first, &mut second));
    let (end, ()) = tokio::time::timeout(PATIENCE, async { tokio::join!(driving, acting) }).await.expect("an end in time");
    (end, diary.take())
}

async fn fake() -> FakeSlack {
    FakeSlack::start(Settings { rate: None, ..Settings::default() }).await.unwrap()
}

async fn until(slack: &FakeSlack, wanted: impl Fn(&Book) -> bool) -> Book {
    slack.until(PATIENCE, wanted).await.unwrap_or_else(|unseen| panic!("{unseen}"))
}

#[tokio::test]
async fn envelopes_are_acknowledged_once_through_a_warning_and_a_loss() {
    const ENVELOPES: usize = 300;
    let slack = fake().await;
    let (end, diary) = stage(&slack, async |slack, _| {
        let old = until(slack, |book| book.ready().len() == 1).await.ready()[0];
        slack.flood(Kind::EventsApi, 300, ENVELOPES);
        until(slack, |book| book.counts.acknowledged > 50).await;
        slack.tell(old, Reason::Warning);
        until(slack, |book| book.ready().len() == 2 && book.counts.acknowledged > 150).await;
        slack.close(old, Some(1000));
        let book = until(slack, |book| book.counts.acknowledged == ENVELOPES).await;
        let new = book.ready()[0];
        // A redelivery is acknowledged, and not handed out: 64 slots remember the latest ones.
        let id = book.envelopes.keys().last().unwrap().clone();
        assert!(slack.again_on(new, &id));
        until(slack, |book| book.envelopes[&id].acks.len() == 2).await;
        slack.lose(new, Leave::Reset);
        until(slack, |book| book.dials.len() == 3 && book.ready().len() == 1).await;
        slack.send(Kind::SlashCommands, EVENT);
        until(slack, |book| book.counts.acknowledged == ENVELOPES + 1).await;
    })
    .await;
    assert_eq!(end, End::Stopped);
    assert_eq!(diary.done.len(), ENVELOPES + 1, "each was handed out once");
    assert_eq!((diary.ups, diary.renewals, diary.downs, diary.failures.len()), (2, 1, 2, 0));
    let book = slack.stop().await;
    assert_eq!((book.counts.acks_late, book.counts.acks_stray, book.counts.lost, book.counts.tickets_reused), (0, 0, 0, 0));
    assert!(book.envelopes.values().all(|envelope| {
        envelope.acks.iter().all(|ack| envelope.deliveries.iter().any(|delivery| delivery.connection == Some(ack.connection)))
    }));
}

#[tokio::test]
async fn the_call_for_a_url_and_the_upgrade_may_fail_in_many_ways() {
    let slack = fake().await;
    slack.script_calls([
        CallTrouble::Status(503).once(),
        CallTrouble::RateLimited { retry_after_s: 1 }.once(),
        CallTrouble::Body("<html>".into()).once(),
        CallTrouble::DeadUrl.once(),
        CallTrouble::Hangup(Leave::Reset).once(),
    ]);
    slack.script_links([
        LinkTrouble::Status(409).once(),
        LinkTrouble::Hangup(Leave::Fin).once(),
        LinkTrouble::DisconnectFirst(Reason::TooManyWebsockets).once(),
    ]);
    let (end, diary) = stage(&slack, async |slack, _| {
        slack.send(Kind::EventsApi, EVENT);
        until(slack, |book| book.counts.acknowledged == 1).await;
    })
    .await;
    assert_eq!((end, diary.ups, diary.failures.len()), (End::Stopped, 1, 8), "{:?}", diary.failures);
    assert_eq!(slack.stop().await.counts.tickets_reused, 0, "a URL is good for one connection");
}

#[tokio::test]
async fn a_token_that_is_not_accepted_ends_the_link() {
    let slack = fake().await;
    slack.script_calls([CallTrouble::Api(ApiError::InvalidAuth).always()]);
    let (end, diary) = stage(&slack, async |slack, diary| {
        until(slack, |book| book.calls.len() == 1).await;
        while diary.borrow().gave_up.is_none() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!((end, diary.gave_up.as_deref(), diary.failures.len()), (End::GivenUp, Some("Slack gave no URL"), 1));
}
