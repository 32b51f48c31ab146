//! Owns the ready-made parts for embassy: its clock, and TCP over its network stack.

#[cfg(feature = "embassy-net")]
mod tcp;

#[cfg(feature = "embassy-net")]
pub use tcp::{TcpConnection, TcpDialler};

/// `embassy-time`'s clock: milliseconds since the device started.
#[cfg(feature = "embassy-time")]
#[derive(Clone, Copy, Debug, Default)]
pub struct EmbassyClock;

#[cfg(feature = "embassy-time")]
impl crate::Clock for EmbassyClock {
    fn now(&self) -> relink_core::Instant {
        relink_core::Instant::from_millis(embassy_time::Instant::now().as_millis())
    }

    async fn until(&self, at: relink_core::Instant) {
        // What is beyond the clock's end never comes.
        match embassy_time::Instant::try_from_millis(at.as_millis()) {
            Some(at) => embassy_time::Timer::at(at).await,
            None => core::future::pending().await,
        }
    }
}
