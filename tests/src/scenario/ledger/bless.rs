//! Owns the writing of right halves. Left halves, claims and comments stay as their author wrote them.

use relink_notation::split_comment;

use super::file::Scenario;
use super::run::Run;

/// The file's text with the right halves that these runs of its scenarios gave, in columns for each scenario.
pub(super) fn bless(text: &str, scenarios: &[Scenario], runs: &[Run]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for (scenario, run) in scenarios.iter().zip(runs) {
        let steps = scenario.steps.iter().zip(&run.outcomes);
        let rows: Vec<(usize, [String; 5])> = steps
            .filter_map(|(step, outcome)| {
                let at = (step.line - 1) as usize;
                let (body, _) = split_comment(lines.get(at)?);
                let left = body.split_once("->").map_or(body, |(left, _)| left).trim_end().to_owned();
                let [said, in_hand, known, deadline] = outcome.as_ref()?.columns();
                Some((at, [left, said, in_hand, known, deadline]))
            })
            .collect();
        let width = |column: usize| rows.iter().map(|(_, row)| row[column].chars().count()).max().unwrap_or(0);
        let widths = [0, 1, 2, 3].map(width);
        for (at, row) in &rows {
            lines[*at] = written(row, widths, split_comment(&lines[*at]).1);
        }
    }
    lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}

fn written([left, said, in_hand, known, deadline]: &[String; 5], [a, b, c, d]: [usize; 4], comment: &str) -> String {
    format!("{left:a$}  -> {said:b$}  {in_hand:c$}  {known:d$}  {deadline}  {comment}").trim_end().to_owned()
}
