//! What holds of any text that comes in under OneBot, on either side, and of any token.

use relink_core::{Millis, Report};
use relink_profiles::Profile;
use relink_profiles::onebot::token::{Access, check};
use relink_profiles::onebot::write::{Echo, response};
use relink_profiles::onebot::{
    Application, Heartbeat, Implementation, Incoming, Lifecycle, Request, Response, Role, SelfId, Stage, Status, echo,
};
use serde_json::Value as Reference;

use super::{is_same, reference};

pub(crate) fn holds(text: &str) {
    let reference = reference(text);
    match (Application.recognise(text), &reference) {
        (Ok(incoming), Ok(reference)) => {
            assert!(reference.is_object());
            its_meaning_is_in_it(text, &incoming, reference);
        }
        (Ok(_), Err(too_much)) => assert!(too_much, "serde_json finds it broken"),
        (Err(error), _) => assert!(!error.to_string().is_empty()),
    }
    let Ok(request) = Implementation.recognise(text);
    it_is_answered_under_its_echo(&request, &reference);
    a_token_is_compared_as_a_whole(text);
    let _ = (Role::of_path(text), Role::in_header(text), echo::call(text), echo::is_same(text, "\""));
    if let Some(id) = SelfId::in_header(text) {
        assert_eq!(id.to_string(), text.trim(), "one account has one name");
    }
}

fn its_meaning_is_in_it(text: &str, incoming: &Incoming<'_>, reference: &Reference) {
    let report = Application::report(incoming);
    assert!(report.is_none() || Incoming::may_report(text), "what is not looked at for it says nothing to the link");
    match incoming {
        Incoming::Lifecycle(lifecycle) => {
            assert_eq!((&reference["post_type"], &reference["meta_event_type"]), (&"meta_event".into(), &"lifecycle".into()));
            assert_eq!(matches!(report, Some(Report::Accepted)), reference["sub_type"] == "connect");
            assert_eq!(matches!(report, Some(Report::Asked(_))), reference["sub_type"] == "disable");
            names_itself(lifecycle, reference);
        }
        Incoming::Heartbeat(heartbeat) => {
            assert_eq!((&reference["post_type"], &reference["meta_event_type"]), (&"meta_event".into(), &"heartbeat".into()));
            promises_what_it_says(heartbeat, report, reference);
        }
        Incoming::Event(event) => {
            assert_eq!(event.text.as_ptr(), text.as_ptr(), "all of it, as it came");
            assert_eq!((reference["post_type"].as_str(), report), (Some(event.post_type.to_string().as_str()), None));
            let zero = reference["time"].as_f64() == Some(0.0);
            assert!(event.time == reference["time"].as_i64() || (zero && event.time == Some(0)));
        }
        Incoming::Response(response) => {
            assert!(reference["post_type"].is_null());
            assert_eq!(matches!(report, Some(Report::Asked(_))), response.is_refusal());
            answers_under_its_echo(response, reference);
        }
    }
}

fn names_itself(lifecycle: &Lifecycle<'_>, reference: &Reference) {
    let name = reference["sub_type"].as_str().unwrap_or_default();
    assert_eq!(lifecycle.stage.to_string(), name);
    assert_eq!(matches!(lifecycle.stage, Stage::Other(_)), !["connect", "enable", "disable"].contains(&name));
}

fn promises_what_it_says(heartbeat: &Heartbeat<'_>, report: Option<Report>, reference: &Reference) {
    let promised = reference["interval"].as_i64().filter(|millis| *millis >= 0);
    let interval = promised.map(|millis| Millis::new(u32::try_from(millis).unwrap_or(u32::MAX)));
    assert!(heartbeat.interval == interval || reference["interval"].as_f64() == Some(0.0));
    assert_eq!(report, heartbeat.next().map(Report::Pulse));
    if let (Some(next), Some(interval)) = (heartbeat.next(), interval) {
        assert!(next >= interval && next.is_zero() == interval.is_zero(), "a deadline, but not before its time");
    }
    assert_eq!(heartbeat.status.is_some(), !reference["status"].is_null());
}

fn answers_under_its_echo(response: &Response<'_>, reference: &Reference) {
    assert_eq!(response.echo.is_none(), reference["echo"].is_null());
    assert!(response.echo.is_none_or(|echo| is_same(echo, &reference["echo"])));
    assert!(response.data.map_or(reference["data"].is_null(), |data| is_same(data, &reference["data"])));
    assert!(response.echo.is_none_or(|echo| echo::is_same(echo, echo)));
    if let Some(call) = response.call() {
        let as_text = call.to_string();
        assert!(reference["echo"] == call || reference["echo"] == as_text.as_str());
    }
}

fn it_is_answered_under_its_echo(request: &Request<'_>, reference: &Result<Reference, bool>) {
    match (request, reference) {
        (Request::Action(action), Ok(reference)) => {
            assert_eq!(reference["action"].as_str(), Some(action.action.to_string().as_str()));
            assert!(action.params.map_or(reference["params"].is_null(), |params| is_same(params, &reference["params"])));
        }
        (Request::Action(_), Err(too_much)) => assert!(too_much, "serde_json finds it broken"),
        (Request::Malformed(malformed), _) => assert!(!malformed.why.to_string().is_empty()),
    }
    let mut buffer = vec![0; request.echo().map_or(0, str::len) + 100];
    let answer = response(&mut buffer, Status::Ok, 0, None, Echo::from(request.echo())).unwrap();
    let Ok(Incoming::Response(back)) = Application.recognise(answer) else { panic!("no response: {answer}") };
    assert_eq!(back.echo, request.echo().filter(|echo| *echo != "null"), "the exact bytes");
}

fn a_token_is_compared_as_a_whole(token: &str) {
    let encoded: String = token.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let query = format!("x=1&access_token={encoded}");
    let expected = if token.is_empty() { Access::Missing } else { Access::Granted };
    assert_eq!(check(token, None, Some(&query)), expected);
    let header = format!("Bearer {token}");
    assert_eq!(check(token, Some(&header), None) == Access::Granted, !token.is_empty() && token.trim() == token);
    for other in [format!("{token}x"), format!("x{token}")] {
        assert_ne!(check(&other, Some(&header), Some(&query)), Access::Granted);
        assert_ne!(check(token, None, Some(&format!("access_token={other}"))), Access::Granted);
    }
}
