//! Owns the files: finding them, and reading them to be judged.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::{Coverage, Judgement, judge_text};

/// As [`judge_text`], of the file at this path.
#[must_use]
pub fn judge(path: &Path, blessing: bool, coverage: &Coverage) -> Judgement {
    let name = path.display().to_string();
    match fs::read_to_string(path) {
        Ok(text) => judge_text(&name, &text, blessing, coverage),
        Err(error) => Judgement { scenarios: 0, failure: Some(format!("{name}: cannot be read: {error}\n")), blessed: None },
    }
}

/// The scenario files under this path, in order: the file itself, or everything named `*.scenario` in a folder.
///
/// # Errors
/// A path that does not exist or cannot be listed.
pub fn files_under(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "scenario") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
