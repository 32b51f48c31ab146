//! Owns the names that announce a secret, and the search for them.

/// A name that holds one of these announces a secret.
const PARTS: [&str; 14] = [
    "accesskey",
    "apikey",
    "authorization",
    "cookie",
    "credential",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "secret",
    "sessionid",
    "signature",
    "ticket",
    "token",
];

/// A name that is one of these announces a secret; as parts of longer names they are harmless (`author`, `ping`).
const WHOLE: [&str; 8] = ["auth", "jwt", "otp", "pin", "pwd", "session", "sid", "sig"];

/// The names, folded: no case, no `_` and no `-`.
#[derive(Clone, Debug)]
pub(super) struct Names {
    parts: Vec<Box<[char]>>,
    whole: Vec<Box<[char]>>,
}

/// A name found in a text: the bytes from its first to behind its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) begin: usize,
    pub(super) end: usize,
}

impl Default for Names {
    fn default() -> Self {
        Self { parts: PARTS.map(letters).into(), whole: WHOLE.map(letters).into() }
    }
}

impl Names {
    pub(super) fn add(&mut self, name: &str) {
        self.whole.push(letters(name));
    }

    pub(super) fn is_secret(&self, name: &str) -> bool {
        let name = letters(name);
        let holds = |part: &[char]| name.windows(part.len()).any(|window| window == part);
        self.whole.contains(&name) || self.parts.iter().any(|part| holds(part))
    }

    /// The names in the text, in order. A name without a letter is everywhere.
    pub(super) fn find_all<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Found> + 'a {
        let (places, folded): (Vec<usize>, Vec<char>) = fold(text).unzip();
        let byte = move |place: usize| places.get(place).copied().unwrap_or(text.len());
        (0..=folded.len()).filter_map(move |place| {
            let rest = folded.get(place..)?;
            let found = |name: &[char]| Found { begin: byte(place), end: byte(place + name.len()) };
            let part = self.parts.iter().find(|part| rest.starts_with(part));
            let whole = || self.whole.iter().find(|name| rest.starts_with(name) && stands_alone(text, found(name), name));
            part.or_else(whole).map(|name| found(name))
        })
    }
}

/// Whether what was found is not part of a longer word.
fn stands_alone(text: &str, Found { begin, end }: Found, name: &[char]) -> bool {
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let before = text.get(..begin).and_then(|before| before.chars().next_back());
    // Folding has skipped the lines behind the name.
    let name_end = text.get(..end).map_or(end, |upto| upto.trim_end_matches(['_', '-']).len());
    let after = text.get(name_end..).and_then(|after| after.chars().next());
    let goes_on = is_letter(after) && is_letter(name.last().copied());
    let went_on = is_letter(before) && is_letter(name.first().copied());
    !goes_on && !went_on
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
