//! Owns the writing of right halves. Left halves, claims and comments stay as their author wrote them.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use relink_notation::split_comment;

use super::Machine;
use super::file::Scenario;
use super::run::Run;

/// The file's text with the right halves that these runs of its scenarios gave, in columns for each scenario.
pub(super) fn bless<M: Machine>(text: &str, scenarios: &[Scenario<M>], runs: &[Run<M>]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for (scenario, run) in scenarios.iter().zip(runs) {
        let steps = scenario.steps.iter().zip(&run.outcomes);
        let rows: Vec<(usize, Vec<String>)> = steps
            .filter_map(|(step, outcome)| {
                let at = (step.line - 1) as usize;
                let (body, _) = split_comment(lines.get(at)?);
                let left = body.split_once("->").map_or(body, |(left, _)| left).trim_end().to_owned();
                Some((at, core::iter::once(left).chain(M::columns(outcome.as_ref()?)).collect()))
            })
            .collect();
        let columns = rows.iter().map(|(_, row)| row.len()).max().unwrap_or(0);
        let width = |column: usize| rows.iter().filter_map(|(_, row)| row.get(column)).map(|text| text.chars().count()).max();
        let widths: Vec<usize> = (0..columns).filter_map(width).collect();
        for (at, row) in &rows {
            lines[*at] = written(row, &widths, split_comment(&lines[*at]).1);
        }
    }
    lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}

fn written(row: &[String], widths: &[usize], comment: &str) -> String {
    let (last, before) = row.split_last().map_or(("", row), |(last, before)| (last.as_str(), before));
    let padded = before.iter().zip(widths).zip(["  -> "].into_iter().chain(core::iter::repeat("  ")));
    let mut line: String = padded.map(|((text, width), behind)| format!("{text:width$}{behind}")).collect();
    line.extend([last, "  ", comment]);
    line.trim_end().to_owned()
}
