//! Owns a line of the timeline: its time, its head, and a text that goes on below itself where the width is known.

use std::time::Duration;

use anstyle::Style;

use crate::wording::counted;
use crate::wrap::lines;

/// Where the head begins.
const INDENT: usize = 12;
/// However narrow the page is.
const ROOM_MIN: usize = 20;
/// A message that takes more lines is shortened.
const MESSAGE_LINES_MAX: usize = 4;

/// A line of the timeline.
pub(super) struct Row<'a> {
    /// What it begins with, in its style.
    pub(super) head: &'a str,
    pub(super) style: Style,
    /// What it tells, in its style.
    pub(super) text: String,
    pub(super) text_style: Style,
}

impl Row<'_> {
    /// The line at this time, with escapes for its colours; whole where no width is known, for files and other programs.
    pub(super) fn shown(&self, at: Duration, width: Option<usize>) -> String {
        let Self { head, style, text, text_style } = self;
        let indent = INDENT + head.chars().count();
        let texts = width.map_or_else(|| vec![text.clone()], |width| lines(text, room(width, head), ""));
        let text = texts.iter().map(|text| format!("{text_style}{text}{text_style:#}")).collect::<Vec<_>>();
        format!("{:8.2} s  {style}{head}{style:#}{}", at.as_secs_f64(), text.join(&format!("\n{:indent$}", "")))
    }
}

fn room(width: usize, head: &str) -> usize {
    width.saturating_sub(INDENT + head.chars().count()).max(ROOM_MIN)
}

/// A message behind this head as it is shown: what comes from elsewhere must not steer the terminal, nor fill it.
pub(super) fn message(text: &str, head: &str, width: Option<usize>) -> String {
    let Some(width) = width else { return harmless(text) };
    let room = room(width, head) * MESSAGE_LINES_MAX;
    // Each letter takes at least one place: no more than these are looked at.
    let begin: String = text.chars().take(room + 1).collect();
    let shown = harmless(&begin);
    if begin.len() == text.len() && shown.chars().count() <= room {
        return shown;
    }
    let tail = format!("… ({})", counted(text.len(), "byte"));
    // The lines end at words: one of them is left for the gaps.
    let kept = room.saturating_sub(room / MESSAGE_LINES_MAX + tail.chars().count());
    shown.chars().take(kept).chain(tail.chars()).collect()
}

/// The text with its control characters written out.
pub(super) fn harmless(text: &str) -> String {
    let shown = |c: char| if c.is_control() && c != '\t' { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(head: &str, text: &str, width: Option<usize>) -> String {
        Row { head, style: Style::new(), text: text.to_owned(), text_style: Style::new() }.shown(Duration::from_millis(1234), width)
    }

    #[test]
    fn a_text_goes_on_below_itself() {
        let text = "the peer answered the upgrade with HTTP 503; next dial in 1.5 s";
        let expected = "    1.23 s  backoff  the peer answered the\n                     upgrade with HTTP 503;\n                     next dial in 1.5 s";
        assert_eq!(row("backoff  ", text, Some(44)), expected);
        assert_eq!(row("backoff  ", text, None), format!("    1.23 s  backoff  {text}"));
    }

    #[test]
    fn a_long_message_is_shortened_where_a_person_reads() {
        let long = "x".repeat(100_000);
        assert_eq!(message(&long, "<- ", None), long);
        let shown = message(&long, "<- ", Some(80));
        assert!(shown.ends_with("x… (100,000 bytes)"), "{shown}");
        assert!(row("<- ", &shown, Some(80)).lines().count() <= MESSAGE_LINES_MAX);
        let short = "y".repeat(4 * 65);
        assert_eq!(message(&short, "<- ", Some(80)), short);
        assert_eq!(message("\u{1b}[2J", "<- ", Some(80)), r"\u{1b}[2J");
        let words = "ab cde ".repeat(100);
        assert!(row("<- ", &message(&words, "<- ", Some(80)), Some(80)).lines().count() <= MESSAGE_LINES_MAX);
    }
}
