//! Owns the redaction of URLs, alone and in the middle of a text: who, and every value behind `?` and `#`, is hidden.

use super::HIDDEN;

/// The text with the secrets of its URLs hidden.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        shown.push_str(before);
        shown.push_str("://");
        let end = after.find(ends_url).unwrap_or(after.len());
        let (url, behind) = after.split_at(end);
        push_url(&mut shown, url);
        rest = behind;
    }
    shown.push_str(rest);
    shown
}

fn ends_url(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '<' | '>' | '`' | '\\' | '{' | '}' | '|')
}

/// What stands behind `://`.
fn push_url(shown: &mut String, url: &str) {
    let host_end = url.find(['/', '?', '#']).unwrap_or(url.len());
    let (authority, rest) = url.split_at(host_end);
    match authority.rsplit_once('@') {
        Some((_, host)) => shown.extend([HIDDEN, "@", host]),
        None => shown.push_str(authority),
    }
    let path_end = rest.find(['?', '#']).unwrap_or(rest.len());
    let (path, parameters) = rest.split_at(path_end);
    shown.push_str(path);
    for parameter in parameters.split_inclusive(['?', '#', '&', ';']) {
        push_parameter(shown, parameter);
    }
}

/// One parameter and the sign behind it.
fn push_parameter(shown: &mut String, parameter: &str) {
    let (value, sign) = match parameter.char_indices().next_back() {
        Some((at, '?' | '#' | '&' | ';')) => parameter.split_at(at),
        Some(_) | None => (parameter, ""),
    };
    match value.split_once('=') {
        Some((name, _)) => shown.extend([name, "=", HIDDEN]),
        None if value.is_empty() => {}
        None => shown.push_str(HIDDEN),
    }
    shown.push_str(sign);
}
