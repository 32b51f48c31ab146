//! Owns the run of every scenario file on the tokio shell with paused time: what follows must be what the files say.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use relink_tests::scenario::{File, Scenario, Stepped, files_under, is_of_links, run};
use relink_tests::shell::{Fate, Plan, Reason, Shell};
use tokio::runtime::Runtime;

/// How many lines met which fate.
#[derive(Default)]
struct Count {
    paths: usize,
    whole: usize,
    told: usize,
    retold: BTreeMap<Reason, usize>,
    untold: BTreeMap<Reason, usize>,
    /// Paths that end before their time, and the lines that were not reached.
    cut: BTreeMap<Reason, (usize, usize)>,
}

impl Count {
    fn note(&mut self, plan: &Plan, length: usize) {
        self.paths += 1;
        for line in &plan.lines {
            match line.fate {
                Fate::Told => self.told += 1,
                Fate::Retold(_, reason) => *self.retold.entry(reason).or_default() += 1,
                Fate::Untold(reason) => *self.untold.entry(reason).or_default() += 1,
            }
        }
        match plan.cut {
            None => self.whole += 1,
            Some(reason) => {
                let (paths, lines) = self.cut.entry(reason).or_default();
                (*paths, *lines) = (*paths + 1, *lines + length - plan.lines.len());
            }
        }
    }

    /// Lines that are not told as they stand.
    fn others(&self) -> usize {
        let not_reached: usize = self.cut.values().map(|(_, lines)| lines).sum();
        not_reached + self.retold.values().chain(self.untold.values()).sum::<usize>()
    }

    fn print(&self) {
        println!("{} paths, {} of them to their end; {} lines told to the shell", self.paths, self.whole, self.told);
        for reason in Reason::ALL {
            let of = |counts: &BTreeMap<Reason, usize>| counts.get(&reason).copied().unwrap_or(0);
            let (paths, lines) = self.cut.get(&reason).copied().unwrap_or((0, 0));
            let (retold, untold) = (of(&self.retold), of(&self.untold));
            if retold + untold + paths > 0 {
                println!(
                    "  {reason}:\n    {retold} told in other words, {untold} untold, both to the same effect; {paths} paths end there, {lines} lines before their end"
                );
            }
        }
    }
}

fn main_path_only(scenario: &Scenario, path: &[Stepped], plan: &Plan) -> bool {
    plan.cut.is_none() && path.iter().all(|stepped| !stepped.step.left.alternative) && path.len() == main_length(scenario)
}

fn main_length(scenario: &Scenario) -> usize {
    scenario.steps.iter().filter(|stepped| !stepped.step.left.alternative).count()
}

/// One path as a scenario of its own. The claims are on the main path alone.
fn alone(scenario: &Scenario, path: &[Stepped], plan: &Plan) -> Scenario {
    let mut steps: Vec<Stepped> = plan.lines.iter().map(|line| line.stepped).collect();
    steps.iter_mut().for_each(|stepped| stepped.step.left.alternative = false);
    let claims = if main_path_only(scenario, path, plan) { scenario.claims.clone() } else { Vec::new() };
    Scenario { line: scenario.line, header: scenario.header, steps, claims }
}

fn play(runtime: &Runtime, file: &File, count: &mut Count) -> Vec<String> {
    let mut failures = Vec::new();
    for scenario in &file.scenarios {
        for path in scenario.paths() {
            let path: Vec<Stepped> = path.into_iter().filter_map(|at| scenario.steps.get(at).copied()).collect();
            let plan = Plan::of(&scenario.header, &path);
            count.note(&plan, path.len());
            let oddities = Arc::new(Mutex::new(Vec::new()));
            let came = run(&alone(scenario, &path, &plan), |header| Shell::new(runtime, header, &plan, &oddities));
            failures.extend(came.failure().map(|failure| failure.shown(&file.name, &file.text).to_string()));
            failures.extend(oddities.lock().unwrap().iter().map(|oddity| format!("{}: {oddity}\n", file.name)));
        }
    }
    failures
}

#[test]
fn every_scenario_holds_on_the_tokio_shell() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let (mut count, mut failures) = (Count::default(), Vec::new());
    let files = files_under(&folder).unwrap();
    for path in &files {
        let text = std::fs::read_to_string(path).unwrap();
        if !is_of_links(&text) {
            continue;
        }
        let file = File::parse(&path.display().to_string(), &text).unwrap();
        failures.extend(play(&runtime, &file, &mut count));
    }
    println!("{} files", files.len());
    count.print();
    let shown = failures.iter().take(5).fold(String::new(), |shown, failure| shown + failure);
    assert!(failures.is_empty(), "{} failures, the first are\n{shown}", failures.len());
    let all = count.told + count.others();
    assert!(count.whole * 100 >= count.paths * 90, "too many paths end before their time");
    assert!(count.told * 100 >= all * 95, "too few lines are told: {} of {all}", count.told);
}
