//! Owns the flight records: every link of the demonstration is recorded, and replayed when all is over.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fs, mem};

use relink_tests::scenario::{Bare, File, run};
use relink_tokio::flight::{Flight, FlightError, Options, Recorder};

use super::outcome::Bound;
use crate::wording::counted;

/// The records of all links. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Records(Arc<Mutex<Vec<Record>>>);

/// The record of one link.
#[derive(Debug)]
struct Record {
    scene: &'static str,
    flight: Flight,
    tape: Tape,
}

/// What a recorder writes to, kept in memory.
#[derive(Clone, Debug, Default)]
struct Tape(Arc<Mutex<Vec<u8>>>);

impl Records {
    /// A recorder for a link of this scene.
    pub(crate) fn recorder(&self, scene: &'static str) -> Result<Recorder, FlightError> {
        let tape = Tape::default();
        let (recorder, flight) = Recorder::to_writer(tape.clone(), Options::DEFAULT)?;
        lock(&self.0).push(Record { scene, flight, tape });
        Ok(recorder)
    }

    /// Replays all records, of links that have ended, and writes them into the folder. What differs is said to `tell`.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub(crate) async fn replay(&self, folder: Option<&Path>, tell: impl Fn(&str)) -> io::Result<Bound> {
        let records = mem::take(&mut *lock(&self.0));
        let (links, mut steps, mut differing) = (records.len(), 0, 0);
        let mut numbers = BTreeMap::new();
        for Record { scene, flight, tape } in records {
            let number = numbers.entry(scene).and_modify(|number| *number += 1).or_insert(1);
            let name = format!("{scene}-{number}.scenario");
            let finished = flight.finished().await.map_err(|error| error.to_string());
            let text = tape.text();
            match finished.and_then(|recorded| replayed(&name, &text).map(|replayed| (recorded.stopped, replayed))) {
                Ok((None, replayed)) => steps += replayed,
                Ok((Some(stopped), _)) => {
                    differing += 1;
                    tell(&format!("the record {name} ended before its link: {stopped:?}"));
                }
                Err(difference) => {
                    differing += 1;
                    tell(&difference);
                }
            }
            if let Some(folder) = folder {
                write(folder, &name, &text)?;
            }
        }
        let others = if differing == 0 { "the same decisions".to_owned() } else { format!("{differing} of them differ") };
        Ok(Bound::new(
            format!("recorded and replayed: {}, {}, {others}", counted(links, "link"), counted(steps, "step")),
            differing == 0 && steps > 0,
        ))
    }
}

/// Steps a fresh link through the record, and gives the number of its steps; the error is the first difference.
fn replayed(name: &str, text: &str) -> Result<usize, String> {
    let file = File::parse(name, text).map_err(|failure| failure.shown(name, text).to_string())?;
    for scenario in &file.scenarios {
        if let Some(failure) = run(scenario, Bare::new).failure() {
            return Err(failure.shown(name, text).to_string());
        }
    }
    Ok(file.scenarios.iter().map(|scenario| scenario.steps.len()).sum())
}

fn write(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    let path: PathBuf = folder.join(name);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, text));
    written.map_err(|error| io::Error::new(error.kind(), format!("{} cannot be written: {error}", path.display())))
}

impl Tape {
    fn text(&self) -> String {
        String::from_utf8_lossy(&lock(&self.0)).into_owned()
    }
}

impl Write for Tape {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lock(&self.0).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
