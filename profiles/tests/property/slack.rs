//! What holds of any text that comes in from Slack.

use relink_core::Report;
use relink_profiles::Profile;
use relink_profiles::slack::{Incoming, Kind, Slack, ack, url};
use serde_json::Value as Reference;

use super::reference;

pub(crate) fn holds(text: &str) {
    its_meaning_is_in_it(text, &reference(text));
    // Whatever it is, it is no panic.
    let _ = url::answer(text);
    let _ = ack::with_payload(&mut [0; 100], text, text);
}

fn its_meaning_is_in_it(text: &str, reference: &Result<Reference, bool>) {
    let incoming = match Slack.recognise(text) {
        Ok(incoming) => incoming,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let report = Slack::report(&incoming);
    match incoming {
        Incoming::Hello(_) => assert_eq!(report, Some(Report::Accepted)),
        Incoming::Disconnect(disconnect) => assert_eq!(report, Some(Report::Asked(disconnect.reason.verdict()))),
        Incoming::Envelope(_) | Incoming::Unreadable(_) | Incoming::Unknown(_) => assert_eq!(report, None),
    }
    match incoming {
        Incoming::Hello(_) => assert_type(reference, "hello"),
        Incoming::Disconnect(_) => assert_type(reference, "disconnect"),
        Incoming::Unknown(unknown) => {
            assert_type(reference, &unknown.kind.to_string());
            assert!(Kind::named(unknown.kind).is_none());
        }
        Incoming::Unreadable(unreadable) => can_be_acknowledged(&unreadable.id.to_string()),
        Incoming::Envelope(envelope) => {
            can_be_acknowledged(&envelope.id.to_string());
            assert_type(reference, envelope.kind.as_str());
            assert!(text.contains(envelope.payload), "the exact bytes");
            if let Ok(reference) = reference {
                assert_eq!(reference["envelope_id"], envelope.id.to_string());
                assert_eq!(reference["payload"], serde_json::from_str::<Reference>(envelope.payload).unwrap());
            }
        }
    }
}

fn assert_type(reference: &Result<Reference, bool>, expected: &str) {
    match reference {
        Ok(reference) => assert_eq!(reference["type"], expected),
        Err(too_much) => assert!(too_much),
    }
}

fn can_be_acknowledged(id: &str) {
    let mut buffer = vec![0; 6 * id.len() + 100];
    match ack::bare(&mut buffer, id) {
        Ok(ack) => assert_eq!(serde_json::from_str::<Reference>(ack).unwrap(), serde_json::json!({ "envelope_id": id })),
        Err(refused) => assert!(matches!(refused, ack::Refused::TooLarge { bytes } if bytes > id.len())),
    }
}
