//! What can go wrong with a message log.

use std::path::PathBuf;
use std::{error, fmt, io};

/// What went wrong with a message log. The link itself never suffers from it.
#[derive(Debug)]
#[non_exhaustive]
pub enum MessageLogError {
    /// The file cannot be opened.
    Open(PathBuf, io::Error),
    /// There can be no thread to write with.
    Thread(io::Error),
    /// Writing failed.
    Write(io::Error),
}

impl fmt::Display for MessageLogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(path, error) => {
                write!(f, "the message log {:?} cannot be opened: {error}; check the folder and its permissions", path.display())
            }
            Self::Thread(error) => write!(f, "no thread can be had to write the message log with: {error}"),
            Self::Write(error) => write!(f, "the message log could not be written: {error}; it ends before its link"),
        }
    }
}

impl error::Error for MessageLogError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Open(_, error) | Self::Thread(error) | Self::Write(error) => Some(error),
        }
    }
}
