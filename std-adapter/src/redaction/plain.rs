//! The redaction of text that is not JSON: shown up to what may announce a secret.

use super::names::{Found, Names};
use super::pairs::holding;
use super::{HIDDEN, effort, url};

/// The text up to what may announce a secret, the values in its URLs hidden.
pub(super) fn shown(names: &Names, text: &str) -> String {
    let text = url::shown(text);
    // Quotes and braces: this may be JSON in the middle of something, or broken; names may be disguised by escapes. Braces alone
    // are in many an error.
    let is_structured = text.contains(['"', '\\']) || (!names.spares_prose && text.contains('{'));
    let cut = if is_structured { first_name(names, &text) } else { first_value(names, &text) };
    match cut.and_then(|cut| text.get(..cut)) {
        Some(before) => format!("{before}{HIDDEN}"),
        None => text,
    }
}

/// Behind the first name, or at the first backslash: it may hide one. Or behind the first word for a value: either may be the name
/// of that.
fn first_name(names: &Names, text: &str) -> Option<usize> {
    let behind = |names: &Names| names.find_all(text).next().map(|found| found.end);
    let name = behind(names).into_iter().chain(text.find('\\')).min()?;
    behind(holding()).into_iter().chain([name]).min()
}

/// Behind the first name that something is given to: `password=…`, `Authorization: …`, `<token>…`, `Bearer …`. Or to the first word
/// for a value, if there is a name: `value=…&name=token`.
fn first_value(names: &Names, text: &str) -> Option<usize> {
    let beside = if names.is_secret(text) { given(holding(), text) } else { None };
    let bearer = text.to_ascii_lowercase().find(BEARER).map(|at| at + BEARER.len());
    given(names, text).into_iter().chain(beside).chain(bearer).min()
}

const BEARER: &str = "bearer ";

/// Where the first value begins that is given to one of these names.
fn given(names: &Names, text: &str) -> Option<usize> {
    // With nothing but what may stand between a name and its value, the sign behind several names is the same one.
    let mut sign: Option<Sign> = None;
    names.find_all(text).find_map(|found| {
        let sign = match sign {
            Some(sign) if found.end <= sign.at => sign,
            Some(_) | None => *sign.insert(Sign::behind(names, text, found)?),
        };
        if found.end < sign.spared_before { None } else { sign.value_at }
    })
}

/// The first sign behind a name that belongs neither to it nor to what may stand in between (`token[0]`, `user%5Btoken%5D`).
#[derive(Clone, Copy)]
struct Sign {
    at: usize,
    /// Where the value begins, if the sign gives one.
    value_at: Option<usize>,
    /// It gives none to names that end before.
    spared_before: usize,
}

impl Sign {
    fn behind(names: &Names, text: &str, found: Found) -> Option<Self> {
        let rest = text.get(found.end..)?;
        let is_dot = |at: usize| rest[at..].strip_prefix('.').is_some_and(|behind| behind.starts_with(char::is_alphanumeric));
        let is_between = |c: char| c.is_alphanumeric() || c.is_whitespace() || matches!(c, '_' | '-' | '\'' | '[' | ']' | ')' | '%');
        let sign = rest.char_indices().find(|&(at, c)| !is_between(c) && !is_dot(at));
        let (between, behind) = rest.split_at(sign.map_or(rest.len(), |(at, _)| at));
        effort::spend(between.len());
        let at = found.end + between.len();
        let value = behind.strip_prefix(['=', ':', '>']).filter(|value| !value.starts_with(HIDDEN));
        let is_prose = names.spares_prose && behind.starts_with(':') && value.is_some_and(is_prose);
        let last_word = between.trim_end().rfind(char::is_whitespace).map_or(0, |blank| found.end + blank + 1);
        Some(Self { at, value_at: value.map(|_| at + 1), spared_before: if is_prose { last_word } else { 0 } })
    }
}

/// Whether a sentence goes on here, as in "the token was revoked: generate another one".
fn is_prose(value: &str) -> bool {
    let is_plain = |word: &str| word.chars().all(|c| c.is_lowercase() || matches!(c, '-' | '\'' | ','));
    let mut words = value.split_whitespace();
    value.starts_with(' ') && words.next().is_some_and(is_plain) && words.next().is_some_and(is_plain)
}
