//! Owns the run of many explorations and what is said of them: sizes, laws, and ways to what is broken.

use core::fmt::{self, Display, Formatter};
use core::sync::atomic::{AtomicUsize, Ordering};
use std::path::Path;
use std::sync::Mutex;
use std::{env, fs, thread};

use super::law::Tally;
use super::replay::scenario;
use super::search::{Broken, Found, Patience, explore};
use super::setting::Setting;

/// What many explorations found.
#[derive(Debug)]
pub struct Report {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    setting: Setting,
    outcome: Result<Found, Vec<Broken>>,
}

/// Explores these settings, as many at once as there are cores, and tells of each when it is done. Who is content with
/// what is broken first gets no setting begun after it.
pub fn explore_all(settings: Vec<Setting>, patience: Patience, tell: impl Fn(&str) + Sync) -> Report {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(setting) = settings.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = explore(setting, patience);
            if outcome.is_err() && patience == Patience::First {
                next.store(settings.len(), Ordering::Relaxed);
            }
            tell(&line(setting, &outcome));
            if let Ok(mut done) = done.lock() {
                done.push(Row { setting: setting.clone(), outcome });
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let mut rows = done.into_inner().unwrap_or_default();
    let place = |row: &Row| settings.iter().position(|setting| setting.name == row.setting.name);
    rows.sort_by_key(place);
    let content = rows.iter().any(|row: &Row| row.outcome.is_err());
    assert!(content || rows.len() == settings.len(), "an exploration has ended without an outcome");
    Report { rows }
}

fn line(setting: &Setting, outcome: &Result<Found, Vec<Broken>>) -> String {
    match outcome {
        Ok(Found { size, .. }) => format!("{:9} {:11}  {}", size.states, size.transitions, setting.name),
        Err(broken) => format!("{:>21}  {}", format!("{} laws broken", broken.len()), setting.name),
    }
}

impl Report {
    /// The sizes, one setting a line: the same wherever it runs.
    #[must_use]
    pub fn sizes(&self) -> String {
        let mut text = String::from("   states transitions  setting\n");
        for row in &self.rows {
            text += &line(&row.setting, &row.outcome);
            text.push('\n');
        }
        text
    }

    /// The laws, each with how often it was asked and held, over all settings.
    #[must_use]
    pub fn laws(&self) -> String {
        let mut text = String::from("        held  law\n");
        for (law, held) in self.counts() {
            text += &format!("{held:12}  {law}\n");
        }
        text
    }

    fn counts(&self) -> Vec<(&'static str, u64)> {
        let mut tally = Tally::EMPTY;
        let mut whole: Vec<(&str, u64)> = Vec::new();
        for found in self.rows.iter().filter_map(|row| row.outcome.as_ref().ok()) {
            tally.add(&found.tally);
            for judged in found.whole {
                match whole.iter_mut().find(|(law, _)| *law == judged.law) {
                    Some((_, held)) => *held += judged.held,
                    None => whole.push((judged.law, judged.held)),
                }
            }
        }
        tally.rows().map(|(law, held)| (law.says, held)).chain(whole).collect()
    }

    /// The laws that were never asked: what they say was not shown.
    #[must_use]
    pub fn unasked(&self) -> Vec<&'static str> {
        self.counts().into_iter().filter(|(_, held)| *held == 0).map(|(law, _)| law).collect()
    }

    /// Every broken law's shortest way, each as a scenario; none if all held.
    #[must_use]
    pub fn broken(&self) -> Option<String> {
        let mut all = String::new();
        for (setting, broken) in self.rows.iter().filter_map(|row| Some((&row.setting, row.outcome.as_ref().err()?))) {
            for broken in broken {
                all += &format!("# In the setting \"{}\".\n{}\n", setting.name, scenario(setting, broken));
            }
        }
        if all.is_empty() { None } else { Some(all) }
    }
}

/// Holds a report against the golden file of this name; with `BLESS=1` in the environment, writes it there instead.
///
/// # Errors
/// The first line that differs, or why the file cannot be written.
pub fn against_golden(name: &str, report: &Report) -> Result<(), String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name);
    let current = report.to_string();
    if env::var_os("BLESS").is_some_and(|value| value == "1") {
        return fs::write(&path, current).map_err(|error| format!("{}: {error}", path.display()));
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    let lines = golden.lines().map(Some).chain([None]).zip(current.lines().map(Some).chain([None]));
    match lines.enumerate().find(|(_, (was, is))| was != is) {
        None => Ok(()),
        Some((line, (was, is))) => {
            let (was, is) = (was.unwrap_or("the end"), is.unwrap_or("the end"));
            Err(format!("{}:{}: not current; BLESS=1 writes it\n  was: {was}\n   is: {is}", path.display(), line + 1))
        }
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.sizes(), self.laws())
    }
}
