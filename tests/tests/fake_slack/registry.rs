//! Owns the tests of registrations: hello, ten of them, ghosts, and the spread of payloads.

use relink_tests::fault::Leave;
use relink_tests::slack::{Kind, LinkTrouble, Outcome, Reason, Trouble};

use super::{PATIENCE, Tested, ack, closed, dial, json, open, ready, seconds, slack, slack_with, url};

#[tokio::test]
async fn hello_tells_all_that_slack_tells() -> Tested {
    let slack = slack().await?;
    let _first = ready(&slack).await?;
    let hello = json(&mut dial(&slack).await?).await?;
    let debug_info = serde_json::json!({"host": "applink-2", "build_number": 10, "approximate_connection_time": 18060});
    let connection_info = serde_json::json!({"app_id": "A0FAKESLACK"});
    let right = serde_json::json!({"type": "hello", "num_connections": 2, "debug_info": debug_info, "connection_info": connection_info});
    assert_eq!(hello, right);
    let mut short = open(&format!("{}&debug_reconnects=true", url(&slack).await?)).await?;
    assert_eq!(json(&mut short).await?["debug_info"]["approximate_connection_time"], 360);
    assert!(slack.book().dials[2].debug);
    Ok(())
}

#[tokio::test]
async fn the_eleventh_is_sent_away_before_hello_and_ghosts_count() -> Tested {
    let slack = slack().await?;
    let ghosts = slack.haunt(8);
    let (_ninth, mut tenth) = (ready(&slack).await?, ready(&slack).await?);
    let mut eleventh = dial(&slack).await?;
    let sent_away = json(&mut eleventh).await?;
    assert_eq!((&sent_away["type"], &sent_away["reason"]), (&"disconnect".into(), &"too_many_websockets".into()));
    assert_eq!(closed(&mut eleventh).await?, Some(1000));
    let book = slack.book();
    assert_eq!((book.dials[2].outcome, book.registered().count()), (Outcome::TooMany(11), 10));
    assert_eq!((book.connections[9].num_connections, book.ready()), (10, vec![9, 10]));

    // A place that is given back can be taken.
    tenth.close(None).await?;
    slack.until(PATIENCE, |book| book.registered().count() == 9).await?;
    ready(&slack).await?;
    slack.bury();
    assert!(slack.book().registered().all(|connection| !ghosts.contains(&connection.number)));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_without_a_close_stays_registered_for_a_while() -> Tested {
    let slack = slack().await?;
    let (gone, mut polite) = (ready(&slack).await?, ready(&slack).await?);
    polite.close(None).await?;
    drop((gone, polite));
    let book = slack.until(PATIENCE, |book| book.websockets_open() == 0).await?;
    assert_eq!(book.registered().map(|connection| connection.number).collect::<Vec<_>>(), [1], "{book}");
    let book = slack.until(PATIENCE, |book| book.registered().count() == 0).await?;
    let ghost = &book.connections[0];
    let stayed = ghost.unregistered.map(|at| at - ghost.heard);
    assert!(stayed.is_some_and(|stayed| (seconds(60)..seconds(61)).contains(&stayed)), "{stayed:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_half_open_peer_stays_registered_and_is_sent_payloads() -> Tested {
    let slack = slack().await?;
    let mut frozen = ready(&slack).await?;
    assert!(slack.freeze(1));
    slack.send(Kind::Interactive, "{}");
    assert!(tokio::time::timeout(seconds(50), super::next(&mut frozen)).await.is_err(), "nothing comes, and no end");
    let book = slack.book();
    assert_eq!((book.counts.delivered, book.registered().count(), book.sockets_open), (1, 1, 1));
    let book = slack.until(PATIENCE, |book| book.registered().count() == 0).await?;
    assert_eq!(book.websockets_open(), 1, "the server does not end it");
    drop(frozen);
    slack.until(PATIENCE, |book| book.sockets_open == 0).await?;
    Ok(())
}

#[tokio::test]
async fn payloads_are_spread_over_all_that_are_ready() -> Tested {
    let slack = slack().await?;
    slack.script_links([LinkTrouble::NoHello.once()]);
    let _silent = dial(&slack).await?;
    let _sockets = [ready(&slack).await?, ready(&slack).await?, ready(&slack).await?];
    slack.haunt(1);
    for _ in 0..400 {
        slack.send(Kind::Interactive, "{}");
    }
    let book = slack.book();
    let on = |number| book.envelopes.values().filter(|envelope| envelope.deliveries[0].connection == Some(number)).count();
    assert_eq!(on(1), 0, "no payload before hello");
    let each = [on(2), on(3), on(4), on(5)];
    assert!(each.iter().all(|count| (60..=140).contains(count)), "{each:?}");
    Ok(())
}

#[tokio::test]
async fn ghosts_can_be_left_out_and_a_lost_connection_is_none() -> Tested {
    let slack = slack_with(|settings| settings.ghosts_receive = false).await?;
    slack.haunt(9);
    let mut socket = ready(&slack).await?;
    for _ in 0..20 {
        let id = slack.send(Kind::EventsApi, "{}");
        assert_eq!(json(&mut socket).await?["envelope_id"], id);
        ack(&mut socket, &id).await?;
    }
    assert!(slack.lose(10, Leave::Reset));
    slack.until(PATIENCE, |book| book.registered().count() == 9).await?;
    assert!(!slack.tell(10, Reason::Warning), "it is registered no more");
    Ok(())
}
