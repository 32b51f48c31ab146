//! Owns how times, counts and reasons are written for people.

use std::time::Duration;

/// `1.23 s`.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

/// `0.10, 0.21 and 0.40 s`.
pub(crate) fn list(times: &[Duration]) -> String {
    let numbers: Vec<_> = times.iter().map(|time| format!("{:.2}", time.as_secs_f64())).collect();
    match numbers.split_last() {
        None => "none".to_owned(),
        Some((only, [])) => format!("{only} s"),
        Some((last, first)) => format!("{} and {last} s", first.join(", ")),
    }
}

/// `12,345`.
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

/// `1 link`, `2,000 links`.
pub(crate) fn counted(number: usize, what: &str) -> String {
    format!("{} {what}{}", thousands(number), if number == 1 { "" } else { "s" })
}

/// The reasons that were told: what was said just before is not said again at length.
#[derive(Debug, Default)]
pub(crate) struct Reasons(Option<String>);

impl Reasons {
    /// The words for this reason.
    pub(crate) fn of(&mut self, reason: String) -> String {
        if self.0.as_ref() == Some(&reason) {
            return "as before".to_owned();
        }
        self.0.insert(reason).clone()
    }

    /// Something else was told: the next reason is said at length.
    pub(crate) fn forget(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!([0, 12, 999, 1000, 42_488, 1_234_567].map(thousands), ["0", "12", "999", "1,000", "42,488", "1,234,567"]);
        assert_eq!([0, 1, 1000].map(|number| counted(number, "link")), ["0 links", "1 link", "1,000 links"]);
        let millis = |times: &[u64]| times.iter().map(|millis| Duration::from_millis(*millis)).collect::<Vec<_>>();
        assert_eq!(list(&millis(&[])), "none");
        assert_eq!(list(&millis(&[1004])), "1.00 s");
        assert_eq!(list(&millis(&[100, 210, 396])), "0.10, 0.21 and 0.40 s");
    }

    #[test]
    fn a_reason_is_told_at_length_once() {
        let mut reasons = Reasons::default();
        let mut told = |reason: &str| reasons.of(reason.to_owned());
        assert_eq!(["a", "a", "b", "a"].map(&mut told), ["a", "as before", "b", "a"]);
        reasons.forget();
        assert_eq!(reasons.of("a".to_owned()), "a");
    }
}
