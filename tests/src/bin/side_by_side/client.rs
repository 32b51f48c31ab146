//! Owns the clients that are compared: their names, their versions, and the command that runs each one's driver.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A client, in the order of the table's columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    Node1,
    Node2,
    Node3,
    Python,
    Relink,
}

/// Where the drivers and the packages of the official clients are.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// `tests/side-by-side`, or a copy.
    pub(crate) drivers: PathBuf,
    /// Where npm and pip have put them: `node_modules` and `python`.
    pub(crate) packages: PathBuf,
}

impl Client {
    pub(crate) const ALL: [Self; 5] = [Self::Node1, Self::Node2, Self::Node3, Self::Python, Self::Relink];

    /// What the column says. The versions are those of `package-lock.json` and `requirements.txt`; [`Places::check`] looks.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Node1 => "@slack/socket-mode 1.3.6",
            Self::Node2 => "@slack/socket-mode 2.0.2",
            Self::Node3 => "@slack/socket-mode 3.1.0",
            Self::Python => "slack_sdk 3.47.0",
            Self::Relink => "relink",
        }
    }

    /// A word without blanks, for the command line and for files.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Node1 => "node1",
            Self::Node2 => "node2",
            Self::Node3 => "node3",
            Self::Python => "python",
            Self::Relink => "relink",
        }
    }

    /// The module's name in `package.json`.
    const fn module(self) -> Option<&'static str> {
        match self {
            Self::Node1 => Some("socket-mode-1"),
            Self::Node2 => Some("socket-mode-2"),
            Self::Node3 => Some("socket-mode-3"),
            Self::Python | Self::Relink => None,
        }
    }

    /// The command that runs its driver.
    pub(crate) fn command(self, places: &Places, api_url: &str, handler_ms: u32) -> io::Result<Command> {
        let mut command = if let Some(module) = self.module() {
            let mut node = Command::new("node");
            node.arg(places.drivers.join("driver.cjs")).arg(places.packages.join("node_modules").join(module));
            node
        } else if self == Self::Python {
            let mut python = Command::new("python3");
            python.arg(places.drivers.join("driver.py")).env("PYTHONPATH", places.packages.join("python"));
            python
        } else {
            // Cargo puts the package's programs side by side.
            Command::new(env::current_exe()?.with_file_name("side_by_side_driver"))
        };
        command.arg(api_url).arg(handler_ms.to_string());
        for proxy in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
            command.env_remove(proxy);
        }
        Ok(command)
    }

    /// Whether the version that is installed is the one that the column names.
    fn is_installed(self, places: &Places) -> bool {
        let version = self.name().rsplit(' ').next().unwrap_or_default();
        match self.module() {
            Some(module) => {
                let package = read(&places.packages.join("node_modules").join(module).join("package.json"));
                package.contains(&format!("\"version\": \"{version}\""))
            }
            None => self == Self::Relink || places.packages.join("python").join(format!("slack_sdk-{version}.dist-info")).is_dir(),
        }
    }
}

impl Places {
    /// Whether every official client is installed in its version.
    ///
    /// # Errors
    /// A sentence with the first that is not.
    pub(crate) fn check(&self) -> Result<(), String> {
        match Client::ALL.into_iter().find(|client| !client.is_installed(self)) {
            Some(client) => Err(format!("{} is not in {}; tests/side-by-side/run.sh installs it", client.name(), self.packages.display())),
            None => Ok(()),
        }
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}
