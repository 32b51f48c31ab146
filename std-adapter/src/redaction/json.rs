//! The redaction of JSON: member by member, valid as a whole or not shown at all.

use json_event_parser::{JsonEvent, SliceJsonParser, WriterJsonSerializer};

use super::names::Names;
use super::pairs::{self, Hides};
use super::{HIDDEN, effort, shown as shown_text, url};

/// The text with its secrets hidden; `None` if it is not JSON.
pub(super) fn shown(names: &Names, text: &str, nested: u32) -> Option<String> {
    let objects = pairs::announced(names, text)?;
    effort::spend(text.len());
    let mut parser = SliceJsonParser::new(text.as_bytes());
    let mut copy = WriterJsonSerializer::new(Vec::new());
    let mut reader = Reader { names, objects: objects.into_iter(), open: Vec::new(), hide: false, hidden_depth: 0 };
    loop {
        let event = parser.parse_next().ok()?;
        let is_hidden = match reader.read(&event) {
            Part::Shown => false,
            Part::Hidden => true,
            Part::OfHidden => continue,
        };
        let copied = match event {
            JsonEvent::Eof => break,
            _ if is_hidden => JsonEvent::String(HIDDEN.into()),
            JsonEvent::ObjectKey(name) => JsonEvent::ObjectKey(url::shown(&name).into()),
            JsonEvent::String(text) => JsonEvent::String(shown_text(names, &text, nested + 1).into()),
            JsonEvent::Number(_) | JsonEvent::Boolean(_) | JsonEvent::Null => event,
            JsonEvent::StartArray | JsonEvent::EndArray | JsonEvent::StartObject | JsonEvent::EndObject => event,
        };
        copy.serialize_event(copied).ok()?;
    }
    copy.finish().ok().and_then(|bytes| String::from_utf8(bytes).ok())
}

/// Follows the text, and knows what is a secret.
struct Reader<'a> {
    names: &'a Names,
    /// What is hidden of the objects to come.
    objects: std::vec::IntoIter<Hides>,
    open: Vec<Open>,
    /// What comes next is the value of a secret.
    hide: bool,
    /// How many arrays and objects of a hidden value are open.
    hidden_depth: u32,
}

enum Open {
    Array,
    /// What is hidden of it, and how many members were seen.
    Object(Hides, usize),
}

enum Part {
    Shown,
    /// The beginning of a secret.
    Hidden,
    /// The rest of one.
    OfHidden,
}

impl Reader<'_> {
    fn read(&mut self, event: &JsonEvent<'_>) -> Part {
        let begun = match event {
            JsonEvent::StartArray => Some(Open::Array),
            JsonEvent::StartObject => Some(Open::Object(self.objects.next().unwrap_or(Hides::Nothing), 0)),
            JsonEvent::String(_) | JsonEvent::Number(_) | JsonEvent::Boolean(_) | JsonEvent::Null => None,
            JsonEvent::EndArray | JsonEvent::EndObject | JsonEvent::ObjectKey(_) | JsonEvent::Eof => None,
        };
        let ends = matches!(event, JsonEvent::EndArray | JsonEvent::EndObject);
        if self.hidden_depth > 0 && *event != JsonEvent::Eof {
            self.hidden_depth = self.hidden_depth.saturating_add(begun.is_some().into()).saturating_sub(ends.into());
            return Part::OfHidden;
        }
        if std::mem::take(&mut self.hide) && !ends {
            self.hidden_depth = begun.is_some().into();
            return Part::Hidden;
        }
        self.hide = self.announces(event);
        if ends {
            self.open.pop();
        }
        self.open.extend(begun);
        Part::Shown
    }

    /// Whether the value that comes next is a secret: by its member's name, by what that member stands beside, or by the name
    /// before it in a list (`["token","…"]`).
    fn announces(&mut self, event: &JsonEvent<'_>) -> bool {
        match (event, self.open.last_mut()) {
            (JsonEvent::ObjectKey(name), Some(Open::Object(hides, members))) => {
                *members += 1;
                let is_announced = match *hides {
                    Hides::Nothing => false,
                    Hides::Values => pairs::holds_value(name),
                    Hides::AllBut(member) => *members != member,
                };
                is_announced || self.names.is_secret(name)
            }
            (JsonEvent::String(value), Some(Open::Array)) => self.names.is_name(value),
            _ => false,
        }
    }
}
