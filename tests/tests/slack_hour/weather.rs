//! Owns what goes wrong, and when: a storm every four minutes that takes the connections away, and gusts that may not cost anything.
//!
//! Slack sends an event again after 3 s, after 66 s and after 369 s, and then never. So that an event which no client could have
//! acknowledged does not count, a storm with all that comes of it is over within two minutes: then not all four of an
//! event's moments are within storms.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use relink_tests::fault::Leave;
use relink_tests::slack::{ApiError, CallTrouble, FakeSlack, LinkTrouble, Oddity, Reason, Scene, Trouble};
use tokio::time::{Instant, sleep, sleep_until};

const STORM_EVERY: Duration = Duration::from_secs(240);
const STORM_MAX: Duration = Duration::from_secs(120);
/// What the scripted 429 asks for: more than the rate limit itself ever does here.
const RETRY_AFTER_S: u32 = 30;

/// Nine kinds of storm, and gusts.
pub(crate) struct Weather {
    slack: Arc<FakeSlack>,
    dice: Rng,
    links: usize,
    report: Report,
}

/// What it came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    storms: [usize; STORMS.len()],
    gusts: usize,
    /// Storms after which not all links were up in time.
    pub(crate) unmended: usize,
}

impl Report {
    /// Whether a wait of so many seconds was asked for by the script.
    pub(crate) const fn asked(&self, retry_after_s: u32) -> bool {
        retry_after_s == RETRY_AFTER_S
    }
}

#[derive(Clone, Copy, Debug)]
enum Storm {
    /// All connections are lost without a word.
    Lost,
    /// All are closed without a reason.
    Closed,
    /// They are half-open: nobody reads, nobody says so.
    HalfOpen,
    /// The upgrades are refused.
    Upgrade,
    /// The calls for a URL fail.
    Call,
    /// There is no place.
    Capacity,
    /// There is no hello, or a late one, or a disconnect in its place.
    Hello,
    /// What comes up falls silent, and pings are not answered.
    Silent,
    /// All are asked to leave at once.
    Refresh,
}

const STORMS: [Storm; 9] = [
    Storm::Lost,
    Storm::Closed,
    Storm::HalfOpen,
    Storm::Upgrade,
    Storm::Call,
    Storm::Capacity,
    Storm::Hello,
    Storm::Silent,
    Storm::Refresh,
];

impl Weather {
    pub(crate) fn new(slack: Arc<FakeSlack>, seed: u64, links: usize) -> Self {
        Self { slack, dice: Rng::with_seed(seed), links, report: Report::default() }
    }

    /// The weather of so long a time. Each kind of storm comes once before one comes again.
    pub(crate) async fn blow(mut self, time: Duration) -> Report {
        let (began, mut order) = (Instant::now(), Vec::new());
        let mut next = began + STORM_EVERY / 4;
        while next + STORM_EVERY <= began + time {
            sleep_until(next).await;
            if order.is_empty() {
                order = (0..STORMS.len()).collect();
                self.dice.shuffle(&mut order);
            }
            let which = order.pop().unwrap_or_default();
            self.report.storms[which] += 1;
            self.storm(STORMS[which]).await;
            sleep_until(next + STORM_MAX).await;
            let up = self.slack.read(|book| book.ready().len());
            if up != self.links || self.slack.read(|book| book.registered().count()) != self.links {
                self.report.unmended += 1;
                println!("{up} links are up after {:?} at {:?}:\n{}", STORMS[which], began.elapsed(), self.slack.book());
            }
            next += STORM_EVERY;
            while Instant::now() + Duration::from_secs(40) < next {
                self.gust();
                sleep(Duration::from_millis(self.dice.u64(3_000..20_000))).await;
            }
        }
        sleep_until(began + time).await;
        self.report
    }

    /// Something that costs nothing: a renewal, or something odd.
    fn gust(&mut self) {
        self.report.gusts += 1;
        let ready = self.slack.read(|book| book.ready());
        let Some(connection) = self.dice.choice(ready) else { return };
        match self.dice.u8(..4) {
            0 | 1 => self.slack.warn(connection),
            2 => self.slack.tell(connection, Reason::Other("something_new".to_owned())),
            _ => {
                let oddities = [Oddity::NotJson, Oddity::NoObject, Oddity::NoType, Oddity::UnknownType, Oddity::Binary];
                let larger = [Oddity::Huge(100_000), Oddity::Deep(5_000)];
                let oddities: Vec<_> = oddities.into_iter().chain(larger).collect();
                self.dice.choice(oddities).is_some_and(|oddity| self.slack.say(connection, &oddity))
            }
        };
    }

    async fn storm(&mut self, storm: Storm) {
        match storm {
            Storm::Lost => self.all(|slack, connection, dice| slack.lose(connection, leave(dice))),
            Storm::Closed => self.all(|slack, connection, dice| slack.close(connection, code(dice))),
            Storm::HalfOpen => self.all(|slack, connection, _| slack.freeze(connection)),
            Storm::Refresh => self.all(|slack, connection, _| slack.disconnect(connection, Reason::RefreshRequested)),
            Storm::Upgrade => {
                let troubles = [409, 408, 429, 503].map(LinkTrouble::Status).into_iter();
                let others = [LinkTrouble::Hang, LinkTrouble::Hangup(Leave::Fin), LinkTrouble::Hangup(Leave::Reset)];
                self.links(troubles.chain(others).collect(), 6);
            }
            Storm::Call => {
                self.calls();
                self.all(|slack, connection, dice| slack.lose(connection, leave(dice)));
            }
            Storm::Capacity => {
                self.slack.haunt(10 - self.dice.usize(..2));
                self.all(|slack, connection, dice| slack.lose(connection, leave(dice)));
                sleep(Duration::from_secs(20)).await;
                self.slack.bury();
            }
            Storm::Hello => {
                let late = LinkTrouble::LateHello(Duration::from_secs(4));
                let first = LinkTrouble::DisconnectFirst(Reason::Warning);
                self.links(vec![LinkTrouble::NoHello, late, first], 3);
            }
            Storm::Silent => {
                let (soon, later) = (Duration::from_secs(2), Duration::from_secs(6));
                self.links(vec![LinkTrouble::Silent(soon), LinkTrouble::HalfOpen(later), LinkTrouble::NoPong], 3);
            }
        }
    }

    /// Does this to all connections.
    fn all(&mut self, what: impl Fn(&FakeSlack, usize, &mut Rng) -> bool) {
        for connection in self.slack.read(|book| book.ready()) {
            what(&self.slack, connection, &mut self.dice);
        }
    }

    /// Has so many upgrades meet some of these troubles, and takes the connections away.
    fn links(&mut self, troubles: Vec<LinkTrouble>, count: usize) {
        let scenes: Vec<Scene<_>> = (0..count).filter_map(|_| self.dice.choice(&troubles).cloned().map(Trouble::once)).collect();
        self.slack.script_links(scenes);
        self.all(|slack, connection, dice| slack.lose(connection, leave(dice)));
    }

    /// Has some calls fail.
    fn calls(&mut self) {
        let troubles = [
            CallTrouble::Status(503),
            CallTrouble::Status(500),
            CallTrouble::RateLimited { retry_after_s: RETRY_AFTER_S },
            CallTrouble::Api(ApiError::InternalError),
            CallTrouble::Body("<html>a gateway's</html>".to_owned()),
            CallTrouble::DeadUrl,
            CallTrouble::Hang,
            CallTrouble::Late(Duration::from_secs(5)),
            CallTrouble::Hangup(Leave::Reset),
        ];
        let scenes: Vec<Scene<_>> = (0..4).filter_map(|_| self.dice.choice(&troubles).cloned().map(Trouble::once)).collect();
        self.slack.script_calls(scenes);
    }
}

fn leave(dice: &mut Rng) -> Leave {
    if dice.bool() { Leave::Fin } else { Leave::Reset }
}

fn code(dice: &mut Rng) -> Option<u16> {
    dice.choice([None, Some(1000), Some(1001), Some(1006 + 5), Some(4000)]).flatten()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let storms = STORMS.iter().zip(self.storms).map(|(storm, times)| format!("{storm:?} {times}"));
        write!(f, "storms: {}; gusts: {}", storms.collect::<Vec<_>>().join(", "), self.gusts)
    }
}
