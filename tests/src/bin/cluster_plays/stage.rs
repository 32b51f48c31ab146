//! Owns what the plays share: bounds, a scratch folder, times, and waiting.

use std::error::Error;
use std::fmt::{self, Display};
use std::path::PathBuf;
use std::time::Duration;

use relink_tokio::Clock;
use tokio::time::{Instant, sleep};

/// A result that says in words what went wrong.
pub(crate) type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Something was promised by a time, and came later: on a machine that others use, that may be the machine.
#[derive(Debug)]
pub(crate) struct Late(String);

impl Display for Late {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Late {}

/// Longer than anything that is waited for takes. No bound.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Where one play happens.
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    /// The node's binary.
    pub(crate) node: PathBuf,
    /// The NATS server's.
    pub(crate) nats: PathBuf,
    pub(crate) scratch: PathBuf,
    clock: Clock,
    began: (u64, Instant),
}

impl Stage {
    pub(crate) fn new(name: &'static str, node: PathBuf, nats: PathBuf, scratch: PathBuf) -> Outcome<Self> {
        let _ = std::fs::remove_dir_all(&scratch);
        std::fs::create_dir_all(&scratch)?;
        let clock = Clock::boot();
        Ok(Self { name, node, nats, scratch, clock, began: (clock.now().as_millis(), Instant::now()) })
    }

    /// Milliseconds by the clock that the nodes tell.
    pub(crate) fn now(&self) -> u64 {
        self.clock.now().as_millis()
    }

    /// The same for a moment in the fake Slack's book.
    pub(crate) fn at(&self, moment: Instant) -> u64 {
        self.began.0 + u64::try_from(moment.saturating_duration_since(self.began.1).as_millis()).unwrap_or(0)
    }

    pub(crate) fn say(&self, what: &str) {
        println!("{}: {what}", self.name);
    }

    /// Fails over the bound; prints both anyway.
    pub(crate) fn at_most<T: PartialOrd + Display>(&self, what: &str, measured: T, bound: T) -> Outcome<()> {
        self.say(&format!("{what}: {measured}, at most {bound}"));
        if measured <= bound { Ok(()) } else { Err(format!("{what}: {measured}, and at most {bound} was promised").into()) }
    }

    /// Fails over the bound, in milliseconds, as [`Late`]; prints both anyway.
    pub(crate) fn in_time<T: PartialOrd + Display>(&self, what: &str, measured: T, bound: T) -> Outcome<()> {
        self.at_most(&format!("{what}, ms"), measured, bound).map_err(|error| Late(error.to_string()).into())
    }

    /// Fails under the bound; prints both anyway.
    pub(crate) fn at_least<T: PartialOrd + Display>(&self, what: &str, measured: T, bound: T) -> Outcome<()> {
        self.say(&format!("{what}: {measured}, at least {bound}"));
        if measured >= bound { Ok(()) } else { Err(format!("{what}: {measured}, and at least {bound} was to be").into()) }
    }
}

/// Waits until there is something.
pub(crate) async fn until<T>(what: &str, patience: Duration, mut find: impl FnMut() -> Option<T>) -> Outcome<T> {
    let end = Instant::now() + patience;
    loop {
        if let Some(found) = find() {
            return Ok(found);
        }
        if Instant::now() > end {
            return Err(format!("{what}: not within {patience:?}").into());
        }
        sleep(Duration::from_millis(10)).await;
    }
}
