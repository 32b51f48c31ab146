//! Owns the writing of right halves. Left halves, claims and comments stay as their author wrote them.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use relink_notation::{Outcome, Text, split_comment};

use super::file::File;
use super::run::Run;

/// The file's text with the right halves that these runs of its scenarios gave, in columns for each scenario.
#[must_use]
pub fn bless(file: &File, runs: &[Run]) -> String {
    let mut lines: Vec<String> = file.text.lines().map(str::to_owned).collect();
    for (scenario, run) in file.scenarios.iter().zip(runs) {
        let rows: Vec<Row> = scenario
            .steps
            .iter()
            .zip(&run.outcomes)
            .filter_map(|(stepped, outcome)| {
                let at = (stepped.line - 1) as usize;
                Some(Row::new(at, lines.get(at)?, (*outcome)?))
            })
            .collect();
        let widths = rows.iter().fold([0; 3], |widths, row| row.widen(widths));
        for row in rows {
            if let Some(line) = lines.get_mut(row.at) {
                *line = row.text(widths);
            }
        }
    }
    lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}

/// One line that is written anew.
struct Row {
    at: usize,
    left: String,
    state: String,
    action: String,
    deadline: String,
    comment: String,
}

impl Row {
    fn new(at: usize, line: &str, outcome: Outcome) -> Self {
        let (body, comment) = split_comment(line);
        let left = body.split_once("->").map_or(body, |(left, _)| left).trim_end().to_owned();
        let (state, action) = (Text(outcome.state).to_string(), Text(outcome.reaction).to_string());
        Self { at, left, state, action, deadline: Text(outcome.deadline).to_string(), comment: comment.trim_end().to_owned() }
    }

    fn widen(&self, [left, state, action]: [usize; 3]) -> [usize; 3] {
        let width = |text: &str| text.chars().count();
        [left.max(width(&self.left)), state.max(width(&self.state)), action.max(width(&self.action))]
    }

    fn text(&self, [left, state, action]: [usize; 3]) -> String {
        let Self { left: told, state: found, action: asked, deadline, comment, .. } = self;
        let line = format!("{told:left$}  -> {found:state$}  {asked:action$}  {deadline}  {comment}");
        line.trim_end().to_owned()
    }
}
