//! Owns the station as a process of its own: one that can be killed, and stopped in the middle of everything.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::Outcome;
use crate::station::Station;

/// A station elsewhere, on this port.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts it; what happens there is written into the book of `station`.
    pub(crate) async fn start(port: u16, station: &Station) -> Outcome<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["station", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("the station has no output")?).lines();
        // Its first line says that it listens.
        lines.next_line().await?.ok_or("the station does not listen")?;
        let station = station.clone();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Ok(event) = line.parse() {
                    station.note(event);
                }
            }
        });
        Ok(Self { child })
    }

    /// `kill -9`.
    pub(crate) async fn kill(mut self) -> Outcome<()> {
        Ok(self.child.kill().await?)
    }

    /// SIGSTOP, or SIGCONT.
    pub(crate) async fn signal(&self, name: &str) -> Outcome<()> {
        let pid = self.child.id().ok_or("the station has ended")?.to_string();
        let status = Command::new("kill").args(["-s", name, &pid]).status().await?;
        if status.success() { Ok(()) } else { Err(format!("kill -s {name}: {status}").into()) }
    }
}
