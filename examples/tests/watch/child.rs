//! Owns the command as a process of its own: typed to, read from, interrupted.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

use crate::PATIENCE;

const DEMO: &str = env!("CARGO_BIN_EXE_demo");

/// A running watch.
pub(crate) struct Child {
    process: std::process::Child,
    input: Option<ChildStdin>,
    output: mpsc::UnboundedReceiver<String>,
    lines: Vec<String>,
    deaf: Arc<AtomicBool>,
}

/// A watch that has ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) lines: Vec<String>,
    pub(crate) complaints: String,
}

impl Child {
    pub(crate) fn start(arguments: &[&str], input: Stdio) -> io::Result<Self> {
        Self::run(Command::new(DEMO).args(arguments).env_remove("COLUMNS"), input)
    }

    /// As on a terminal so wide.
    pub(crate) fn start_on(columns: &str, arguments: &[&str]) -> io::Result<Self> {
        Self::run(Command::new(DEMO).args(arguments).env("COLUMNS", columns), Stdio::null())
    }

    fn run(command: &mut Command, input: Stdio) -> io::Result<Self> {
        command.env_remove("CLICOLOR_FORCE").stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn()?;
        let (give, output) = mpsc::unbounded_channel();
        let deaf = Arc::new(AtomicBool::new(false));
        let (stdout, stops) = (process.stdout.take(), deaf.clone());
        thread::spawn(move || {
            for line in stdout.into_iter().flat_map(|stdout| BufReader::new(stdout).lines()) {
                let Ok(line) = line else { return };
                if give.send(line).is_err() || stops.load(Ordering::SeqCst) {
                    return;
                }
            }
        });
        Ok(Self { input: process.stdin.take(), process, output, lines: Vec::new(), deaf })
    }

    /// The next line that holds this.
    pub(crate) async fn until(&mut self, part: &str) -> io::Result<String> {
        let patience = Instant::now() + PATIENCE;
        loop {
            match timeout_at(patience, self.output.recv()).await {
                Ok(Some(line)) => {
                    self.lines.push(line.clone());
                    if line.contains(part) {
                        return Ok(line);
                    }
                }
                Ok(None) | Err(_) => return Err(io::Error::other(format!("no line with {part:?}:\n{}", self.lines.join("\n")))),
            }
        }
    }

    pub(crate) fn type_line(&mut self, line: &str) -> io::Result<()> {
        self.input.as_mut().map_or(Ok(()), |input| writeln!(input, "{line}"))
    }

    pub(crate) fn stop_typing(&mut self) {
        self.input = None;
    }

    /// Closes our end of its output after the next line.
    pub(crate) fn stop_reading(&self) {
        self.deaf.store(true, Ordering::SeqCst);
    }

    pub(crate) fn interrupt(&self) -> io::Result<()> {
        let sent = Command::new("kill").args(["-INT", &self.process.id().to_string()]).status()?;
        if sent.success() { Ok(()) } else { Err(io::Error::other("the signal could not be sent")) }
    }

    /// Waits for its end; one that does not come is forced.
    pub(crate) async fn end(mut self) -> io::Result<Ended> {
        let status = self.status().await?;
        while let Ok(Some(line)) = timeout(PATIENCE, self.output.recv()).await {
            self.lines.push(line);
        }
        let mut complaints = String::new();
        if let Some(stderr) = &mut self.process.stderr {
            stderr.read_to_string(&mut complaints)?;
        }
        Ok(Ended { code: status.code(), lines: std::mem::take(&mut self.lines), complaints })
    }

    async fn status(&mut self) -> io::Result<ExitStatus> {
        let begun = std::time::Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.process.try_wait()? {
                return Ok(status);
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        Err(io::Error::other(format!("it does not end:\n{}", self.lines.join("\n"))))
    }
}

/// A test that fails must not leave it behind.
impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Ended {
    pub(crate) fn text(&self) -> String {
        format!("{}\n{}", self.lines.join("\n"), self.complaints)
    }

    /// The states that were shown, in order.
    pub(crate) fn states(&self) -> Vec<String> {
        let word = |line: &String| line.split_whitespace().nth(2).map(str::to_owned);
        self.lines.iter().filter_map(word).filter(|word| !word.starts_with(['<', '-', '('])).collect()
    }
}

/// Runs the command to its end: it must say this sentence, no secret, and that it was used wrongly.
pub(crate) fn refused_with(arguments: &[&str], sentence: &str) -> io::Result<()> {
    let output = Command::new(DEMO).args(arguments).stdin(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains(sentence) && !said.contains("s3cr3t"), "{arguments:?}\n{said}");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}");
    Ok(())
}
