//! Slack lets ten connections be registered for an app: links that renew at the same time share the places that are left.

use relink_tests::slack::{Book, FakeSlack, LinkTrouble, Outcome, Pace, Reason, Settings, Trouble};

use crate::rig::{Rig, settings};

const LINKS: usize = 8;
const PLACES: usize = 10;

#[tokio::test]
async fn eight_links_asked_at_once_renew_two_at_a_time() {
    let settings = Settings { pace: Pace::times_faster(5), ..settings() };
    let slack = FakeSlack::start(settings).await.unwrap();
    let rig = Rig::with(slack, |builder| builder.connections(u32::try_from(LINKS).unwrap())).await;
    let old = rig.ready(LINKS).await.ready();
    for link in 0..LINKS {
        rig.up(link).await;
    }
    // Ten seconds of warning are two here; then Slack ends them, renewed or not.
    assert!(old.iter().all(|connection| rig.slack.warn(*connection)));
    let renewed = |book: &Book| book.ready().len() == LINKS && book.ready().iter().all(|ready| !old.contains(ready));
    let book = rig.until(renewed).await;
    assert!(book.dials.iter().all(|dial| matches!(dial.outcome, Outcome::Opened(_))), "nobody is one too many:\n{book}");
    assert_eq!(book.dials.len(), 2 * LINKS, "and no dial is made in vain:\n{book}");
    let ended = old.iter().filter_map(|old| book.connection(*old)?.unregistered).min().unwrap();
    let meanwhile = book.connections.iter().skip(LINKS).filter(|new| new.opened < ended).count();
    assert_eq!(meanwhile, PLACES - LINKS, "as many successors as there are places:\n{book}");
    assert!(rig.app.stats().postponed > 0 && rig.app.ended().is_none());
    rig.end().await;
}

#[tokio::test]
async fn the_place_of_a_successor_that_fails_is_free_again() {
    let slack = FakeSlack::start(settings()).await.unwrap();
    let rig = Rig::with(slack, |builder| builder.connections(9)).await;
    let old = rig.ready(9).await.ready();
    for link in 0..9 {
        rig.up(link).await;
    }
    // There is one place: it is taken by a dial that hangs until its time is over, by one that is refused, by one that comes up.
    rig.slack.script_links([LinkTrouble::Hang.once(), LinkTrouble::Status(503).once()]);
    rig.slack.tell(old[0], Reason::Warning);
    let book = rig.ready(10).await;
    assert_eq!(book.dials.len(), 9 + 3, "{book}");
    // While two of one link are open, no other renews.
    rig.slack.tell(old[1], Reason::Warning);
    rig.eventually(|app| app.stats().postponed > 0).await;
    rig.slack.close(old[0], Some(1000));
    let book = rig.until(|book| book.dials.len() == 9 + 4 && book.ready().len() == 10).await;
    assert!(book.dials.iter().all(|dial| !matches!(dial.outcome, Outcome::TooMany(_))), "{book}");
    rig.end().await;
}
