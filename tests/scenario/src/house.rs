//! Owns the house rules: what holds in every scenario without being written in it.

use relink_core::{Action, Event, Reaction};
use relink_notation::{Header, StateWord};

use super::seen::{Account, Seen};

/// The first step that breaks a rule of the house, and the rule.
pub(super) fn broken<'a>(header: &Header, steps: &'a [Seen]) -> Option<(&'a Seen, &'static str)> {
    let mut account = Account::default();
    let mut before: Option<&Seen> = None;
    for seen in steps {
        account.hear(seen.event);
        if let Some(rule) = by_action(&account, before, seen).or_else(|| by_silence(before, seen)) {
            return Some((seen, rule));
        }
        seen.action().into_iter().for_each(|action| account.act(action));
        if account.held().len() > most_held(header) {
            return Some((seen, "more connections are held than the link may hold: one, or two with overlap="));
        }
        before = Some(seen);
    }
    None
}

fn most_held(header: &Header) -> usize {
    if header.single || header.config.overlap_max.is_zero() || !header.config.redial { 1 } else { 2 }
}

fn by_action(account: &Account, before: Option<&Seen>, seen: &Seen) -> Option<&'static str> {
    let action = seen.action()?;
    let attempt = Seen::attempt(action);
    match action {
        Action::Open(_) if account.held().contains(&attempt) => return Some("an attempt that is held is opened again"),
        Action::Open(_) if !account.opening().is_empty() => return Some("two attempts are being opened at once"),
        Action::Ping(_) | Action::Close(..) if account.is_closed(attempt) => return Some("something is sent after a Close"),
        Action::Ping(_) | Action::Close(..) | Action::Abort(_) if !account.held().contains(&attempt) => {
            return Some("an action is about a connection that is not held");
        }
        Action::Open(_) | Action::Ping(_) | Action::Close(..) | Action::Abort(_) => {}
    }
    let ended = before.is_some_and(|before| matches!(before.outcome.state, StateWord::Shutdown(_)));
    (ended && seen.event != Event::Start).then_some("something is done after the end, without a start")
}

fn by_silence(before: Option<&Seen>, seen: &Seen) -> Option<&'static str> {
    if seen.outcome.reaction != Reaction::Ignored {
        return None;
    }
    let (state, deadline) = before.map_or((StateWord::Idle, None), |before| (before.outcome.state, before.outcome.deadline));
    let changed = state != seen.outcome.state || deadline != seen.outcome.deadline;
    changed.then_some("something is ignored and yet changes the link")
}
