//! Owns which servers will do.

use crate::Fault;

/// Before it, compare-and-set on a replicated bucket let several writers win the same revision.
const OLDEST: (u32, u32) = (2, 12);

/// # Errors
/// [`Fault::ServerTooOld`] if it is older, or if it cannot be told.
pub(super) fn check(version: &str) -> Result<(), Fault> {
    let mut numbers = version.trim_start_matches('v').split('.').map(|number| number.parse::<u32>());
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) if (major, minor) >= OLDEST => Ok(()),
        _ => Err(Fault::ServerTooOld { found: if version.is_empty() { "unknown".into() } else { version.into() } }),
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_is_older_than_2_12_is_refused() {
        for version in ["2.12.0", "2.15.1", "2.12.0-RC.1", "v2.13.4", "3.0.0"] {
            assert_eq!(check(version), Ok(()), "{version}");
        }
        for version in ["2.9.10", "2.11.99", "1.99", "0", "", "nonsense", "2", "2.x"] {
            assert!(check(version).is_err(), "{version}");
        }
    }

    #[test]
    fn the_refusal_says_what_to_do() {
        let said = check("2.9.10").unwrap_err().to_string();
        assert!(said.contains("2.9.10") && said.contains("run nats-server 2.15"), "{said}");
    }
}
