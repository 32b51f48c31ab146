//! A planned renewal with overlap: the peer warns, a successor comes up beside the old connection, and no message is lost.

use std::collections::BTreeSet;

use relink_tests::fault::{HELLO, WARNING, number_in};
use relink_tokio::ws::{Meaning, Message, Protocol, Sign};
use relink_tokio::{Event, Verdict};
use tokio::time::Instant;

use super::*;

const EVERY: Duration = Duration::from_millis(5);
const RENEWALS: usize = 3;

/// Says hello, and warns before it goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Warns;

impl Protocol for Warns {
    fn recognise(&mut self, message: &Message) -> Meaning {
        match message.as_text() {
            Some(HELLO) => Meaning::sign(Sign::Accepted),
            Some(WARNING) => Meaning::sign(Sign::Asked(Verdict::Renew { within: Millis::ZERO }, "warning".into())),
            Some(_) | None => Meaning::PAYLOAD,
        }
    }
}

#[tokio::test]
async fn planned_renewal_with_overlap_loses_no_message_and_leaves_no_moment_without_a_connection() -> Tested {
    let (warn_after, drop_after) = (Duration::from_millis(600), Duration::from_millis(300));
    let server = FaultServer::start(Behaviour::Echo).await?;
    let renewal = Behaviour::Renewal { every: EVERY, warn_after, drop_after };
    server.script([renewal.times(RENEWALS), Behaviour::Numbers { every: EVERY }.always()]);
    let config =
        Config { acceptance_timeout: Millis::from_secs(2), overlap_max: Millis::from_secs(5), reset_after: Millis::new(100), ..FAST };
    let mut watched = Watched::start(link(&server, config)?.transport(|ws| ws.protocol(Warns)));
    for _ in 0..RENEWALS {
        watched.until("Renewed", |event| matches!(event, Event::Renewed { .. })).await?;
    }
    watched.texts(watched.told().texts().count() + 50).await?;
    server.end_numbers();
    let numbers = server.numbers();
    watched.texts(numbers.written.len()).await?;
    let (log, now) = (server.log(), Instant::now());
    let told = watched.stop().await?;

    let received: Vec<u64> = told.texts().filter_map(number_in).collect();
    let distinct: BTreeSet<u64> = received.iter().copied().collect();
    let (missing, dark) = (numbers.missing(&received), log.without_connection(now));
    row(
        &format!("{RENEWALS} planned renewals with overlap"),
        format_args!(
            "{} messages, {} missing, {} twice, {} gaps",
            received.len(),
            missing.len(),
            received.len() - distinct.len(),
            dark.len()
        ),
        "none missing, none twice, no moment without a connection",
    );
    assert!(missing.is_empty() && dark.is_empty() && received.len() == distinct.len(), "missing {missing:?}, dark {dark:?}\n{log}");
    assert_eq!(told.shape(), "up renewed renewed renewed down");
    assert_eq!((log.dials().len(), log.live_most()), (RENEWALS + 1, 2));
    Ok(())
}
