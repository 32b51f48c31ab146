//! The redaction of URLs, alone and in the middle of a text: who, and every value behind `?`, `#` and `;`, is hidden.

use super::{HIDDEN, effort};

/// The text with the secrets of its URLs hidden.
pub(super) fn shown(text: &str) -> String {
    effort::spend(text.len());
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        shown.extend([before, "://"]);
        let end = after.find(ends_url).unwrap_or(after.len());
        let (url, behind) = after.split_at(end);
        push_url(&mut shown, url);
        rest = behind;
    }
    shown.push_str(rest);
    shown
}

/// A text that is a URL as a whole, or a part of one (`/path?query`).
pub(super) fn shown_alone(url: &str) -> String {
    effort::spend(url.len());
    let mut shown = String::with_capacity(url.len());
    push_url(&mut shown, url);
    shown
}

fn ends_url(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '<' | '>' | '`' | '\\' | '{' | '}' | '|')
}

/// A URL, or what stands behind its scheme. The path may hold another one.
fn push_url(shown: &mut String, url: &str) {
    let (head, parameters) = url.split_at(url.find(['?', '#']).unwrap_or(url.len()));
    let mut rest = head;
    loop {
        let (part, behind) = rest.split_at(rest.find("//").map_or(rest.len(), |at| at + "//".len()));
        let (authority, path) = part.split_at(part.find('/').unwrap_or(part.len()));
        match authority.rsplit_once('@') {
            Some((_, host)) => shown.extend([HIDDEN, "@", host]),
            None => shown.push_str(authority),
        }
        if let Some(at) = path.find(';') {
            let (before, parameters) = rest.split_at(authority.len() + at);
            shown.push_str(&before[authority.len()..]);
            push_parameters(shown, parameters);
            break;
        }
        shown.push_str(path);
        rest = behind;
        if rest.is_empty() {
            break;
        }
    }
    push_parameters(shown, parameters);
}

fn push_parameters(shown: &mut String, parameters: &str) {
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
