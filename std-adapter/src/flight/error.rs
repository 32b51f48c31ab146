//! What can go wrong with a record.

use std::path::PathBuf;
use std::{error, fmt, io};

/// What went wrong with a record. The link itself never suffers from it.
#[derive(Debug)]
#[non_exhaustive]
pub enum FlightError {
    /// The file cannot be created.
    Create(PathBuf, io::Error),
    /// There can be no thread to write with.
    Thread(io::Error),
    /// Writing failed.
    Write(io::Error),
}

impl fmt::Display for FlightError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create(path, error) => {
                write!(f, "the flight record {:?} cannot be created: {error}; check the folder and its permissions", path.display())
            }
            Self::Thread(error) => write!(f, "no thread can be had to write the flight record with: {error}"),
            Self::Write(error) => write!(f, "the flight record could not be written: {error}; it ends before its link"),
        }
    }
}

impl error::Error for FlightError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Create(_, error) | Self::Thread(error) | Self::Write(error) => Some(error),
        }
    }
}
