//! The names that announce a secret, and the search for them.

use super::effort;

/// A name that holds one of these announces a secret.
const PARTS: [&str; 21] = [
    "accesskey",
    "apikey",
    "authorization",
    "bearer",
    "consumerkey",
    "cookie",
    "credential",
    "csrf",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "secret",
    "sessionid",
    "sharedkey",
    "signature",
    "signingkey",
    "subscriptionkey",
    "ticket",
    "token",
];

/// A name one of whose words is one of these announces a secret; as parts of words they are harmless (`author`, `ping`).
const WORDS: [&str; 12] = ["auth", "creds", "jwt", "otp", "pass", "pin", "pw", "pwd", "session", "sid", "sig", "xsrf"];

/// The names, folded: no case, no `_` and no `-`.
#[derive(Clone, Debug)]
pub(super) struct Names {
    parts: Vec<Box<[char]>>,
    words: Vec<Box<[char]>>,
    /// What a sentence says of a name, in words of its own, is no value given to it.
    pub(super) spares_prose: bool,
}

/// A name found in a text: the bytes from its first to behind its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) begin: usize,
    pub(super) end: usize,
}

impl Default for Names {
    fn default() -> Self {
        Self { parts: PARTS.map(letters).into(), words: WORDS.map(letters).into(), spares_prose: false }
    }
}

impl Names {
    /// These words and no others.
    pub(super) fn of_words(words: &[&str]) -> Self {
        Self { parts: Vec::new(), words: words.iter().map(|word| letters(word)).collect(), spares_prose: false }
    }

    pub(super) fn sparing_prose(self) -> Self {
        Self { spares_prose: true, ..self }
    }

    pub(super) fn add(&mut self, name: &str) {
        self.words.push(letters(name));
    }

    /// Whether the name of a member or a header announces a secret: by the same rule as in any other text.
    pub(super) fn is_secret(&self, name: &str) -> bool {
        self.find_all(name).next().is_some()
    }

    /// Whether this text, a value, is the name of a secret: short, and no sentence.
    pub(super) fn is_name(&self, value: &str) -> bool {
        let is_of_a_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ' | '[' | ']' | '$');
        value.len() <= NAME_BYTES_MAX && value.chars().all(is_of_a_name) && self.is_secret(value)
    }

    /// The names in the text, in order. A name without a letter is everywhere.
    pub(super) fn find_all<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Found> + 'a {
        effort::spend(text.len());
        let (places, folded): (Vec<usize>, Vec<char>) = fold(text).unzip();
        let byte = move |place: usize| places.get(place).copied().unwrap_or(text.len());
        (0..=folded.len()).filter_map(move |place| {
            let rest = folded.get(place..)?;
            let found = |name: &[char]| Found { begin: byte(place), end: byte(place + name.len()) };
            let part = self.parts.iter().find(|part| rest.starts_with(part));
            let word = || self.words.iter().find(|name| rest.starts_with(name) && stands_alone(text, found(name)));
            part.or_else(word).map(|name| found(name))
        })
    }
}

/// Names of secrets are shorter than most sentences.
const NAME_BYTES_MAX: usize = 40;

/// Whether what was found is not part of a longer word.
fn stands_alone(text: &str, Found { begin, end }: Found) -> bool {
    let (before, rest) = text.split_at_checked(begin).unwrap_or((text, ""));
    // Folding has skipped the lines behind the name.
    let name = rest.get(..end - begin).unwrap_or(rest).trim_end_matches(['_', '-']);
    effort::spend(end - begin);
    let after = rest.get(name.len()..).unwrap_or_default();
    is_between_words(before.chars().next_back(), rest) && is_between_words(name.chars().next_back(), after)
}

/// Whether a word ends with this letter, or begins behind it: at a sign, a digit or a capital (`xAuth`, `AUTHKey`, `pin2`).
fn is_between_words(before: Option<char>, rest: &str) -> bool {
    let mut rest = rest.chars();
    let (Some(before), Some(after)) = (before, rest.next()) else { return true };
    let has_letters = before.is_alphanumeric() && after.is_alphanumeric();
    let is_hump = after.is_uppercase() && (before.is_lowercase() || rest.next().is_some_and(char::is_lowercase));
    !has_letters || is_hump || before.is_numeric() != after.is_numeric()
}

fn letters(name: &str) -> Box<[char]> {
    fold(name).map(|(_, c)| c).collect()
}

/// The text without case, `_` and `-`, each character with the byte where it comes from.
fn fold(text: &str) -> impl Iterator<Item = (usize, char)> {
    let letters = text.char_indices().filter(|(_, c)| !matches!(c, '_' | '-'));
    // Up and down again: `ß` and `SS` are one.
    letters.flat_map(|(at, c)| c.to_uppercase().flat_map(char::to_lowercase).map(move |folded| (at, folded)))
}
