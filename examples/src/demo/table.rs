//! Owns the table at the end: what others do, what relink did, and whether it met its bounds.

use comfy_table::{Table, presets};

use super::measure::SLACK;
use super::outcome::{Bound, Other, Outcome};
use super::paint::{Page, Tone};
use super::scenes::Scene;
use crate::wording::seconds;
use crate::wrap::lines;

/// Borders and padding of four columns.
const FRAME: usize = 13;

/// The table.
pub(crate) fn render(page: &Page, scenes: &[&'static Scene], outcomes: &[Outcome]) -> String {
    let names = scenes.iter().map(|scene| scene.name.len()).max().unwrap_or_default();
    let room = page.width().saturating_sub(FRAME + names.max("scene".len()));
    let (others, bounds) = (room * 36 / 100, room * 30 / 100);
    let relink = room - others - bounds;
    let mut table = Table::new();
    let style = if page.is_drawn() { presets::UTF8_FULL.with_rounded_corners().with_solid_inner_borders() } else { presets::ASCII_FULL };
    table.load_style(style);
    table.set_header(["scene", "others do", "relink did", "relink's bounds"]);
    for (scene, outcome) in scenes.iter().zip(outcomes) {
        let told = outcome.others.iter().map(|other| match other {
            Other::Measured(text) => text.clone(),
            Other::Quoted(text) => format!("quoted: {text}"),
        });
        table.add_row([
            scene.name.to_owned(),
            cell(told, others),
            cell(outcome.relink.iter().cloned(), relink),
            cell(outcome.bounds.iter().map(|bound| judged(page, bound)), bounds),
        ]);
    }
    coloured(page, &table.to_string())
}

/// What is to be known about the table, and the bounds that concern all scenes.
pub(crate) fn notes(page: &Page, bounds: &[&Bound]) -> String {
    let quoted = "\"quoted\": measured or read in November 2026, not in this run; all else was measured in this run";
    let obvious = "\"obvious loop\": dial, read, dial again, over tokio-tungstenite 0.30; it is what people write first";
    let slack = format!("a time is allowed {} more than its bound: servers, clients and measuring share a few cores", seconds(SLACK));
    let aside = |text: &str| lines(text, page.width(), "").iter().map(|line| page.toned(Tone::Aside, line)).collect::<Vec<_>>().join("\n");
    let judged = bounds.iter().map(|bound| page.toned(if bound.met { Tone::Good } else { Tone::Bad }, &judged(page, bound)));
    let judged = judged.collect::<Vec<_>>().join("\n");
    format!("{}\n{}\n{}\n\n{judged}", aside(quoted), aside(obvious), aside(&slack))
}

/// Paragraphs one below the other, the second line of each indented.
fn cell(paragraphs: impl Iterator<Item = String>, width: usize) -> String {
    paragraphs.flat_map(|text| lines(&text, width, "  ")).collect::<Vec<_>>().join("\n")
}

fn judged(page: &Page, bound: &Bound) -> String {
    let sign = match (bound.met, page.is_drawn()) {
        (true, true) => "✓",
        (false, true) => "✗",
        (true, false) => "ok",
        (false, false) => "MISSED",
    };
    format!("{sign} {}", bound.text)
}

/// Dims the lines and colours the signs of a table that is drawn.
fn coloured(page: &Page, table: &str) -> String {
    if !page.is_drawn() {
        return table.to_owned();
    }
    let tone = |letter| match letter {
        '✓' => Tone::Good,
        '✗' => Tone::Bad,
        '\u{2500}'..='\u{257f}' => Tone::Aside,
        _ => Tone::Plain,
    };
    let mut text = String::new();
    let mut letters = table.chars().peekable();
    while let Some(first) = letters.next() {
        let mut run = String::from(first);
        while let Some(letter) = letters.next_if(|letter| tone(*letter) == tone(first)) {
            run.push(letter);
        }
        text += &page.toned(tone(first), &run);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::scenes::SCENES;

    #[test]
    fn what_was_not_measured_says_so_in_its_cell() {
        let others = vec![Other::Measured("five dials".to_owned()), Other::Quoted("seven dials")];
        let outcome = Outcome { others, relink: vec!["one dial".to_owned()], bounds: vec![Bound::new("one dial", true)] };
        let table = render(&Page::new(), &[&SCENES[0]], &[outcome]);
        let cells = table.replace(['|', '│'], "");
        let cells = cells.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(cells.contains("quoted: seven dials") && !cells.contains("quoted: five dials"), "{table}");
    }
}
