//! What each ending means to Slack's profile, and what a link does with it.
#![allow(clippy::panic, clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "a test may panic")]

use relink_core::{Action, Attempt, CloseCode, Config, Event, Instant, Link, Millis, Reaction, Report, State, Verdict};
use relink_profiles::slack::limits::{CAPACITY_DELAY, URL_CALL_INTERVAL};
use relink_profiles::slack::url::{NoUrl, answer};
use relink_profiles::slack::{Error, ErrorName, Slack};
use relink_profiles::{Ending, Profile};

const LONGEST: Verdict = Verdict::RetryIn(Millis::MAX);
const WAIT: Option<Millis> = Some(Millis::from_secs(30));

#[test]
fn each_status_of_the_opening_handshake() {
    for status in 0..=999 {
        let expected = match status {
            408 | 409 | 429 | 503 => Some(Verdict::Retry),
            401 | 403 | 404 => Some(Verdict::GiveUp),
            _ => None,
        };
        assert_eq!(Slack.verdict(Ending::Upgrade { status, retry_after: None }), expected, "{status}");
        let waits = expected.map(|_| Verdict::RetryAfter(WAIT.unwrap()));
        assert_eq!(Slack.verdict(Ending::Upgrade { status, retry_after: WAIT }), waits, "{status}");
    }
}

#[test]
fn each_status_of_the_call_for_a_url() {
    for status in 0..=999 {
        let expected = match status {
            429 => Some(Verdict::RetryAfter(URL_CALL_INTERVAL)),
            408 | 409 | 500..=599 => Some(Verdict::Retry),
            400..=499 => Some(LONGEST),
            _ => None,
        };
        assert_eq!(Slack.verdict(Ending::Call { status, retry_after: None }), expected, "{status}");
    }
    assert_eq!(Slack.verdict(Ending::Call { status: 429, retry_after: WAIT }), Some(Verdict::RetryAfter(WAIT.unwrap())));
}

#[test]
fn no_close_code_means_more_than_on_any_websocket() {
    for code in 0..=u16::MAX {
        assert_eq!(Slack.verdict(Ending::Closed(Some(CloseCode::new(code)))), None);
    }
    assert_eq!(Slack.verdict(Ending::Closed(None)), None);
}

#[test]
fn each_error_of_the_call_for_a_url() {
    let fatal = [
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "user_removed_from_team",
        "team_disabled",
        "token_revoked",
        "token_expired",
        "not_allowed_token_type",
        "missing_scope",
        "access_denied",
    ];
    let transient = ["internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"];
    let limited = ["ratelimited"];
    let unknown = ["", "something_new", "Invalid_Auth"];
    let groups: [(&[&str], Verdict); 4] =
        [(&fatal, Verdict::GiveUp), (&transient, Verdict::Retry), (&limited, Verdict::RetryAfter(URL_CALL_INTERVAL)), (&unknown, LONGEST)];
    for (names, expected) in groups {
        for &error in names {
            assert_eq!(Slack.verdict(Ending::Api { error, retry_after: None }), Some(expected), "{error}");
            assert_eq!(Slack.verdict(Ending::Api { error, retry_after: WAIT }), Some(Verdict::RetryAfter(WAIT.unwrap())), "{error}");
            assert_eq!(ErrorName::named(error).as_str(), error);
            assert_eq!(matches!(ErrorName::named(error), ErrorName::Other(_)), names == unknown);
            assert!(ErrorName::named(error).advice().len() > 20);
        }
    }
}

#[test]
fn a_url_is_read_and_not_told() {
    let body = r#"{"ok":true,"url":"wss:\/\/wss-primary.slack.com\/link\/?ticket=1234-5678&app_id=ab"}"#;
    let url = answer(body).unwrap();
    assert_eq!(url.reveal(), "wss://wss-primary.slack.com/link/?ticket=1234-5678&app_id=ab");
    assert_eq!(format!("{:?}", answer(body)), "Ok(OneTimeUrl(…))");
}

#[test]
fn a_refusal_says_what_to_do() {
    let body = r#"{"ok":false,"error":"missing_scope","needed":"connections:write","provided":"chat:write"}"#;
    let Err(NoUrl::Api(error)) = answer(body) else { panic!("a URL") };
    assert_eq!((error.name(), error.verdict()), (ErrorName::MissingScope, Verdict::GiveUp));
    let said = "Slack gives no URL: the token lacks a scope: generate an app-level token with connections:write \
                (missing_scope, needed: connections:write, provided: chat:write)";
    assert_eq!(answer(body).unwrap_err().to_string(), said);
    assert_eq!(answer(body).unwrap_err().verdict(), Verdict::GiveUp);
}

#[test]
fn what_is_no_answer_is_tried_again() {
    let table = [
        ("<html>", "the text is no JSON object"),
        ("{}", "the message has no \"ok\""),
        (r#"{"ok":"true"}"#, "\"ok\" in the message is not true or false"),
        (r#"{"ok":true}"#, "the message has no \"url\""),
        (r#"{"ok":true,"url":""}"#, "\"url\" in the message is not a text with something in it"),
        (r#"{"ok":false}"#, "the message has no \"error\""),
        (r#"{"ok":true,"ok":false,"url":"wss:x","error":"x"}"#, "the message has \"ok\" twice"),
    ];
    for (body, why) in table {
        let no_url = answer(body).unwrap_err();
        assert_eq!(no_url.to_string(), format!("the answer to the call for a URL is not Slack's: {why}"));
        assert_eq!(no_url.verdict(), Verdict::Retry);
        assert!(matches!(no_url, NoUrl::Answer(Error::Json(_) | Error::Missing(_) | Error::Wrong { .. } | Error::Twice(_))));
    }
}

/// Steps a link and tells what it does; time is in milliseconds.
fn step(link: &mut Link, now: u64, event: Event) -> Reaction {
    link.step(Instant::from_millis(now), u32::MAX / 2, event)
}

fn report_of(text: &str) -> Report {
    Slack::report(&Slack.recognise(text).unwrap()).unwrap()
}

fn opened() -> (Link, Attempt) {
    let mut link = Link::new(Config { start_spread: Millis::ZERO, ..Slack::CONFIG });
    let Reaction::Do(Action::Open(first)) = step(&mut link, 0, Event::Start) else { panic!("no dial") };
    assert_eq!(step(&mut link, 500, Event::Of(first, Report::Opened)), Reaction::Wait);
    (link, first)
}

#[test]
fn no_room_before_the_hello_is_one_wait_and_no_failure_more_than_one() {
    let (mut link, first) = opened();
    let asked = report_of(r#"{"type":"disconnect","reason":"too_many_websockets","debug_info":{"host":"applink-1"}}"#);
    assert_eq!(step(&mut link, 1000, Event::Of(first, asked)), Reaction::Do(Action::Close(first, CloseCode::NORMAL)));
    // Slack's own Close, the transport's end, and whoever wants the link sooner, change nothing.
    let _ = step(&mut link, 1010, Event::Of(first, Report::Closed(Verdict::Retry)));
    let _ = step(&mut link, 1020, Event::Of(first, Report::Lost(Verdict::Retry)));
    let _ = step(&mut link, 1030, Event::Start);
    assert!(matches!(link.state(), State::Backoff { .. }));
    let wait = link.deadline().unwrap().as_millis() - 1000;
    let delay = u64::from(CAPACITY_DELAY.get());
    let draw_max = u64::from(Slack::CONFIG.backoff.delay_min.get());
    assert!((delay..=delay + draw_max).contains(&wait), "{wait} ms");
    assert!(matches!(step(&mut link, 1000 + wait, Event::Timeout), Reaction::Do(Action::Open(_))));
}

#[test]
fn a_warning_and_a_refresh_are_one_renewal() {
    let (mut link, first) = opened();
    assert_eq!(step(&mut link, 600, Event::Of(first, report_of(r#"{"type":"hello"}"#))), Reaction::Wait);
    let later = 3_600_000;
    let _ = step(&mut link, later, Event::Of(first, Report::Heard));
    let warning = report_of(r#"{"type":"disconnect","reason":"warning"}"#);
    assert_eq!(step(&mut link, later, Event::Of(first, warning)), Reaction::Wait);
    let Reaction::Do(Action::Open(second)) = step(&mut link, later, Event::Timeout) else { panic!("not at once") };
    let refresh = report_of(r#"{"type":"disconnect","reason":"refresh_requested"}"#);
    assert_eq!(step(&mut link, later + 100, Event::Of(first, refresh)), Reaction::Wait);
    let _ = step(&mut link, later + 200, Event::Of(second, Report::Opened));
    assert_eq!(step(&mut link, later + 300, Event::Of(second, report_of(r#"{"type":"hello"}"#))), Reaction::Wait);
    // The old connection goes on until Slack ends it, or the overlap does.
    assert_eq!(step(&mut link, later + 400, Event::Of(first, Report::Lost(Verdict::Retry))), Reaction::Wait);
    assert!(matches!(link.state(), State::Ready(ready) if ready.attempt == second));
}

#[test]
fn a_disabled_link_stops_once() {
    let (mut link, first) = opened();
    let disabled = report_of(r#"{"type":"disconnect","reason":"link_disabled"}"#);
    assert_eq!(step(&mut link, 1000, Event::Of(first, disabled)), Reaction::Do(Action::Close(first, CloseCode::NORMAL)));
    let _ = step(&mut link, 1010, Event::Of(first, Report::Lost(Verdict::Retry)));
    assert!(matches!(link.state(), State::Shutdown { .. }));
    assert_eq!(link.deadline(), None);
}
