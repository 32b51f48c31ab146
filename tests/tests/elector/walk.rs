//! The walk: every elector that can be reached is told everything that can be told, at every moment, until there is nothing new.

use std::collections::{HashSet, VecDeque};

use relink_core::elector::{Action, Event, Reaction, Reply, State, Token};

use super::alone::Node;

const STATES_MAX: usize = 1_000_000;
/// Longer than every wait there is: a lease, its release, a rest and a request.
const LONG: u64 = 30;

#[test]
fn all_holds_in_every_reachable_state() {
    let first = Node::new();
    let (mut known, mut queue) = (HashSet::from([first.key()]), VecDeque::from([first]));
    let mut transitions = 0_u64;
    while let Some(node) = queue.pop_front() {
        leads_if_it_is_granted(node);
        is_idle_if_it_is_stopped(node);
        let mut reaches = |next: Node| {
            transitions += 1;
            if known.insert(next.key()) {
                queue.push_back(next);
            }
        };
        reaches(node.later());
        for (event, back) in node.moves() {
            for roll in [0, u32::MAX] {
                let mut next = node;
                let (reaction, held) = next.tell(event, roll, back);
                assert!(held.is_ok(), "{held:?}: {event:?}, back: {back}, to {node:#?} -> {reaction:?}, {:?}", next.elector.state());
                reaches(next);
            }
        }
        assert!(known.len() < STATES_MAX, "the space does not close");
    }
    println!("{} states, {transitions} transitions", known.len());
    assert!(known.len() > 1_000);
}

/// With a store that answers at once, whoever starts leads after a while.
fn leads_if_it_is_granted(mut node: Node) {
    let (from, mut token) = (node, 1_000_000);
    let (_, held) = node.tell(Event::Start, 0, false);
    assert!(held.is_ok(), "{held:?}");
    let end = node.now + LONG;
    while node.now < end {
        let reply = |token| Reply::Granted(Token::new(token));
        let ours = node.elector.state().leads().map_or(token, Token::get);
        let event = node.elector.state().under_way().map_or(Event::Timeout, |request| Event::Of(request, reply(ours)));
        let before = node;
        let (reaction, held) = node.tell(event, 0, false);
        assert!(held.is_ok(), "{held:?}: {event:?} to {before:?} -> {reaction:?}");
        match reaction {
            Reaction::Do(Action::Lead(_)) => return,
            Reaction::Ignored => node.now += 1,
            Reaction::Do(_) | Reaction::Wait if matches!(node.elector.state(), State::Leading(lead) if lead.since.as_millis() == node.now) =>
            {
                return;
            }
            Reaction::Do(_) | Reaction::Wait => token += 1,
        }
    }
    assert!(matches!(node.elector.state(), State::Leading(_)), "nobody leads: {from:#?}\n{node:#?}");
}

/// With a store that is silent, whoever stops is idle after a while.
fn is_idle_if_it_is_stopped(mut node: Node) {
    let from = node;
    let (_, held) = node.tell(Event::Stop, 0, false);
    assert!(held.is_ok(), "{held:?}");
    let end = node.now + LONG;
    while node.elector.state() != State::Idle {
        let before = node;
        let (reaction, held) = node.tell(Event::Timeout, 0, false);
        assert!(held.is_ok(), "{held:?}: timeout to {before:?} -> {reaction:?}");
        assert!(node.now < end, "it does not end: {from:#?}\n{node:#?}");
        if reaction == Reaction::Ignored {
            node.now += 1;
        }
    }
}
