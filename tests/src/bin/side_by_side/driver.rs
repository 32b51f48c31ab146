//! Owns a running driver: what it was told, what it said, and its end.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

/// How long a driver may take to end when it is told to.
const FAREWELL: Duration = Duration::from_secs(2);

/// A driver in a process of its own. Dropped, it is killed; if this process dies, its standard input ends, and so does it.
pub(crate) struct Driver {
    child: Child,
    stdin: ChildStdin,
    notes: watch::Receiver<Notes>,
}

/// What a driver has said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    pub(crate) loaded: bool,
    pub(crate) stopped: Option<Instant>,
    /// How often each envelope was handed to its handler.
    pub(crate) received: HashMap<String, usize>,
    /// Acknowledgements that the client refused to send.
    pub(crate) refused: usize,
    /// Why it cannot go on.
    pub(crate) died: Option<String>,
}

/// A line of a driver's.
#[derive(Deserialize)]
struct Said {
    what: String,
    id: Option<String>,
}

impl Notes {
    /// The deliveries to its handler that were not an envelope's first.
    pub(crate) fn duplicates(&self) -> usize {
        self.received.values().map(|times| times - 1).sum()
    }

    fn note(&mut self, line: &str) {
        let Ok(said) = serde_json::from_str::<Said>(line) else { return };
        match said.what.as_str() {
            "loaded" => self.loaded = true,
            "stopped" => self.stopped = Some(Instant::now()),
            "received" => *self.received.entry(said.id.unwrap_or_default()).or_default() += 1,
            "refused" => self.refused += 1,
            _ => {}
        }
    }
}

impl Driver {
    /// Runs it, with everything it prints in a file, and waits until it is loaded.
    pub(crate) async fn start(command: std::process::Command, log: &Path) -> io::Result<Self> {
        let log = Arc::new(Mutex::new(File::create(log)?));
        let mut command = Command::from(command);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn()?;
        let missing = || io::Error::other("a pipe is missing");
        let stdin = child.stdin.take().ok_or_else(missing)?;
        let (stdout, stderr) = (child.stdout.take().ok_or_else(missing)?, child.stderr.take().ok_or_else(missing)?);
        let (sender, notes) = watch::channel(Notes::default());
        let sender = Arc::new(sender);
        tokio::spawn(read(stdout, log.clone(), sender.clone(), Notes::note));
        tokio::spawn(read(stderr, log, sender, |notes, line| {
            if line.contains("Unhandled event") {
                notes.died = Some(line.trim_start_matches("Error: ").trim_end_matches('.').to_owned());
            }
        }));
        let mut driver = Self { child, stdin, notes };
        if driver.until(Duration::from_secs(30), |notes| notes.loaded).await {
            Ok(driver)
        } else {
            Err(io::Error::other("it does not load"))
        }
    }

    /// Tells it something. One that has died hears nothing.
    pub(crate) async fn tell(&mut self, line: &str) {
        let _ = self.stdin.write_all(format!("{line}\n").as_bytes()).await;
    }

    /// Waits until it has said something; whether it did.
    pub(crate) async fn until(&mut self, patience: Duration, wanted: impl FnMut(&Notes) -> bool) -> bool {
        matches!(timeout(patience, self.notes.wait_for(wanted)).await, Ok(Ok(_)))
    }

    pub(crate) fn notes(&self) -> Notes {
        self.notes.borrow().clone()
    }

    /// Why it has ended, if it has.
    pub(crate) fn death(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok().flatten()?;
        Some(self.notes().died.unwrap_or_else(|| status.to_string()))
    }

    /// Ends it: by the end of its input, and if that does not help, by its id.
    pub(crate) async fn end(mut self) -> io::Result<()> {
        drop(self.stdin);
        if timeout(FAREWELL, self.child.wait()).await.is_err() {
            self.child.kill().await?;
        }
        Ok(())
    }
}

async fn read(pipe: impl AsyncRead + Unpin, log: Arc<Mutex<File>>, notes: Arc<watch::Sender<Notes>>, note: fn(&mut Notes, &str)) {
    let mut lines = BufReader::new(pipe).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let _ = writeln!(log.lock().unwrap_or_else(PoisonError::into_inner), "{line}");
        notes.send_modify(|notes| note(notes, &line));
    }
}
