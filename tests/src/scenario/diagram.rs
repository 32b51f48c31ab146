//! Owns the state diagram: the eight states and what leads from one to another, as Mermaid.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::atlas::Atlas;
use super::{Kind, ReportKind, VerdictKind};

const STATES: [&str; 8] = ["Idle", "Connecting", "Open", "Ready", "Draining", "Closing", "Backoff", "Shutdown"];

/// The state diagram of these links.
#[must_use]
pub fn diagram(atlas: &Atlas) -> String {
    let mut page = "stateDiagram-v2\n    direction LR\n    [*] --> Idle\n".to_owned();
    for ((from, to), labels) in edges(atlas) {
        let (from, to) = (STATES.get(from).unwrap_or(&""), STATES.get(to).unwrap_or(&""));
        let _ = writeln!(page, "    {from} --> {to}: {}", labels.into_values().collect::<Vec<_>>().join(", "));
    }
    page.push_str("    Shutdown --> [*]\n");
    page
}

/// From which state to which, and by what: in the order of the table's columns, giving up last.
fn edges(atlas: &Atlas) -> BTreeMap<(usize, usize), BTreeMap<usize, &'static str>> {
    let places = atlas.places();
    let state = |place| places.iter().find(|(one, _)| *one == place).and_then(|(_, name)| STATES.iter().position(|state| state == name));
    let mut edges: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for cell in atlas.cells.iter() {
        for effect in atlas.effects(cell) {
            if let (Some(from), Some(to)) = (state(cell.place), state(effect.to))
                && from != to
            {
                let (order, label) = label(cell.kind);
                edges.entry((from, to)).or_default().insert(order, label);
            }
        }
    }
    edges
}

/// The event without whom it is about, and of the verdicts only the one that ends a link for good.
const fn label(kind: Kind) -> (usize, &'static str) {
    match kind {
        Kind::Start => (0, "start"),
        Kind::Stop => (1, "stop"),
        Kind::Drain => (2, "drain"),
        Kind::Early | Kind::Due => (3, "timeout"),
        Kind::OfFirst(report) | Kind::OfSecond(report) => match report {
            ReportKind::Asked(VerdictKind::GiveUp) | ReportKind::Closed(VerdictKind::GiveUp) | ReportKind::Lost(VerdictKind::GiveUp) => {
                (usize::MAX, "give-up")
            }
            ReportKind::Opened => (4, report.name()),
            ReportKind::Accepted => (5, report.name()),
            ReportKind::Heard => (6, report.name()),
            ReportKind::Pulse => (7, report.name()),
            ReportKind::Drained => (8, report.name()),
            ReportKind::Asked(_) => (9, report.name()),
            ReportKind::Closed(_) => (10, report.name()),
            ReportKind::Broken => (11, report.name()),
            ReportKind::Lost(_) => (12, report.name()),
        },
        Kind::Stale => (13, "stale"),
    }
}
