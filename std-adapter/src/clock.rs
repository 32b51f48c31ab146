//! The clock a link lives by.

use relink_core::Instant;

/// The clock a link lives by. It never goes back.
#[derive(Clone, Copy, Debug)]
pub struct Clock(Source);

#[derive(Clone, Copy, Debug)]
enum Source {
    Boot,
    Tokio(tokio::time::Instant),
}

impl Clock {
    /// The time since the machine was started, the default. On Linux the time it was suspended counts
    /// (`CLOCK_BOOTTIME`): a laptop that wakes up finds its deadlines passed, as its peers did.
    #[must_use]
    pub const fn boot() -> Self {
        Self(Source::Boot)
    }

    /// tokio's own clock, from now on: in tests it can be paused and moved.
    #[must_use]
    pub fn tokio() -> Self {
        Self(Source::Tokio(tokio::time::Instant::now()))
    }

    /// What the clock shows.
    #[must_use]
    pub fn now(&self) -> Instant {
        match self.0 {
            Source::Boot => since_boot(),
            Source::Tokio(origin) => Instant::from_millis(u64::try_from(origin.elapsed().as_millis()).unwrap_or(u64::MAX)),
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::boot()
    }
}

#[cfg(target_os = "linux")]
fn since_boot() -> Instant {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let millis = time.tv_sec.saturating_mul(1000).saturating_add(time.tv_nsec / 1_000_000);
    Instant::from_millis(u64::try_from(millis).unwrap_or(0))
}

/// The standard library's clock stands still in suspend on some systems; there is no better one to be had portably.
#[cfg(not(target_os = "linux"))]
fn since_boot() -> Instant {
    static ORIGIN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    let origin = ORIGIN.get_or_init(std::time::Instant::now);
    Instant::from_millis(u64::try_from(origin.elapsed().as_millis()).unwrap_or(u64::MAX))
}
