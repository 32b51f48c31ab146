//! Owns the parting of scenario files into their halves, for programs that are told the left ones and must say the right ones.

use alloc::string::String;
use alloc::vec::Vec;

use relink_notation::split_comment;

use super::failure::{Failure, Wrong};
use super::spoken::{self, Read};

/// A line without its claims, comments and needless blanks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halves {
    /// What happens: a step, or the line that begins a scenario.
    pub left: String,
    /// What must follow; nothing follows the line that begins a scenario.
    pub right: Option<String>,
}

/// The halves of a file's lines. The messages of a protocol are put into the reports that they are, and the file's profile into the
/// keys of its links: who is told the left halves knows no protocol.
///
/// # Errors
/// The first line whose profile or message is not understood.
pub fn halves(text: &str) -> Result<Vec<Halves>, Failure> {
    let mut profile = None;
    let mut parted = Vec::new();
    for (text, number) in text.lines().zip(1_u32..) {
        match spoken::read(text, profile).map_err(|wrong: Wrong| Failure::at(number, wrong))? {
            Read::Profile(named) => profile = Some(named),
            Read::Line(line) => parted.extend(part(&line)),
        }
    }
    Ok(parted)
}

fn part(line: &str) -> Option<Halves> {
    let (body, _) = split_comment(line);
    let is_said = !matches!(body.split_whitespace().next(), None | Some("never" | "always"));
    let (left, right) = body.split_once("->").map_or((body, None), |(left, right)| (left, Some(right)));
    is_said.then(|| Halves { left: plain(left), right: right.map(plain) })
}

/// The same words with one blank between them.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use alloc::borrow::ToOwned;

    use super::{Halves, halves};

    const FILE: &str = r#"# A comment -> of two halves.
profile slack
link acceptance=7s   # its own value
never open #2
at 0s start   -> connecting  open #1  10s
  or at 1s text {"type":"disconnect","reason":"warning"}  -> a   b
"#;

    #[test]
    fn a_left_half_knows_no_protocol_and_no_right_half() {
        let parted = halves(FILE).expect("the file is understood");
        let [link, step, or] = parted.as_slice() else { panic!("three lines: {parted:?}") };
        assert!(link.left.starts_with("link acceptance=7s opening="), "{link:?}");
        assert_eq!((&link.right, link.left.matches("acceptance").count()), (&None, 1));
        assert_eq!(*step, Halves { left: "at 0s start".to_owned(), right: Some("connecting open #1 10s".to_owned()) });
        assert_eq!(or.right.as_deref(), Some("a b"));
        assert!(or.left.starts_with("or at 1s asked renew"), "{or:?}");
    }
}
