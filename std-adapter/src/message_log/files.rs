//! The files of a log: the current one grows to its limit, then the older ones move on by one and the oldest goes.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::MessageLogError;

pub(super) struct Files {
    path: PathBuf,
    files_max: u32,
    file_bytes_max: u64,
    current: File,
    bytes: u64,
}

impl Files {
    pub(super) fn open(path: &Path, files_max: u32, file_bytes_max: u64) -> Result<Self, MessageLogError> {
        let failed = |error| MessageLogError::Open(path.into(), error);
        let current = open(path).map_err(failed)?;
        let bytes = current.metadata().map_err(failed)?.len();
        Ok(Self { path: path.into(), files_max, file_bytes_max, current, bytes })
    }

    /// Writes one line, whole, into one file.
    pub(super) fn write(&mut self, line: &str) -> io::Result<()> {
        let length = line.len() as u64;
        if self.bytes > 0 && self.bytes.saturating_add(length) > self.file_bytes_max {
            self.turn_over()?;
        }
        self.current.write_all(line.as_bytes())?;
        self.bytes = self.bytes.saturating_add(length);
        Ok(())
    }

    fn turn_over(&mut self) -> io::Result<()> {
        // As far as there are files: behind a gap nothing has to move.
        let oldest = (1..self.files_max).find(|&number| !self.name(number).exists()).unwrap_or(self.files_max - 1);
        for number in (0..oldest).rev() {
            absent_is_fine(fs::rename(self.name(number), self.name(number + 1)))?;
        }
        if oldest == 0 {
            absent_is_fine(fs::remove_file(&self.path))?;
        }
        self.current = open(&self.path)?;
        self.bytes = 0;
        Ok(())
    }

    fn name(&self, number: u32) -> PathBuf {
        if number == 0 {
            return self.path.clone();
        }
        let mut name = OsString::from(&self.path);
        name.push(format!(".{number}"));
        name.into()
    }
}

fn absent_is_fine(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
