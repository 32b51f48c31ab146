//! Owns the exploration as a test: the small spaces are walked to their end, and the walk itself is held to account.

use relink_core::{Instant, Link, Reaction};
use relink_notation::{Line, Outcome, lines};
use relink_tests::explore::moves::{Move, each};
use relink_tests::explore::replay::{Replay, scenario};
use relink_tests::explore::{Broken, Patience, Setting, against_golden, explore_all, settings};

#[test]
fn all_holds_in_every_reachable_state() {
    let report = explore_all(settings::small(), Patience::First, |_| {});
    println!("{report}");
    if let Some(broken) = report.broken() {
        panic!("{broken}");
    }
    assert_eq!(report.unasked(), [""; 0], "a law that is never asked shows nothing");
    against_golden("explore.txt", &report).unwrap_or_else(|different| panic!("{different}"));
}

/// Whatever the exploration forgets, hour, names and what has long passed, makes no difference: a link on a running
/// clock, whose attempts count up, does the same over hundreds of moves.
#[test]
fn what_is_forgotten_makes_no_difference() {
    let mut chance = fastrand::Rng::with_seed(7);
    for setting in settings::small().iter().chain(&settings::full()) {
        for _ in 0..20 {
            let mut replay = Replay::new(setting);
            let way: Vec<Move> = (0..300).map(|_| wander(&mut replay, setting, &mut chance)).collect();
            assert!(way.len() == 300 && replay.now > Instant::ZERO, "a walk that stands still shows nothing");
        }
    }
}

/// A random move, one in four of them the passing of time: else nothing would ever be due.
fn wander(replay: &mut Replay, setting: &Setting, chance: &mut fastrand::Rng) -> Move {
    let mut moves = Vec::new();
    each(setting, &replay.node, |what| moves.push(what));
    let what = if chance.u8(..4) == 0 { moves[0] } else { moves[chance.usize(..moves.len())] };
    let before = *replay;
    let played = replay.play(what);
    if let (Some(played), Move::Told(event, roll)) = (played, what) {
        let mut link = before.node.link;
        let seen = link.step(relink_tests::explore::left::NOW, roll, event);
        assert_eq!(kind(played.reaction), kind(seen), "{}: {what:?} in {:?}", setting.name, before.node.link.state());
    }
    assert!(replay.agrees(), "{}: {what:?}\n in {:?}\n is {:?}", setting.name, before.link, replay.link);
    what
}

/// A reaction without the attempt's name.
fn kind(reaction: Reaction) -> core::mem::Discriminant<Reaction> {
    core::mem::discriminant(&reaction)
}

/// What is printed of a broken law can be pasted: it is in the notation, and a link that is told it does what it says.
#[test]
fn a_way_is_told_as_a_scenario() {
    let mut chance = fastrand::Rng::with_seed(3);
    for setting in &settings::small() {
        let mut replay = Replay::new(setting);
        let way: Vec<Move> = (0..60).map(|_| wander(&mut replay, setting, &mut chance)).collect();
        let steps = way.iter().filter(|what| matches!(what, Move::Told(..))).count();
        let text = scenario(setting, &Broken { law: "a law", way });
        assert_eq!(replayed(&text), steps, "{text}");
    }
}

fn replayed(text: &str) -> usize {
    let (mut link, mut steps) = (None, 0);
    for line in lines(text) {
        let line = line.unwrap_or_else(|error| panic!("{error}\n{text}"));
        match line.line {
            Line::Link(header) => link = Some(Link::<relink_core::Overlap>::new(header.config)),
            Line::Step(step) => {
                let link = link.as_mut().expect("a link line comes first");
                let event = step.left.said.event(None).expect("each report says of which attempt");
                let late = link.deadline().is_some_and(|deadline| deadline < step.left.at);
                assert!(step.left.late || !late, "slept through: {}", line.text);
                let reaction = link.step(step.left.at, step.left.roll, event);
                assert_eq!(Some(Outcome::of(link, reaction)), step.right, "{}\n{text}", line.text);
                steps += 1;
            }
            Line::Blank => {}
            Line::Claim(claim) => panic!("no claim was written: {claim}"),
        }
    }
    steps
}
