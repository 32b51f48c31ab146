//! Owns a board: QEMU, what the image prints, and the cable.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};

use crate::Outcome;

/// How often what was printed is looked at.
const GLANCE: Duration = Duration::from_millis(5);

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    /// Cortex-M3 with a LAN9118.
    Mps2An385,
    /// RISC-V with a virtio network device.
    Virt,
}

/// A board under power.
pub(crate) struct Board {
    qemu: Child,
    printed: Arc<Mutex<Vec<Line>>>,
    monitor: PathBuf,
    kind: Kind,
}

/// A line that was printed, and when it was seen.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) at: Instant,
    pub(crate) text: String,
}

impl Board {
    /// Starts the sensor's image with this command line; `scratch` is a folder for the monitor's socket.
    pub(crate) fn start(kind: Kind, image: &Path, scratch: &Path, words: &[&str]) -> Outcome<Self> {
        let monitor = scratch.join("monitor");
        let _ = std::fs::remove_file(&monitor);
        let mut semihosting = String::from("enable=on,target=native,arg=sensor");
        for word in words {
            semihosting.push_str(",arg=");
            semihosting.push_str(word);
        }
        let (program, network): (_, &[&str]) = match kind {
            Kind::Mps2An385 => ("qemu-system-arm", &["-machine", "mps2-an385", "-nic", "user,id=net"]),
            Kind::Virt => {
                let device = "virtio-net-device,id=nic,netdev=net";
                ("qemu-system-riscv32", &["-machine", "virt", "-bios", "none", "-netdev", "user,id=net", "-device", device])
            }
        };
        let mut qemu = Command::new(program)
            .args(network)
            .args(["-nographic", "-serial", "none", "-monitor"])
            .arg(format!("unix:{},server=on,wait=off", monitor.display()))
            .args(["-semihosting-config", &semihosting, "-kernel"])
            .arg(image)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{program} cannot be started: {error}; tests/firmware.sh installs it"))?;
        let output = qemu.stdout.take().ok_or("QEMU has no output")?;
        let printed = Arc::<Mutex<Vec<Line>>>::default();
        let lines = printed.clone();
        tokio::spawn(async move {
            let mut reader = BufReader::new(output).lines();
            while let Ok(Some(text)) = reader.next_line().await {
                let line = Line { at: Instant::now(), text };
                lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
        Ok(Self { qemu, printed, monitor, kind })
    }

    /// What was printed so far.
    pub(crate) fn lines(&self) -> Vec<Line> {
        self.printed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many lines begin like this.
    pub(crate) fn count(&self, beginning: &str) -> usize {
        self.lines().iter().filter(|line| line.text.starts_with(beginning)).count()
    }

    /// Waits for the `number`th line (from 1) that begins like this.
    pub(crate) async fn line(&self, number: usize, beginning: &str, patience: Duration) -> Outcome<Line> {
        let until = Instant::now() + patience;
        loop {
            let lines = self.lines();
            if let Some(line) = lines.iter().filter(|line| line.text.starts_with(beginning)).nth(number - 1) {
                return Ok(line.clone());
            }
            if Instant::now() > until {
                let last: Vec<_> = lines.iter().rev().take(12).rev().map(|line| line.text.as_str()).collect();
                return Err(format!("no {number}. line {beginning:?} within {patience:?}; the last are:\n  {}", last.join("\n  ")).into());
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Pulls the cable out, or puts it back.
    pub(crate) async fn cable(&self, is_in: bool) -> Outcome<()> {
        let device = match self.kind {
            Kind::Mps2An385 => "lan9118.0",
            Kind::Virt => "nic",
        };
        let mut monitor = UnixStream::connect(&self.monitor).await?;
        prompt(&mut monitor).await?;
        let state = if is_in { "on" } else { "off" };
        monitor.write_all(format!("set_link {device} {state}\n").as_bytes()).await?;
        prompt(&mut monitor).await
    }

    /// Waits for the image's own end.
    pub(crate) async fn end(&mut self, patience: Duration) -> Outcome<()> {
        let status = tokio::time::timeout(patience, self.qemu.wait()).await.map_err(|_| "the image does not end")??;
        if status.success() { Ok(()) } else { Err(format!("the image ended with {status}").into()) }
    }
}

/// Reads up to the monitor's next prompt.
async fn prompt(monitor: &mut UnixStream) -> Outcome<()> {
    let mut read = Vec::new();
    while !read.ends_with(b"(qemu) ") {
        read.push(monitor.read_u8().await?);
    }
    Ok(())
}
