//! The proof that no ending shows a secret: neither to people nor to developers, whoever said it and wherever.

use std::error::Error;
use std::fmt::Debug;
use std::io;
use std::sync::Arc;

use proptest::prelude::*;
use relink_tokio::ending::{HandshakeFault, PeerClose, Quote, Refusal, RequestFault, TlsFault, TlsProblem, Violation};
use relink_tokio::message_log::Redaction;
use relink_tokio::ws::{ProvideError, Request};
use relink_tokio::{Attempt, CloseCode, Ending, Event, Verdict};

use crate::planted::{Planted, planted, planted_plainly};

fn refused(phrase: &str, location: Option<&str>, body: &str) -> Ending {
    let mut refusal = Refusal::new(302);
    (refusal.phrase, refusal.location, refusal.body) = (phrase.into(), location.map(Into::into), body.into());
    Ending::Refused(Arc::new(refusal))
}

/// Every ending in which somebody else can say something, and there says this.
fn endings(text: &str) -> Vec<Ending> {
    let error = || Arc::new(io::Error::other(text.to_owned()));
    let tls = TlsFault::new(TlsProblem::Other, "h", text);
    let nested = io::Error::other(Ending::from(io::Error::other(text.to_owned())));
    vec![
        Ending::Closed(PeerClose { code: Some(CloseCode::GOING_AWAY), reason: text.into() }),
        Ending::Io(error()),
        Ending::Protocol(Violation::Frame(text.into())),
        Ending::Protocol(Violation::Profile(CloseCode::NORMAL, text.into())),
        Ending::Dns { host: "h".into(), error: error() },
        Ending::Dial { target: text.into(), tried: 1, error: error() },
        Ending::Dial { target: text.into(), tried: 2, error: error() },
        Ending::Tls(tls),
        refused(text, None, ""),
        refused("", None, text),
        Ending::NotHttp(text.into()),
        Ending::Handshake(HandshakeFault::Extension(text.into())),
        Ending::Handshake(HandshakeFault::UnaskedSubprotocol(text.into())),
        Ending::Request(RequestFault::Url(text.into())),
        Ending::Request(RequestFault::NoTls(text.into())),
        Ending::Rejected { status: 403, why: text.into() },
        Ending::Provider(error(), Verdict::Retry),
        Ending::other(text, Verdict::Retry),
        Ending::from(nested),
        Ending::Asked(text.into()),
    ]
}

/// All that an ending can be seen as.
fn seen(ending: &Ending) -> String {
    let mut seen = format!("{ending}\n{ending:?}\n{ending:#?}\n");
    let mut source = ending.source();
    while let Some(error) = source {
        seen += &format!("{error}\n{error:?}\n");
        source = error.source();
    }
    let attempt = Attempt::from_number(1);
    let down: Event<String> = Event::Down { attempt, why: ending.clone(), retry_at: None };
    seen + &format!("{down:?}")
}

fn leaks_nowhere(planted: &Planted, endings: &[Ending]) -> Result<(), TestCaseError> {
    for ending in endings {
        let seen = seen(ending);
        prop_assert!(!planted.leaks(&seen), "{}\n{seen}", planted.text);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_secret_in_json(planted in planted(&[])) {
        leaks_nowhere(&planted, &endings(&planted.text))?;
    }

    #[test]
    fn no_secret_in_other_text(planted in planted_plainly()) {
        leaks_nowhere(&planted, &endings(&planted.text))?;
    }

    #[test]
    fn no_secret_of_a_location(secret in "[A-Z]{4}[A-Z0-9]{12}", shape in 0..7_u8, name in "[a-z_]{1,6}") {
        let location = match shape {
            0 => format!("https://me:{secret}@h/cb"),
            1 => format!("https://h/cb#{name}={secret}"),
            2 => format!("https://h/cb?a=b&{name}={secret} {secret}"),
            3 => format!("/cb?{name}={secret}"),
            4 => format!("//{secret}@h/cb"),
            5 => format!("https://h/cb;{name}={secret}/x"),
            _ => format!("https://h/to/https://{secret}@h/?{secret}"),
        };
        leaks_nowhere(&Planted { text: location.clone(), secret }, &[refused("", Some(&location), "")])?;
    }

    #[test]
    fn no_secret_of_a_request(planted in planted_plainly(), shape in 0..3_u8) {
        let Planted { text, secret } = &planted;
        let request = Request::new(&format!("wss://h/p;sid={secret}?ticket={secret}#{secret}")).unwrap();
        let long = format!("base64.{secret}.{secret}.{secret}");
        let subprotocol = [format!("bearer.{secret}"), format!("token,{secret}"), long][usize::from(shape)].clone();
        let mut shown = match request.clone().subprotocol(&subprotocol) {
            Ok(request) => said(&request),
            Err(fault) => said(&fault) + &fault.to_string() + &seen(&Ending::Request(fault)),
        };
        for fault in [request.clone().header(text, "a").err(), request.header("a", &format!("{text}\n")).err()].into_iter().flatten() {
            shown += &format!("{fault}{fault:?}");
        }
        for url in [format!("wss://me:{secret}@h/"), format!("http://h/?{secret}"), format!("wss://h /?{secret}")] {
            shown += &seen(&Ending::Request(Request::new(&url).unwrap_err()));
        }
        let provided = ProvideError::from(text.as_str());
        shown += &format!("{provided}{provided:?}");
        shown += &seen(&provided.into());
        prop_assert!(!planted.leaks(&shown), "{text}\n{shown}");
    }
}

fn said(what: &impl Debug) -> String {
    format!("{what:?}{what:#?}")
}

#[test]
fn what_a_sentence_says_of_a_secret_is_said() {
    let said = |text: &str| Ending::other(text, Verdict::GiveUp).to_string();
    for sentence in [
        "the token was revoked: generate another app-level token",
        "invalid peer certificate: UnsupportedSignatureAlgorithm { context: 1 }",
        "Slack gives no URL: the token is not valid: copy the app-level token (xapp-…) from the app's settings (invalid_auth, needed: a)",
    ] {
        assert_eq!(said(sentence), sentence);
    }
    assert_eq!(said("the password of bob is: s3cret and more"), "the password of bob is:***");
    assert_eq!(said("the token password: correct horse"), "the token password:***");
    assert_eq!(said("the password of bob: swordfish"), "the password of bob:***");
    let message = Redaction::new().text("the password of bob is: correct horse battery");
    assert_eq!(message, "the password of bob is:***", "messages are not spared");
}

#[test]
fn what_is_no_secret_is_said() {
    let ending = refused("Moved", Some("https://example.com/login?ticket=s"), r#"{"error":"busy","session_id":"s"}"#);
    assert_eq!(
        ending.to_string(),
        "the peer answered the upgrade with HTTP 302 Moved to \"https://example.com/login?ticket=***\": redirects are not followed; give the \
         address it leads to; it says \"{\\\"error\\\":\\\"busy\\\",\\\"session_id\\\":\\\"***\\\"}\""
    );
    let Ending::Refused(refusal) = &ending else { unreachable!() };
    assert_eq!(refusal.location.as_deref(), Some("https://example.com/login?ticket=s"), "the fields hold everything");
    let closed = Ending::Closed(PeerClose { code: Some(CloseCode::NORMAL), reason: "bye".into() });
    assert_eq!(format!("{closed:?}"), r#"Closed(PeerClose { code: Some(CloseCode(1000)), reason: "bye" })"#);
    assert_eq!(format!("{:?}", Ending::NotHttp(Quote::from("SSH-2.0"))), r#"NotHttp(Quote("SSH-2.0"))"#);
    assert_eq!(format!("{:?}", Ending::Eof), "Eof");
}
