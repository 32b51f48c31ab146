//! Who has a place among the connections that Slack allows an app.

use relink_profiles::slack::limits::CONNECTIONS_MAX;

use super::hub::On;

/// The places of one app. Each link has one for good; those that are left are lent to successors, so that links which renew
/// at the same time are not refused, nor take a place from a link that has none.
#[derive(Debug)]
pub(super) struct Places {
    links: usize,
    /// Connections that Slack has accepted and that are still there.
    live: Vec<On>,
    /// Links with an attempt that Slack has not accepted yet.
    opening: Vec<usize>,
}

/// What an attempt is to its link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// There is no other connection.
    Only,
    /// It is to take over from one that works.
    Successor,
}

impl Places {
    pub(super) const fn new(links: usize) -> Self {
        Self { links, live: Vec::new(), opening: Vec::new() }
    }

    /// Takes a place for an attempt of this link; `None`: all that are lent are taken.
    pub(super) fn take(&mut self, link: usize) -> Option<Role> {
        self.failed(link);
        let role = if self.of(link) == 0 { Role::Only } else { Role::Successor };
        let lent = (0..self.links).filter(|other| *other != link && self.of(*other) > 1).count();
        if role == Role::Successor && self.links + lent >= CONNECTIONS_MAX as usize {
            return None;
        }
        self.opening.push(link);
        Some(role)
    }

    /// The attempt of this link was over before Slack accepted it.
    pub(super) fn failed(&mut self, link: usize) {
        self.opening.retain(|other| *other != link);
    }

    /// Slack has accepted a connection.
    pub(super) fn accepted(&mut self, on: On) {
        self.failed(on.link);
        if !self.live.contains(&on) {
            self.live.push(on);
        }
    }

    /// A connection is over, accepted or not.
    pub(super) fn lost(&mut self, on: On) {
        let before = self.live.len();
        self.live.retain(|live| *live != on);
        if self.live.len() == before {
            self.failed(on.link);
        }
    }

    /// Connections that Slack has accepted and that are still there.
    pub(super) fn live(&self) -> usize {
        self.live.len()
    }

    /// The connections that this link has, and the one it may have next.
    fn of(&self, link: usize) -> usize {
        let live = self.live.iter().filter(|on| on.link == link).count();
        live + usize::from(self.opening.contains(&link))
    }
}

#[cfg(test)]
mod tests {
    use relink_core::Attempt;

    use super::{On, Places, Role};

    const fn on(link: usize, attempt: u32) -> On {
        On { link, attempt: Attempt::from_number(attempt) }
    }

    fn eight() -> Places {
        let mut places = Places::new(8);
        for link in 0..8 {
            assert_eq!(places.take(link), Some(Role::Only));
            places.accepted(on(link, 1));
        }
        places
    }

    #[test]
    fn two_of_ten_are_lent_to_the_successors_of_eight() {
        let mut places = eight();
        assert_eq!([0, 1, 2].map(|link| places.take(link)), [Some(Role::Successor), Some(Role::Successor), None]);
        assert_eq!(places.take(0), Some(Role::Successor), "who has one keeps it for the next attempt");
        places.failed(0);
        assert_eq!(places.take(2), Some(Role::Successor), "and one that failed gives it back");
        places.accepted(on(1, 2));
        assert_eq!(places.take(3), None, "accepted, it still needs it");
        places.lost(on(1, 1));
        assert_eq!(places.take(3), Some(Role::Successor), "until the one before it is gone");
        assert_eq!(places.live(), 8);
    }

    #[test]
    fn a_link_without_a_connection_has_its_own_place() {
        let mut places = eight();
        assert_eq!([0, 1].map(|link| places.take(link)), [Some(Role::Successor); 2]);
        places.lost(on(7, 1));
        assert_eq!(places.take(7), Some(Role::Only));
        places.lost(on(1, 1));
        assert_eq!(places.take(2), Some(Role::Successor), "what was to take over is now the only one");
    }
}
