//! Owns the tests of many envelopes, and of what is forgotten.

use relink_tests::slack::{Kind, Pace};

use super::{PATIENCE, Tested, ack, json, ready, seconds, slack, slack_with};

#[tokio::test(start_paused = true)]
async fn a_flood_comes_at_its_rate_and_in_order_on_one_connection() -> Tested {
    let slack = slack().await?;
    let mut socket = ready(&slack).await?;
    slack.flood(Kind::EventsApi, 200, 400);
    for number in 0..400 {
        let envelope = json(&mut socket).await?;
        assert_eq!(envelope["payload"]["flood"], number);
        ack(&mut socket, envelope["envelope_id"].as_str().ok_or("no id")?).await?;
    }
    let book = slack.until(PATIENCE, |book| book.counts.acknowledged == 400).await?;
    assert_eq!((book.counts.posted, book.counts.delivered, book.counts.acks_good), (400, 400, 400));
    let posted: Vec<_> = book.envelopes.values().map(|envelope| envelope.posted).collect();
    let took = posted[399] - posted[0];
    assert!((seconds(1)..seconds(4)).contains(&took), "400 in {took:?}");
    Ok(())
}

#[tokio::test]
async fn what_is_settled_can_be_forgotten() -> Tested {
    let slack = slack_with(|settings| (settings.pace, settings.forget_settled) = (Pace::times_faster(100), true)).await?;
    let mut socket = ready(&slack).await?;
    slack.flood(Kind::EventsApi, 50, 20);
    slack.flood(Kind::Interactive, 50, 5);
    let mut events = 0;
    while events < 20 {
        let envelope = json(&mut socket).await?;
        if envelope["type"] == "events_api" {
            ack(&mut socket, envelope["envelope_id"].as_str().ok_or("no id")?).await?;
            events += usize::from(envelope["retry_attempt"] == 0);
        }
    }
    let book = slack.until(PATIENCE, |book| book.waiting() == 0 && book.envelopes.is_empty()).await?;
    assert_eq!((book.counts.posted, book.counts.acknowledged, book.counts.lost), (25, 20, 5));
    Ok(())
}
