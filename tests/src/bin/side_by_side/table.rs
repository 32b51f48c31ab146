//! Owns the table as Markdown.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::client::Client;
use crate::figure::Figure;
use crate::row::Row;

/// All figures, by row and by the client's place.
pub(crate) type Figures = BTreeMap<(Row, usize), Figure>;

const HEADING: &str = "\
<!-- Written by tests/side-by-side/run.sh --write. -->
# relink beside Slack's official Socket Mode clients

The same faults, from a fake Slack on loopback in real time; each client as it is installed, with its own defaults. Nearly all
figures are what the fake Slack saw; only what was handed out again, and what was refused, the clients' handlers say. Every run asserts the
bounds in `tests/src/bin/side_by_side/row.rs`; times differ a little from run to run.
";

/// The file with the tables: what a reader in a hurry should see, and all.
pub(crate) fn document(figures: &Figures) -> String {
    format!("{HEADING}\n## In short\n\n{}\n## Everything\n\n{}", markdown(figures, &Row::IN_SHORT), markdown(figures, &Row::ALL))
}

/// The table of these rows, as far as there are figures.
pub(crate) fn markdown(figures: &Figures, rows: &[Row]) -> String {
    let names = Client::ALL.map(Client::name);
    let mut text = format!("| | | {} |\n|---|---|{}\n", names.join(" | "), "---|".repeat(names.len()));
    for &row in rows {
        let (happens, counted) = row.question();
        let cells: Vec<String> =
            (0..names.len()).map(|place| figures.get(&(row, place)).map_or_else(String::new, ToString::to_string)).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            let _ = writeln!(text, "| {happens} | {counted} | {} |", cells.join(" | "));
        }
    }
    text
}

/// What is asked in the tables: their heads, and of each row what happens and what is counted. It is the same in every run.
pub(crate) fn questions(markdown: &str) -> Vec<String> {
    let question =
        |line: &str| if line.starts_with("| | |") { line.to_owned() } else { line.split('|').take(3).collect::<Vec<_>>().join("|") };
    markdown.lines().filter(|line| line.starts_with('|')).map(question).collect()
}

/// What is not as it must be, a line each.
pub(crate) fn misses(figures: &Figures) -> Vec<String> {
    let missed = |(&(row, place), figure): (&(Row, usize), &Figure)| {
        let client = *Client::ALL.get(place)?;
        let (happens, counted) = row.question();
        let told = |expected: String| Some(format!("{}: {happens}: {counted}: {figure}, expected {expected}", client.name()));
        if let Some(words) = row.last_words(client).filter(|words| !figure.to_string().contains(words)) {
            return told(words.to_owned());
        }
        let (least, most) = row.bounds(client)?;
        let value = figure.value();
        if value < least || value > most { told(format!("{least} to {most}")) } else { None }
    };
    figures.iter().filter_map(missed).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn figures(row: Row, figure: Figure) -> Figures {
        (0..Client::ALL.len()).map(|place| ((row, place), figure.clone())).collect()
    }

    #[test]
    fn what_is_out_of_its_bounds_is_told() {
        let gap = |millis| misses(&figures(Row::WarnGapEnd, Figure::Time(Duration::from_millis(millis))));
        let all_five = gap(9000);
        assert_eq!(all_five.len(), 5, "{all_five:?}");
        assert_eq!(gap(5007).len(), 3, "the clients that change over, relink among them");
        assert_eq!(gap(0).len(), 2, "those of which a gap is known");
        let dead = |words: &str| misses(&figures(Row::FullCalls, Figure::Dead(words.to_owned())));
        assert_eq!(dead("exit status: 1").len(), 5);
        assert_eq!(dead("Unhandled event 'server explicit disconnect' in state 'connecting'").len(), 4);
    }

    #[test]
    fn another_run_has_the_same_questions() {
        let table = |row, count| markdown(&figures(row, Figure::Count(count)), &Row::ALL);
        let [one, other] = [0, 7].map(|count| table(Row::RunLeft, count));
        assert_ne!(one, other);
        assert_eq!(questions(&one), questions(&other));
        assert_ne!(questions(&one), questions(&table(Row::TwiceLeft, 0)));
        assert_eq!(questions(&one).len(), 3, "head, rule, row");
    }
}
