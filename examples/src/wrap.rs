//! Owns the breaking of texts into lines.

use textwrap::Options;

/// Breaks a text at words into lines of this width; a second and later line begins with `indent`.
pub(crate) fn lines(text: &str, width: usize, indent: &str) -> Vec<String> {
    let glued = glued(text);
    let lines = textwrap::wrap(&glued, Options::new(width).subsequent_indent(indent));
    lines.into_iter().map(|line| line.replace(GLUE, " ")).collect()
}

/// A space at which no line is broken.
const GLUE: char = '\u{a0}';

/// Keeps a number and its unit together: `1.5 s`.
fn glued(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let is_glue = |index: usize| {
        let after = letters.get(index + 2).copied();
        letters[index] == ' '
            && index.checked_sub(1).is_some_and(|before| letters[before].is_ascii_digit())
            && letters.get(index + 1) == Some(&'s')
            && !after.is_some_and(char::is_alphanumeric)
    };
    (0..letters.len()).map(|index| if is_glue(index) { GLUE } else { letters[index] }).collect()
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn a_number_stays_with_its_unit() {
        assert_eq!(lines("waits for 1.5 s, not 10 s", 12, ""), ["waits for", "1.5 s, not", "10 s"]);
        assert_eq!(lines("of 4 servers", 9, "  "), ["of 4", "  servers"], "only a unit is kept");
    }

    #[test]
    fn lines_are_no_longer_than_asked_for() {
        assert_eq!(lines("", 10, ""), [""]);
        let text = "the peer answered the upgrade with HTTP 409 Conflict: another connection stands in the way";
        assert!(lines(text, 20, "  ").iter().all(|line| line.len() <= 20));
    }
}
