//! Owns a process that can be killed, told to end, stopped and continued.

use std::process::ExitStatus;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::stage::Outcome;

/// A process; killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    what: String,
}

impl Process {
    pub(crate) fn start(what: impl Into<String>, command: &mut Command) -> Outcome<Self> {
        let what = what.into();
        let child = command.kill_on_drop(true).spawn().map_err(|error| format!("{what} cannot be started: {error}"))?;
        Ok(Self { child, what })
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// `KILL`, `TERM`, `STOP` or `CONT`.
    pub(crate) async fn signal(&self, name: &str) -> Outcome<()> {
        let pid = self.child.id().ok_or_else(|| format!("{} has ended", self.what))?.to_string();
        let status = Command::new("kill").args(["-s", name, &pid]).status().await?;
        if status.success() { Ok(()) } else { Err(format!("kill -s {name} {}: {status}", self.what).into()) }
    }

    /// Waits for its end.
    pub(crate) async fn ended(&mut self, patience: Duration) -> Outcome<ExitStatus> {
        let ended = timeout(patience, self.child.wait()).await;
        Ok(ended.map_err(|_| format!("{} does not end within {patience:?}", self.what))??)
    }
}
