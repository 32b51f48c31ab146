//! Owns the tests of the upgrade: one-time tickets, and every way to be refused.

use std::time::Duration;

use relink_tests::fault::Leave;
use relink_tests::slack::{LinkTrouble, Outcome, Trouble};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Error;

use super::{PATIENCE, Tested, http, ready, refused, slack, slack_with, soon, url};

#[tokio::test]
async fn a_ticket_is_good_for_one_dial() -> Tested {
    let slack = slack().await?;
    let url = url(&slack).await?;
    let first = connect_async(url.as_str()).await?;
    assert_eq!([refused(&url).await?, refused(&url).await?], [409, 409]);
    drop(first);
    let book = slack.book();
    assert_eq!((book.tickets[0].shown.len(), book.counts.tickets_reused), (3, 2));
    let outcomes: Vec<Outcome> = book.dials.iter().map(|dial| dial.outcome).collect();
    assert_eq!(outcomes, [Outcome::Opened(1), Outcome::TicketReused, Outcome::TicketReused]);
    Ok(())
}

#[tokio::test]
async fn a_ticket_that_slack_does_not_know_is_refused() -> Tested {
    let slack = slack_with(|settings| settings.bad_ticket_status = 404).await?;
    for query in ["", "?ticket=", "?ticket=0123"] {
        assert_eq!(refused(&format!("ws://{}/link{query}", slack.address())).await?, 404);
    }
    assert!(slack.book().dials.iter().all(|dial| dial.outcome == Outcome::TicketUnknown && dial.ticket.is_none()));
    Ok(())
}

#[tokio::test]
async fn what_is_no_upgrade_is_a_bad_request() -> Tested {
    let slack = slack().await?;
    let path = url(&slack).await?.split_once("/link").map(|(_, path)| path.to_owned()).ok_or("no path")?;
    let answer = http(&slack, &format!("GET /link{path} HTTP/1.1\r\nHost: slack\r\nConnection: close\r\n\r\n")).await?;
    assert_eq!((answer.status, slack.book().dials[0].outcome), (400, Outcome::Status(400)));
    Ok(())
}

#[tokio::test]
async fn an_upgrade_is_refused_as_the_script_says_and_burns_its_ticket() -> Tested {
    let slack = slack().await?;
    let statuses = [401, 403, 404, 408, 409, 429, 503];
    slack.script_links(statuses.map(|status| LinkTrouble::Status(status).once()));
    for status in statuses {
        let url = url(&slack).await?;
        assert_eq!([refused(&url).await?, slack.book().dials.len().try_into()?], [status, slack.book().calls.len().try_into()?]);
    }
    slack.script_links([LinkTrouble::StatusWithRetryAfter { status: 429, retry_after_s: 7 }.once()]);
    let url = url(&slack).await?;
    let Err(Error::Http(response)) = connect_async(url.as_str()).await else { return Err("not refused".into()) };
    assert_eq!((response.status().as_u16(), response.headers()["retry-after"].to_str()?), (429, "7"));
    assert_eq!(refused(&url).await?, 409, "the ticket was shown");
    ready(&slack).await?;
    Ok(())
}

#[tokio::test]
async fn an_upgrade_can_hang_or_be_cut() -> Tested {
    let slack = slack().await?;
    slack.script_links([LinkTrouble::Hangup(Leave::Fin).once(), LinkTrouble::Hangup(Leave::Reset).once(), LinkTrouble::Hang.once()]);
    for _ in 0..2 {
        assert!(soon(connect_async(url(&slack).await?)).await?.is_err());
    }
    let url = url(&slack).await?;
    assert!(tokio::time::timeout(Duration::from_millis(100), connect_async(url)).await.is_err());
    let book = slack.until(PATIENCE, |book| book.sockets_open == 0).await?;
    let outcomes: Vec<Outcome> = book.dials.iter().map(|dial| dial.outcome).collect();
    assert_eq!(outcomes, [Outcome::Cut, Outcome::Cut, Outcome::None]);
    assert!(book.connections.is_empty());
    Ok(())
}
