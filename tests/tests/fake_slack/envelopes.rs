//! Owns the tests of envelopes: what stands in them, acknowledgements, and when they come again.

use std::time::Duration;

use relink_tests::slack::{Envelope, FakeSlack, Fate, Kind, Pace, Worth};

use super::{PATIENCE, Tested, ack, json, ready, say, seconds, slack, slack_with, text};

fn envelope(slack: &FakeSlack, id: &str) -> Option<Envelope> {
    slack.read(|book| book.envelopes.get(id).cloned())
}

#[tokio::test]
async fn an_envelope_is_acknowledged_with_its_payload_byte_for_byte() -> Tested {
    let slack = slack().await?;
    let mut socket = ready(&slack).await?;
    let id = slack.send(Kind::SlashCommands, r#"{"b": 1,"a":"\ud83d\ude00"}"#);
    let right = format!(
        r#"{{"envelope_id":"{id}","payload":{{"b": 1,"a":"\ud83d\ude00"}},"type":"slash_commands","accepts_response_payload":true}}"#
    );
    assert_eq!(text(&mut socket).await?, right);
    say(&mut socket, &format!(r#"{{"envelope_id":"{id}","payload":{{"text": "ok" }}}}"#)).await?;
    let book = slack.until(PATIENCE, |book| book.counts.acknowledged == 1).await?;
    let ack = &book.envelopes[&id].acks[0];
    assert_eq!((ack.payload.as_deref(), ack.worth, ack.connection), (Some(r#"{"text": "ok" }"#), Worth::Good, 1));
    assert_eq!((book.envelopes[&id].fate, book.waiting()), (Fate::Acknowledged, 0));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_event_comes_again_at_once_after_a_minute_and_after_five() -> Tested {
    let slack = slack().await?;
    let mut socket = ready(&slack).await?;
    let id = slack.send(Kind::EventsApi, "[]");
    for (attempt, reason) in [(0, ""), (1, "timeout"), (2, "timeout"), (3, "timeout")] {
        let again = json(&mut socket).await?;
        assert_eq!((&again["envelope_id"], &again["retry_attempt"]), (&id.as_str().into(), &attempt.into()));
        assert_eq!(again["retry_reason"], reason);
    }
    let book = slack.until(PATIENCE, |book| book.counts.lost == 1).await?;
    let envelope = &book.envelopes[&id];
    let after: Vec<u64> = envelope.deliveries.iter().map(|delivery| (delivery.at - envelope.posted).as_secs()).collect();
    // 3 s for each acknowledgement, and then at once, 60 s, 300 s.
    assert_eq!(after, [0, 3, 66, 369]);
    assert_eq!((envelope.fate, book.counts.delivered, book.counts.redelivered), (Fate::Lost, 4, 3));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn interactions_and_commands_never_come_again() -> Tested {
    let slack = slack().await?;
    let _socket = ready(&slack).await?;
    let ids = [slack.send(Kind::Interactive, "{}"), slack.send(Kind::SlashCommands, "{}")];
    let book = slack.until(PATIENCE, |book| book.counts.lost == 2).await?;
    assert!(ids.iter().all(|id| book.envelopes[id].deliveries.len() == 1));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_late_acknowledgement_answers_only_the_redelivery() -> Tested {
    let slack = slack().await?;
    let mut socket = ready(&slack).await?;
    let late = slack.send(Kind::Interactive, "{}");
    json(&mut socket).await?;
    tokio::time::sleep(seconds(4)).await;
    ack(&mut socket, &late).await?;
    let book = slack.until(PATIENCE, |book| book.counts.acks_late == 1).await?;
    assert_eq!((book.envelopes[&late].acks[0].worth, book.envelopes[&late].fate), (Worth::Late, Fate::Lost));

    let joined = slack.send(Kind::EventsApi, "{}");
    tokio::time::sleep(seconds(4)).await;
    ack(&mut socket, &joined).await?;
    let book = slack.until(PATIENCE, |book| book.counts.acknowledged == 1).await?;
    assert_eq!((book.envelopes[&joined].sent(), book.envelopes[&joined].acks_worth(Worth::Good)), (2, 1));
    tokio::time::sleep(seconds(3600)).await;
    assert_eq!(slack.book().envelopes[&joined].sent(), 2, "it is done");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_on_another_connection_counts_for_nothing() -> Tested {
    let slack = slack().await?;
    let (mut one, mut two) = (ready(&slack).await?, ready(&slack).await?);
    let id = slack.send_on(1, Kind::EventsApi, "{}");
    assert_eq!(json(&mut one).await?["envelope_id"], id);
    ack(&mut two, &id).await?;
    ack(&mut two, "nobody's").await?;
    say(&mut two, "hi").await?;
    let book = slack.until(PATIENCE, |book| !book.strange.is_empty()).await?;
    let envelope = &book.envelopes[&id];
    assert_eq!((envelope.acks[0].worth, envelope.acks[0].connection, envelope.fate), (Worth::Stray, 2, Fate::Waiting));
    assert_eq!((book.counts.acks_stray, book.counts.acks_unknown, &book.strange[0]), (1, 1, &(2, "hi".to_owned())));

    // The same envelope can be sent on the other one as well, as if for the first time; then it counts.
    assert!(slack.again_on(2, &id) && !slack.again_on(2, "nobody's"));
    let again = json(&mut two).await?;
    assert_eq!((&again["envelope_id"], &again["retry_attempt"]), (&id.as_str().into(), &0.into()));
    ack(&mut two, &id).await?;
    slack.until(PATIENCE, |book| book.counts.acknowledged == 1).await?;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn without_a_connection_an_event_waits_for_its_next_time() -> Tested {
    let slack = slack().await?;
    let (event, click) = (slack.send(Kind::EventsApi, "{}"), slack.send(Kind::Interactive, "{}"));
    tokio::time::sleep(seconds(10)).await;
    let mut socket = ready(&slack).await?;
    assert_eq!(json(&mut socket).await?["retry_attempt"], 2);
    ack(&mut socket, &event).await?;
    let book = slack.until(PATIENCE, |book| book.waiting() == 0).await?;
    assert_eq!((book.envelopes[&event].fate, book.envelopes[&click].fate), (Fate::Acknowledged, Fate::Lost));
    assert_eq!((book.counts.undeliverable, book.counts.delivered), (3, 1));
    Ok(())
}

#[tokio::test]
async fn the_payload_may_be_anything_and_the_id_ones_own() -> Tested {
    let slack = slack().await?;
    let mut socket = ready(&slack).await?;
    slack.send_as("my \"id\"", Kind::EventsApi, "{no json");
    assert!(text(&mut socket).await?.starts_with(r#"{"envelope_id":"my \"id\"","payload":{no json,"type":"events_api""#));
    assert!(envelope(&slack, "my \"id\"").is_some_and(|envelope| envelope.fate == Fate::Waiting));
    let huge = format!(r#""{}""#, "p".repeat(1 << 20));
    slack.send(Kind::EventsApi, huge.clone());
    assert!(text(&mut socket).await?.contains(&huge));
    Ok(())
}

#[tokio::test]
async fn times_pass_as_fast_as_the_pace() -> Tested {
    let slack = slack_with(|settings| settings.pace = Pace::times_faster(600)).await?;
    let _socket = ready(&slack).await?;
    let id = slack.send(Kind::EventsApi, "{}");
    let book = slack.until(PATIENCE, |book| book.counts.lost == 1).await?;
    let took = book.envelopes[&id].deliveries[3].at - book.envelopes[&id].posted;
    // 369 s; a busy machine may take longer, but never less.
    assert!((Duration::from_millis(615)..seconds(10)).contains(&took), "{took:?}");
    Ok(())
}
