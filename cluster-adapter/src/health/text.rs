//! Prometheus' text format (version 0.0.4).

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::{Count, Kind};

pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The counts, those of one name together, as the format wants them.
pub(super) fn render(counts: &[Count]) -> String {
    let mut names: BTreeMap<&str, Vec<&Count>> = BTreeMap::new();
    for count in counts {
        names.entry(count.name).or_default().push(count);
    }
    let mut text = String::new();
    for (name, counts) in names {
        let [first, ..] = &*counts else { continue };
        let kind = match first.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
        };
        // Writing to a String does not fail.
        let _ = writeln!(text, "# HELP {name} {}\n# TYPE {name} {kind}", escaped(first.help, false));
        for count in counts {
            let _ = writeln!(text, "{name}{} {}", labels(count), count.value);
        }
    }
    text
}

fn labels(count: &Count) -> String {
    let labels: Vec<_> = count.labels.iter().map(|(label, value)| format!("{label}=\"{}\"", escaped(value, true))).collect();
    if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) }
}

fn escaped(text: &str, is_quoted: bool) -> String {
    let text = text.replace('\\', "\\\\").replace('\n', "\\n");
    if is_quoted { text.replace('"', "\\\"") } else { text }
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::Count;

    #[test]
    fn counts_of_one_name_stand_together_and_nothing_breaks_a_line() {
        let odd = "a\\b\"c\nd";
        let counts = [
            Count::counter("b_total", "Of b", 3).with("group", "eu"),
            Count::gauge("a", "Of\na", 0.5),
            Count::counter("b_total", "Of b", u64::from(u32::MAX)).with("group", "us").with("odd", odd),
        ];
        let expected = r#"# HELP a Of\na
# TYPE a gauge
a 0.5
# HELP b_total Of b
# TYPE b_total counter
b_total{group="eu"} 3
b_total{group="us",odd="a\\b\"c\nd"} 4294967295
"#;
        assert_eq!(render(&counts), expected);
    }
}
