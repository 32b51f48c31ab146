//! The secrets whose name is a value itself: `{"name":"token","value":"…"}`, found before anything is shown.

use std::sync::LazyLock;

use json_event_parser::{JsonEvent, SliceJsonParser};

use super::effort;
use super::names::Names;

/// What of an object's members is hidden because one of them holds the name of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hides {
    Nothing,
    /// Those that hold values.
    Values,
    /// All but this one, which says in so many words that it is the name.
    AllBut(usize),
}

/// What is hidden of each object of the text, in the order in which they begin; `None` if it is not JSON.
pub(super) fn announced(names: &Names, text: &str) -> Option<Vec<Hides>> {
    effort::spend(text.len());
    let mut parser = SliceJsonParser::new(text.as_bytes());
    let mut objects = Vec::new();
    // The objects and arrays that are open; of an object its number, how many members were seen, and whether the last one names.
    let mut open: Vec<Option<(usize, usize, bool)>> = Vec::new();
    loop {
        match parser.parse_next().ok()? {
            JsonEvent::Eof => return Some(objects),
            JsonEvent::StartObject => {
                open.push(Some((objects.len(), 0, false)));
                objects.push(Hides::Nothing);
            }
            JsonEvent::StartArray => open.push(None),
            JsonEvent::EndObject | JsonEvent::EndArray => {
                open.pop();
            }
            JsonEvent::ObjectKey(name) => {
                if let Some(Some((_, members, names_something))) = open.last_mut() {
                    *members += 1;
                    *names_something = is_one_of(&NAMING, &name);
                }
            }
            JsonEvent::String(value) => {
                if let Some(Some((object, members, names_something))) = open.last()
                    && let Some(hides) = objects.get_mut(*object)
                    && !matches!(hides, Hides::AllBut(_))
                    && names.is_name(&value)
                {
                    *hides = if *names_something { Hides::AllBut(*members) } else { Hides::Values };
                }
            }
            JsonEvent::Number(_) | JsonEvent::Boolean(_) | JsonEvent::Null => {}
        }
    }
}

/// Members that say what something is called.
const NAMING: [&str; 9] = ["name", "key", "header", "field", "param", "parameter", "variable", "k", "n"];

/// Members that hold something named elsewhere.
const HOLDING: [&str; 7] = ["value", "values", "val", "v", "data", "content", "default"];

/// Whether a member of this name holds a value that another one names.
pub(super) fn holds_value(name: &str) -> bool {
    is_one_of(&HOLDING, name)
}

/// The words for a value.
pub(super) fn holding() -> &'static Names {
    static NAMES: LazyLock<Names> = LazyLock::new(|| Names::of_words(&HOLDING));
    &NAMES
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|other| other.eq_ignore_ascii_case(name))
}
