//! Owns the redaction of JSON: member by member, valid as a whole or not shown at all.

use json_event_parser::{JsonEvent, SliceJsonParser, WriterJsonSerializer};

use super::names::Names;
use super::{HIDDEN, shown as shown_text, url};

/// The text with its secrets hidden; `None` if it is not JSON.
pub(super) fn shown(names: &Names, text: &str, nested: u32) -> Option<String> {
    let mut parser = SliceJsonParser::new(text.as_bytes());
    let mut copy = WriterJsonSerializer::new(Vec::new());
    // The member before was a secret's name: its value is to be hidden.
    let mut hide = false;
    // How many arrays and objects of a hidden value are open.
    let mut hidden_depth = 0_u32;
    loop {
        let event = parser.parse_next().ok()?;
        let opens = matches!(event, JsonEvent::StartArray | JsonEvent::StartObject);
        let closes = matches!(event, JsonEvent::EndArray | JsonEvent::EndObject);
        if hidden_depth > 0 && event != JsonEvent::Eof {
            hidden_depth = hidden_depth.saturating_add(opens.into()).saturating_sub(closes.into());
            continue;
        }
        let copied = match event {
            JsonEvent::Eof => break,
            _ if hide => {
                (hide, hidden_depth) = (false, opens.into());
                JsonEvent::String(HIDDEN.into())
            }
            JsonEvent::ObjectKey(name) => {
                hide = names.is_secret(&name);
                JsonEvent::ObjectKey(url::shown(&name).into())
            }
            JsonEvent::String(text) => JsonEvent::String(shown_text(names, &text, nested + 1).into()),
            JsonEvent::Number(_) | JsonEvent::Boolean(_) | JsonEvent::Null => event,
            JsonEvent::StartArray | JsonEvent::EndArray | JsonEvent::StartObject | JsonEvent::EndObject => event,
        };
        copy.serialize_event(copied).ok()?;
    }
    copy.finish().ok().and_then(|bytes| String::from_utf8(bytes).ok())
}
