//! Owns what can happen next: every event the world may tell, and the passing of time.

use core::cell::Cell;

use relink_core::{Attempt, CloseCode, Event, Instant, Report};

use super::left::{Left, NEVER, NOW, until};
use super::node::{BESIDE, CURRENT, GONE, LONG_GONE, Node};
use super::setting::{Clock, ROLLS, Setting};

/// Something that can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Nothing is told for so many milliseconds.
    Passes(Left),
    /// An event is told, with this roll.
    Told(Event, u32),
}

/// The codes of the user's and the peer's endings: all different, and none of them the core's own, so that none can stand for another.
pub const STOP: CloseCode = CloseCode::new(4000);
/// With `Drain`.
pub const DRAIN: CloseCode = CloseCode::SERVICE_RESTART;
/// With `Broken`.
pub const BROKEN: CloseCode = CloseCode::PROTOCOL_ERROR;

/// Every move from this node, in an order that is always the same.
pub fn each(setting: &Setting, node: &Node, mut visit: impl FnMut(Move)) {
    visit(Move::Passes(passing(setting, node)));
    for roll in rolls(node.is_due()) {
        visit(Move::Told(Event::Timeout, *roll));
    }
    for roll in ROLLS {
        visit(Move::Told(Event::Start, roll));
    }
    visit(Move::Told(Event::Stop(STOP), 0));
    for wait in setting.words.drains {
        visit(Move::Told(Event::Drain(NOW.after(*wait), DRAIN), 0));
    }
    for (attempt, held) in [(CURRENT, true), (BESIDE, true), (GONE, false), (LONG_GONE, false)] {
        let known = node.world.conn(attempt).is_some();
        if known || !held {
            reports(setting, attempt, rolls(known), &mut visit);
        }
    }
}

/// Where nothing is to be drawn, one roll is as good as another.
fn rolls(drawn: bool) -> &'static [u32] {
    if drawn { &ROLLS } else { &ROLLS[1..2] }
}

fn reports(setting: &Setting, attempt: Attempt, rolls: &[u32], visit: &mut impl FnMut(Move)) {
    let plain = [Report::Heard, Report::Drained, Report::Broken(BROKEN), Report::Opened, Report::Accepted];
    let pulses = setting.words.pulses.iter().map(|next| Report::Pulse(*next));
    let endings =
        setting.words.verdicts.iter().flat_map(|verdict| [Report::Asked(*verdict), Report::Closed(*verdict), Report::Lost(*verdict)]);
    for report in plain.into_iter().chain(pulses).chain(endings) {
        for roll in rolls {
            visit(Move::Told(Event::Of(attempt, report), *roll));
        }
    }
}

fn passing(setting: &Setting, node: &Node) -> Left {
    match setting.clock {
        Clock::Ticks => 1,
        Clock::Jumps => next_instant(node),
    }
}

/// How far off the next instant is that means something; 1 if there is none.
fn next_instant(node: &Node) -> Left {
    let next = Cell::new(NEVER);
    let see = |wait: Left| {
        if wait > 0 && wait < next.get() {
            next.set(wait);
        }
    };
    let look = |at: Instant| {
        see(until(at));
        at
    };
    let _same = node.link.translated(look, |attempt| attempt);
    node.world.each_wait(node.link.config(), see);
    if next.get() == NEVER { 1 } else { next.get() }
}
