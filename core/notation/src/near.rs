//! The guess which word was meant by one that does not exist.

/// Fewer letters than this begin too many words.
const BEGINNING_MIN: usize = 3;

/// The one of these words that was most likely meant: the same, one slip of the fingers away, or begun like this.
pub(crate) fn near<'a>(text: &str, mut words: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let same = words.clone().find(|word| *word == text);
    let slipped = || words.clone().find(|word| is_one_slip(text, word));
    same.or_else(slipped).or_else(|| words.find(|word| text.len() >= BEGINNING_MIN && word.starts_with(text)))
}

/// Whether the two differ in one letter that is wrong, missing or too much, or in two neighbours that changed places, or not at all.
fn is_one_slip(text: &str, word: &str) -> bool {
    let same = |(a, b): &(char, char)| a == b;
    let front: usize = text.chars().zip(word.chars()).take_while(same).map(|(a, _)| a.len_utf8()).sum();
    let (Some(text), Some(word)) = (text.get(front..), word.get(front..)) else { return false };
    let back: usize = text.chars().rev().zip(word.chars().rev()).take_while(same).map(|(a, _)| a.len_utf8()).sum();
    let middle = |text: &str| text.len().checked_sub(back).and_then(|end| text.get(..end)).map(|middle| (count(middle), ends(middle)));
    match (middle(text), middle(word)) {
        (Some((0..=1, _)), Some((0..=1, _))) => true,
        (Some((2, Some((a, b)))), Some((2, Some((c, d))))) => (a, b) == (d, c),
        (Some(_) | None, _) => false,
    }
}

fn count(text: &str) -> usize {
    text.chars().count()
}

fn ends(text: &str) -> Option<(char, char)> {
    text.chars().next().zip(text.chars().next_back())
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn what_was_meant_is_one_slip_away_or_begun_like_this() {
        let words = ["opening", "ping", "pong", "retry-after-max", "lifetime"];
        for (text, meant) in [
            ("pin", Some("ping")),
            ("pnig", Some("ping")),
            ("pingg", Some("ping")),
            ("pong", Some("pong")),
            ("opning", Some("opening")),
            ("retry-after", Some("retry-after-max")),
            ("retry_after-max", Some("retry-after-max")),
            ("lif", Some("lifetime")),
            ("li", None),
            ("", None),
            ("lief", None),
            ("gnip", None),
            ("pö", None),
            ("pöng", Some("ping")),
        ] {
            assert_eq!(near(text, words.into_iter()), meant, "{text}");
        }
    }
}
