//! Owns the random worlds of two peers: whatever users do and the wire suffers, the rules of the house hold for every link, and a
//! drain ends in its time, once, with nobody left. A world that breaks one is printed as a scenario.

use fastrand::Rng;
use relink_tests::scenario::{Coverage, judge_text};

const WORLDS: u64 = 1_500;
/// Grace, spread and force in seconds: the drain is over after their sum.
const DRAIN: [u32; 3] = [1, 3, 2];

fn pick(rng: &mut Rng, choices: &[&'static str]) -> &'static str {
    rng.choice(choices).unwrap_or(&"")
}

/// A scenario by chance, which ends with a drain.
fn world(rng: &mut Rng) -> String {
    let latency = pick(rng, &["none", "1ms", "50ms", "700ms", "3s"]);
    let names = &["a", "b", "c", "d"][..rng.usize(1..=4)];
    let mut text = format!("wire latency={latency} roll={}%\n", rng.u32(..=100));
    names.iter().for_each(|name| text += &client(rng, name));
    text += &server(rng);
    text.extend(names.iter().map(|name| format!("at 0s {name} start\n")));
    let mut millis = 0;
    for _ in 0..rng.usize(0..12) {
        millis += rng.u32(0..4_000);
        let deed = pick(rng, &["cut N", "mute N", "lose close N", "N stop 1000", "N start", "N drain 30s 1001"]);
        text += &format!("at {millis}ms {}\n", deed.replace('N', pick(rng, names)));
    }
    text + &drain(rng, millis.div_ceil(1000) + 5)
}

fn client(rng: &mut Rng, name: &str) -> String {
    let keys = [
        pick(rng, &["", "as x"]),
        pick(rng, &["backoff=100ms..2s", "backoff=5s", "backoff=fleet"]),
        pick(rng, &["", "acceptance=2s"]),
        pick(rng, &["ping=none", "ping=4s pong=2s"]),
        pick(rng, &["", "overlap=5s lifetime=10s"]),
        pick(rng, &["", "closing=5s"]),
    ];
    format!("client {name} {}\n", keys.join(" "))
}

fn server(rng: &mut Rng) -> String {
    let keys = [
        pick(rng, &["", "acceptance=2s"]),
        pick(rng, &["ping=none", "ping=5s pong=2s"]),
        pick(rng, &["", "lifetime=15s"]),
        pick(rng, &["", "closing=30s"]),
        pick(rng, &["", "farewell"]),
    ];
    let [grace, spread, force] = DRAIN;
    format!("server S {} grace={grace}s spread={spread}s force={force}s\n", keys.join(" "))
}

/// The drain from this second on, and what must hold of it.
fn drain(rng: &mut Rng, second: u32) -> String {
    let forced = rng.bool();
    let over = second + if forced { 2 } else { DRAIN.iter().sum() };
    let force = if forced { format!("at {over}s S force\n") } else { String::new() };
    format!(
        "at {second}s S drain 1012\n{force}until {}s\nS never more than 1 is drained\nS never more than 1 refuses whoever comes\n\
         S always some is drained from {second}s before {}ms\n",
        over + 20,
        over * 1000 + 1
    )
}

/// What is written of the server, with the time of each line.
fn told(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.strip_prefix("| ")?.trim_start().split_once("  ")?.1.trim_start().strip_prefix("S "))
}

#[test]
fn whatever_happens_a_drain_ends_in_time_with_nobody_left() {
    let (mut admitted, mut forced, mut refused) = (0, 0, 0);
    for seed in 0..WORLDS {
        let text = world(&mut Rng::with_seed(seed));
        let judgement = judge_text("a random world", &text, true, &Coverage::default());
        let written = judgement.blessed.unwrap_or_else(|| panic!("{}\n{text}", judgement.failure.unwrap_or_default()));
        let lines: Vec<&str> = told(&written).map(str::trim).collect();
        let begin = lines.iter().position(|line| line.starts_with("refuses whoever comes")).expect("it begins");
        let (before, after) = lines.split_at(begin);
        assert!(!after.iter().any(|line| line.starts_with("admits")), "seed {seed}: somebody is admitted during the drain\n{written}");
        let admits = before.iter().filter(|line| line.starts_with("admits")).count();
        let left = lines.iter().rfind(|line| line.starts_with("has ")).copied();
        assert!(admits == 0 || left == Some("has 0 left"), "seed {seed}: {left:?}\n{written}");
        admitted += admits;
        refused += after.iter().filter(|line| line.starts_with("refuses ")).count() - 1;
        forced += after.iter().filter(|line| line.starts_with("drops")).count();
        let again = judge_text("a random world", &written, false, &Coverage::default());
        assert_eq!(again.failure, None, "seed {seed}: the same world went otherwise");
    }
    println!("{WORLDS} worlds: {admitted} connections admitted, {forced} dropped by a drain, {refused} refused during one");
    assert!(admitted > 3_000 && forced > 300 && refused > 300, "{admitted} {forced} {refused}");
}
