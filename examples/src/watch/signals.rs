//! Owns the end by signal: the first one closes the link properly, the second one does not wait for it.

use std::io;
use std::process::exit;

use super::Link;

/// What a shell says of a program that an interrupt has ended.
const INTERRUPTED: i32 = 130;

/// Stops the link at the first signal from now on.
pub(super) fn stop(client: Link) -> io::Result<()> {
    let mut signals = Signals::new()?;
    tokio::spawn(async move {
        signals.next().await;
        tokio::select! {
            () = client.stop() => {}
            () = signals.next() => exit(INTERRUPTED),
        }
        // The link has ended, what is left is to be printed; a reader that has stopped reading must not hold that up.
        signals.next().await;
        exit(INTERRUPTED);
    });
    Ok(())
}

#[cfg(unix)]
struct Signals(tokio::signal::unix::Signal, tokio::signal::unix::Signal);

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
