//! Owns the tests of `apps.connections.open`: tokens, errors, the rate limit, and every trouble.

use std::time::Duration;

use relink_tests::fault::Leave;
use relink_tests::slack::{Answer as Noted, ApiError, CallTrouble, RateLimit, Scene, Trouble};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::{PATIENCE, Tested, call, call_with, http, ready, seconds, slack, slack_with};

#[tokio::test]
async fn a_call_is_answered_with_a_url_and_noted() -> Tested {
    let slack = slack().await?;
    let answer = call_with(&slack, "Authorization: Bearer xapp-1\r\nUser-Agent: me\r\n").await?;
    let (json, book) = (answer.json()?, slack.book());
    assert_eq!((answer.status, &json["ok"]), (200, &serde_json::json!(true)));
    let url = format!("ws://{}/link/?ticket={}&app_id=A0FAKESLACK", slack.address(), book.tickets[0].text);
    assert_eq!(json["url"], url);
    let call = &book.calls[0];
    assert_eq!((call.token.as_deref(), call.user_agent.as_str(), &call.answer), (Some("xapp-1"), "me", &Noted::Ticket(0)));
    Ok(())
}

#[tokio::test]
async fn a_token_that_is_wrong_or_not_in_the_header_is_refused() -> Tested {
    let slack = slack_with(|settings| settings.token = Some("xapp-right".to_owned())).await?;
    assert_eq!(call_with(&slack, "").await?.error()?, "not_authed");
    assert_eq!(call_with(&slack, "Authorization: Bearer xapp-wrong\r\n").await?.error()?, "invalid_auth");
    assert!(call_with(&slack, "Authorization: Bearer xapp-right\r\n").await?.json()?["url"].is_string());
    let body = "token=xapp-right";
    let head = "POST /api/apps.connections.open?token=xapp-right HTTP/1.1\r\nHost: slack\r\nConnection: close\r\n";
    let request = format!("{head}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    assert_eq!(http(&slack, &request).await?.error()?, "not_authed");

    let slack = super::slack().await?;
    assert_eq!(call_with(&slack, "Authorization: Bearer xoxb-1\r\n").await?.error()?, "not_allowed_token_type");
    assert_eq!(call_with(&slack, "Authorization: Bearer something\r\n").await?.error()?, "invalid_auth");
    Ok(())
}

#[tokio::test]
async fn another_method_is_unknown_and_get_is_not_allowed() -> Tested {
    let slack = slack().await?;
    let head = "HTTP/1.1\r\nHost: slack\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(http(&slack, &format!("POST /api/auth.test {head}")).await?.error()?, "unknown_method");
    assert_eq!(http(&slack, &format!("GET /api/apps.connections.open {head}")).await?.status, 405);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_served_and_then_one_call_a_minute() -> Tested {
    let slack = slack_with(|settings| settings.rate = Some(RateLimit { burst: 2, every: seconds(60) })).await?;
    assert_eq!([call(&slack).await?.status, call(&slack).await?.status], [200, 200]);
    let limited = call(&slack).await?;
    let wait: u64 = limited.header("retry-after").ok_or("no Retry-After")?.parse()?;
    assert_eq!((limited.status, limited.error()?.as_str()), (429, "ratelimited"));
    assert!((55..=60).contains(&wait), "{wait}");
    tokio::time::advance(seconds(wait)).await;
    assert_eq!([call(&slack).await?.status, call(&slack).await?.status], [200, 429]);
    assert!(matches!(slack.book().calls[2].answer, Noted::Limited { .. }));
    Ok(())
}

#[tokio::test]
async fn answers_go_wrong_as_the_script_says_and_then_all_is_well() -> Tested {
    let slack = slack().await?;
    slack.script_calls([
        CallTrouble::Status(503).once(),
        CallTrouble::Status(408).once(),
        CallTrouble::RateLimited { retry_after_s: 30 }.once(),
        CallTrouble::Api(ApiError::InvalidAuth).once(),
        CallTrouble::Api(ApiError::FatalError).once(),
        Scene::fine(1),
        CallTrouble::Body("<html>".to_owned()).once(),
        CallTrouble::DeadUrl.once(),
    ]);
    assert_eq!([call(&slack).await?.status, call(&slack).await?.status], [503, 408]);
    let limited = call(&slack).await?;
    assert_eq!((limited.status, limited.header("retry-after")), (429, Some("30")));
    assert_eq!([call(&slack).await?.error()?, call(&slack).await?.error()?], ["invalid_auth", "fatal_error"]);
    assert!(call(&slack).await?.json()?["url"].is_string());
    assert_eq!(call(&slack).await?.body, "<html>");
    let dead = call(&slack).await?.json()?["url"].as_str().map(str::to_owned).ok_or("no url")?;
    assert!(tokio_tungstenite::connect_async(dead).await.is_err());
    let noted: Vec<Noted> = slack.book().calls.into_iter().map(|call| call.answer).collect();
    let errors = [Noted::Error(ApiError::InvalidAuth), Noted::Error(ApiError::FatalError)];
    assert_eq!(noted[..3], [Noted::Status(503), Noted::Status(408), Noted::Limited { retry_after_s: 30 }]);
    assert_eq!((&noted[3..5], &noted[5..]), (&errors[..], &[Noted::Ticket(0), Noted::Wrong, Noted::Wrong][..]));
    ready(&slack).await?;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_trouble_can_last_a_time_and_an_answer_be_late() -> Tested {
    let slack = slack().await?;
    slack.script_calls([CallTrouble::Status(500).lasting(seconds(30)), CallTrouble::Late(seconds(20)).once()]);
    assert_eq!(call(&slack).await?.status, 500);
    tokio::time::advance(seconds(29)).await;
    assert_eq!(call(&slack).await?.status, 500);
    tokio::time::advance(seconds(1)).await;
    let before = Instant::now();
    assert_eq!(call(&slack).await?.status, 200);
    assert!(before.elapsed() >= seconds(20), "{:?}", before.elapsed());
    Ok(())
}

#[tokio::test]
async fn a_call_can_hang_or_be_cut() -> Tested {
    let slack = slack().await?;
    slack.script_calls([CallTrouble::Hangup(Leave::Fin).once(), CallTrouble::Hangup(Leave::Reset).once(), CallTrouble::Hang.once()]);
    assert!(call(&slack).await.is_err_and(|error| error.to_string().contains("without an answer")));
    assert!(call(&slack).await.is_err_and(|error| error.to_string().contains("reset")));
    let hanging = tokio::time::timeout(Duration::from_millis(100), call(&slack)).await;
    assert!(hanging.is_err());
    let book = slack.until(PATIENCE, |book| book.sockets_open == 0).await?;
    assert_eq!(book.calls.iter().map(|call| call.answer.clone()).collect::<Vec<_>>(), [Noted::Cut, Noted::Cut, Noted::None]);
    assert!(book.tickets.is_empty());
    Ok(())
}

#[tokio::test]
async fn what_is_no_http_is_counted_and_harms_nobody() -> Tested {
    let slack = slack().await?;
    let mut tcp = TcpStream::connect(slack.address()).await?;
    tcp.write_all(b"SSH-2.0-OpenSSH_9.6\r\n\r\n").await?;
    slack.until(PATIENCE, |book| book.counts.broken == 1).await?;
    ready(&slack).await?;
    Ok(())
}
