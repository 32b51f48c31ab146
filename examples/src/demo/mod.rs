//! Owns the demonstration: all scenes at once, what happens as it happens, then the table and whether a bound was missed.

mod context;
mod follow;
mod leftovers;
mod measure;
mod outcome;
mod paint;
mod phrase;
mod protocol;
mod records;
mod scenes;
mod slack;
mod table;

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::wording::seconds;
use context::Context;
use leftovers::Leftovers;
use outcome::Outcome;
use paint::{Page, Tone};
use records::Records;
use scenes::{SCENES, Scene};

/// No scene takes longer than this; the longest is to watch a server for 10 s.
const SCENE_MAX: Duration = Duration::from_secs(40);

/// What the demonstration can be told.
#[derive(Clone, Debug, clap::Args)]
#[group(id = "demonstration", conflicts_with = "url")]
pub struct Options {
    /// Plays only this scene; may be given several times
    #[arg(long, value_name = "SCENE", value_parser = clap::builder::PossibleValuesParser::new(SCENES.map(|scene| scene.name)))]
    only: Vec<String>,
    /// Makes chance repeatable; it is told at the beginning of each run
    #[arg(long, value_name = "NUMBER", value_parser = seed)]
    seed: Option<u64>,
}

fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("a whole number is expected, from 0 to {}", u64::MAX))
}

/// Plays the demonstration; `false` if a bound was missed. The flight record of every link goes into the folder `record`.
///
/// # Errors
/// If it could not be played at all.
pub async fn run(options: &Options, record: Option<&Path>) -> Result<bool, Box<dyn Error>> {
    let before = Leftovers::count()?;
    let page = Page::new();
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    let scenes: Vec<_> =
        SCENES.iter().filter(|scene| options.only.is_empty() || options.only.iter().any(|only| only == scene.name)).collect();
    paint::opening(&page, &scenes, seed);

    let began = Instant::now();
    let records = Records::default();
    let outcomes = play(&page, &records, &scenes, seed).await;
    let took = began.elapsed();
    let left = Leftovers::settled(&before).await?;
    let replayed = records.replay(record, |difference| page.print(&page.toned(Tone::Bad, difference))).await?;

    page.print("");
    page.print(&table::render(&page, &scenes, &outcomes));
    let bounds = outcomes.iter().flat_map(|outcome| &outcome.bounds).chain([&left, &replayed]);
    let missed = bounds.clone().filter(|bound| !bound.met).count();
    page.print(&table::notes(&page, &[&left, &replayed]));
    let (tone, verdict) = match missed {
        0 => (Tone::Good, format!("All {} bounds were met, in {}.", bounds.count(), seconds(took))),
        _ => (Tone::Bad, format!("{missed} of {} bounds were missed; --seed {seed} plays the same chance again.", bounds.count())),
    };
    page.print(&page.toned(tone, &verdict));
    Ok(missed == 0)
}

/// Plays the scenes side by side; the outcomes are in the order of the scenes.
async fn play(page: &Page, records: &Records, scenes: &[&'static Scene], seed: u64) -> Vec<Outcome> {
    let mut playing = JoinSet::new();
    for (index, scene) in scenes.iter().copied().enumerate() {
        let said = page.clone();
        let context = Context::new(page.clone(), records.clone(), scene, index, seed);
        playing.spawn(async move {
            let outcome = match timeout(SCENE_MAX, (scene.play)(context)).await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(error)) => {
                    // What a server saw can be long; the table has only its first line.
                    said.print(&said.toned(Tone::Bad, &format!("{}: {error}", scene.name)));
                    Outcome::failed(&error.to_string())
                }
                Err(_) => Outcome::failed(&format!("the scene did not end within {}", seconds(SCENE_MAX))),
            };
            (index, outcome)
        });
    }
    let mut outcomes: Vec<Option<Outcome>> = scenes.iter().map(|_| None).collect();
    while let Some(played) = playing.join_next().await {
        if let Ok((index, outcome)) = played {
            outcomes[index] = Some(outcome);
        }
    }
    outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(|| Outcome::failed("the scene panicked"))).collect()
}
