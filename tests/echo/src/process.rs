//! Owns the server's process, and what `/proc` says of our own.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use clap::ValueEnum;

use crate::Outcome;
use crate::rivals::Whose;

/// The echo server as a child process; ended and waited for when dropped.
pub(crate) struct Server {
    child: Child,
    port: u16,
}

impl Server {
    pub(crate) fn start() -> Outcome<Self> {
        Self::of(Whose::Careful)
    }

    pub(crate) fn of(whose: Whose) -> Outcome<Self> {
        let name = whose.to_possible_value().ok_or("a server without a name")?;
        let mut child =
            Command::new(env::current_exe()?).args(["serve", name.get_name()]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().ok_or("the server has no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let port = line.trim().parse().map_err(|_| format!("the server did not say its port but: {line:?}"))?;
        Ok(Self { child, port })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Asks it to end, and goes on.
    pub(crate) fn end(&mut self) {
        drop(self.child.stdin.take());
    }

    /// Its resident memory in bytes.
    pub(crate) fn resident(&self) -> Outcome<u64> {
        resident_of(&self.child.id().to_string())
    }

    /// CPU time of all its threads so far, from `/proc/<pid>/task/*/schedstat`.
    pub(crate) fn cpu(&self) -> Outcome<Duration> {
        let mut nanos = 0_u64;
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            nanos += nanos_of(&fs::read_to_string(task?.path().join("schedstat"))?)?;
        }
        Ok(Duration::from_nanos(nanos))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Processes of ours that go before all others on this machine, so that what those do is no part of a latency; until this is dropped.
pub(crate) struct First(Vec<u32>);

impl First {
    /// With all threads that they have now, and those that these will start. `None`: it takes root, and `chrt` of util-linux.
    pub(crate) fn of(ids: &[u32]) -> Option<Self> {
        let first = Self(ids.to_vec());
        first.0.iter().all(|id| schedule("--fifo", "1", *id)).then_some(first)
    }
}

impl Drop for First {
    fn drop(&mut self) {
        for id in &self.0 {
            schedule("--other", "0", *id);
        }
    }
}

fn schedule(policy: &str, priority: &str, id: u32) -> bool {
    let mut chrt = Command::new("chrt");
    chrt.args(["--all-tasks", policy, "--pid", priority, &id.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
    chrt.status().is_ok_and(|status| status.success())
}

/// CPU time of this thread so far, from `/proc/thread-self/schedstat` (nanoseconds, not clock ticks).
pub(crate) fn thread_cpu() -> Outcome<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(Duration::from_nanos(nanos_of(&text)?))
}

fn nanos_of(schedstat: &str) -> Outcome<u64> {
    Ok(schedstat.split_whitespace().next().ok_or("schedstat is empty")?.parse()?)
}

/// Resident memory of this process in bytes, from `/proc/self/smaps_rollup`.
pub(crate) fn resident() -> Outcome<u64> {
    resident_of("self")
}

fn resident_of(process: &str) -> Outcome<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("Rss:")).ok_or("smaps_rollup does not say Rss")?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024)
}
