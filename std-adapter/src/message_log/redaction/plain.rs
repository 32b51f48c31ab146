//! Owns the redaction of text that is not JSON: shown up to what may announce a secret.

use super::names::{Found, Names};
use super::{HIDDEN, url};

/// The text up to what may announce a secret, the values in its URLs hidden.
pub(super) fn shown(names: &Names, text: &str) -> String {
    let text = url::shown(text);
    // Quotes and braces: this may be JSON in the middle of something, or broken; names may be disguised by escapes.
    let is_structured = text.contains(['{', '"', '\\']);
    let cut = if is_structured { first_name(names, &text) } else { first_value(names, &text) };
    match cut.and_then(|cut| text.get(..cut)) {
        Some(before) => format!("{before}{HIDDEN}"),
        None => text,
    }
}

/// Behind the first name, or at the first backslash.
fn first_name(names: &Names, text: &str) -> Option<usize> {
    let name = names.find_all(text).next().map(|found| found.end);
    name.into_iter().chain(text.find('\\')).min()
}

/// Behind the first name that something is given to: `password=…`, `Authorization: …`, `Bearer …`.
fn first_value(names: &Names, text: &str) -> Option<usize> {
    let given = names.find_all(text).find_map(|found| value_behind(text, found));
    let bearer = text.to_ascii_lowercase().find(BEARER).map(|at| at + BEARER.len());
    given.into_iter().chain(bearer).min()
}

const BEARER: &str = "bearer ";

fn value_behind(text: &str, found: Found) -> Option<usize> {
    let rest = text.get(found.end..)?;
    let sign = rest.find(|c: char| !(c.is_alphanumeric() || c.is_whitespace() || matches!(c, '_' | '-' | '\'' | ']' | ')')))?;
    let value = rest.get(sign..)?.strip_prefix(['=', ':'])?;
    let is_hidden = value.starts_with(HIDDEN);
    (!is_hidden).then_some(found.end + sign + 1)
}
