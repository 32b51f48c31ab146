//! The watch over how many connections are registered for the app.

use relink_profiles::slack::limits::{CONNECTIONS_ALARM, CONNECTIONS_MAX};

/// Speaks up once above a threshold and once at Slack's limit; again only after the number has fallen.
#[derive(Debug, Default)]
pub(super) struct Alarm(Level);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    #[default]
    Quiet,
    /// More than advised: there may be ghosts, and each takes a share of what is delivered.
    High,
    /// As many as Slack allows: the next one is refused.
    Full,
}

impl Alarm {
    /// Takes note of a number; answers with what is to be said, if it is.
    pub(super) fn heard(&mut self, num_connections: u32) -> Option<&'static str> {
        let level = match num_connections {
            CONNECTIONS_MAX.. => Level::Full,
            number if number > CONNECTIONS_ALARM => Level::High,
            _ => Level::Quiet,
        };
        let before = std::mem::replace(&mut self.0, level);
        (level > before).then_some(match level {
            Level::Full => "as many connections are registered for the app as Slack allows: another one will be refused",
            Level::High | Level::Quiet => {
                "many connections are registered for the app: each gets a share of what is delivered, dead ones too"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Alarm;

    #[test]
    fn once_above_five_once_at_ten_and_again_after_a_fall() {
        let mut alarm = Alarm::default();
        let heard: Vec<_> = [1, 5, 6, 7, 9, 10, 12, 9, 10, 5, 6, 1, 10].map(|number| alarm.heard(number).is_some()).into();
        let spoke = [2, 5, 8, 10, 12];
        assert_eq!(heard.iter().enumerate().filter(|(_, spoke)| **spoke).map(|(at, _)| at).collect::<Vec<_>>(), spoke);
    }
}
