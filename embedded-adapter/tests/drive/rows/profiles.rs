//! Owns protocols on top, as they are: Slack's acknowledgements, warnings and ends, OneBot's heartbeats.

use std::rc::Rc;

use relink_core::{CloseCode, Config, Millis, Overlap, Pairing};
use relink_embedded::wire::WsFramer;
use relink_embedded::{Line, Session, User, run};
use relink_profiles::Profile;
use relink_profiles::onebot::Application;
use relink_profiles::slack::Slack;

use crate::app::{App, Desk};
use crate::frugal::Frugal;
use crate::net::Wires;
use crate::peer::Peer;
use crate::pipe::Manner;
use crate::rig::{CONFIG, Rig, entropy};
use crate::user::Witness;

/// Slack's own configuration, with delays that can be foretold.
const SLACK: Config = Config { backoff: CONFIG.backoff, start_spread: Millis::ZERO, ..Slack::CONFIG };
const ONEBOT: Config = Config { backoff: CONFIG.backoff, ..Application::CONFIG };

const HELLO: &str = r#"{"type":"hello","num_connections":1,"connection_info":{"app_id":"A1"}}"#;
const WARNING: &str = r#"{"type":"disconnect","reason":"warning"}"#;
const CONNECT: &str = r#"{"time":1,"self_id":7,"post_type":"meta_event","meta_event_type":"lifecycle","sub_type":"connect"}"#;
const HEARTBEAT: &str = r#"{"time":1,"self_id":7,"post_type":"meta_event","meta_event_type":"heartbeat","interval":5000,"status":{}}"#;

fn envelope(id: &str) -> String {
    format!(r#"{{"envelope_id":"{id}","type":"events_api","accepts_response_payload":false,"payload":{{"n":1}}}}"#)
}

fn witness(rig: &Rig) -> Witness {
    Witness { world: Rc::clone(&rig.world), notes: Rc::clone(&rig.notes) }
}

/// Starts a device with two lines that speaks this protocol.
fn start<P: Profile + 'static, U: User<P> + 'static>(rig: &Rig, config: Config, profile: P, user: U)
where
    Overlap: Pairing,
{
    let (client, net, clock, ended) = (Rc::clone(&rig.client), Rc::clone(&rig.net), rig.clock(), Rc::clone(&rig.ended));
    let mut session: Session<P, U, _> = Session::new(config, profile, user, entropy());
    rig.world.spawn(Frugal::new(async move {
        let mut buffers = [[0; 256]; 4];
        let [receive_0, send_0, receive_1, send_1] = &mut buffers;
        let wires = |line| Wires { net: Rc::clone(&net), line };
        let mut first: Line<'_, _, WsFramer> = Line::new(wires(0), receive_0, send_0, &client).unwrap();
        let mut second = Line::new(wires(1), receive_1, send_1, &client).unwrap();
        ended.set(Some(run(&mut session, &client, &clock, (&mut first, &mut second)).await));
    }));
}

/// Says these texts at these times after the upgrade of a connection, and notes what it hears.
fn recite(rig: &Rig, script: &'static [(usize, u64, &'static str)]) {
    let (clock, got) = (rig.clock(), Rc::clone(&rig.got));
    rig.serve(move |number, end| {
        let (clock, got) = (clock.clone(), Rc::clone(&got));
        async move {
            let mut peer = Peer::upgrade(end).await;
            let begin = clock.0.now();
            let mut lines = script.iter().filter(|(connection, ..)| *connection == number);
            loop {
                let next = lines.next();
                let at = next.map_or(u64::MAX / 2, |(_, at, _)| begin + at);
                let listening = async {
                    while let Some(text) = peer.text().await {
                        got.borrow_mut().push((number, text));
                    }
                };
                let waiting = clock.sleep(at - clock.0.now());
                if let embassy_futures::select::Either::First(()) = embassy_futures::select::select(listening, waiting).await {
                    return;
                }
                match next {
                    Some((.., "end")) => return peer.close(1000).await,
                    Some((.., text)) if text.starts_with('{') => drop(peer.say(text).await),
                    Some((.., id)) => drop(peer.say(&envelope(id)).await),
                    None => {}
                }
            }
        }
    });
}

fn acks(rig: &Rig) -> Vec<(usize, String)> {
    let id = |text: &String| text.split('"').nth(3).unwrap_or_default().to_owned();
    rig.got.borrow().iter().map(|(connection, text)| (*connection, id(text))).collect()
}

fn slack(script: &'static [(usize, u64, &'static str)]) -> (Rig, Rc<Desk>) {
    let (rig, desk) = (Rig::new(Manner::random(21)), Rc::<Desk>::default());
    start(&rig, SLACK, Slack, App::new(witness(&rig), Rc::clone(&desk)));
    recite(&rig, script);
    (rig, desk)
}

#[test]
fn slack_envelopes_are_acknowledged_and_handed_out_once() {
    let (rig, desk) = slack(&[(0, 500, HELLO), (0, 600, "a"), (0, 700, "b"), (0, 1_000, "a"), (0, 90_000, "c")]);
    assert_eq!(rig.run(100_000), ["500 up #1"]);
    assert_eq!(*desk.done.borrow(), ["a", "b", "c"]);
    assert_eq!(acks(&rig), [(0, "a".into()), (0, "b".into()), (0, "a".into()), (0, "c".into())], "the redelivery is answered, too");
}

#[test]
fn slack_warns_and_the_connections_overlap() {
    let (rig, desk) = slack(&[
        (0, 0, HELLO),
        (0, 20_000, WARNING),
        (0, 21_000, "on the old one"),
        (1, 300, HELLO),
        (1, 1_500, "on the new one"),
        (1, 1_600, "on the old one"),
        (0, 30_000, "end"),
    ]);
    assert_eq!(rig.run(25_000), ["0 up #1", "20300 renewed #1 by #2"]);
    assert_eq!(*desk.done.borrow(), ["on the old one", "on the new one"]);
    let (old, new) = ("on the old one".to_owned(), "on the new one".to_owned());
    assert_eq!(acks(&rig), [(0, old.clone()), (1, new), (1, old)], "each on its own connection");
    assert_eq!(rig.run(10_000), ["30000 closing Some(1000)"]);
    assert_eq!((rig.net.held.get(), rig.client.counters().downs), (1, 0));
}

#[test]
fn slack_says_no_hello() {
    let (rig, _desk) = slack(&[(1, 0, HELLO)]);
    let said = rig.run(15_000);
    assert_eq!(said[1..], ["10000 failed #1: Link(Acceptance), again at 11000", "11000 up #2"], "{said:?}");
}

#[test]
fn slack_has_switched_the_app_off() {
    let (rig, _desk) = slack(&[(0, 0, HELLO), (0, 100, r#"{"type":"disconnect","reason":"link_disabled"}"#)]);
    let said = rig.run(15_000);
    assert_eq!(said.last().unwrap(), "100 gave up: Link(Asked)", "{said:?}");
    assert_eq!(rig.ended.get(), Some(relink_core::End::GivenUp));
}

#[test]
fn a_drain_waits_for_what_the_ledger_has_in_hand() {
    let (rig, desk) = slack(&[(0, 0, HELLO), (0, 100, "slow"), (0, 3_000, "slow")]);
    desk.is_slow.set(true);
    rig.run(1_000);
    rig.client.drain(Millis::from_secs(60), CloseCode::GOING_AWAY);
    assert!(rig.run(1_000).is_empty());
    desk.is_slow.set(false);
    let said = rig.run(2_000);
    assert_eq!(said.last().unwrap(), "3000 down #1: Link(Stopped), never again", "{said:?}");
    assert_eq!((acks(&rig).len(), desk.done.borrow().len()), (1, 1));
}

#[test]
fn onebots_heartbeat_is_watched_whatever_else_is_heard() {
    let rig = Rig::new(Manner::BYTES);
    start(&rig, ONEBOT, Application, witness(&rig));
    recite(&rig, &[(0, 200, CONNECT), (0, 1_000, HEARTBEAT), (0, 6_000, HEARTBEAT), (0, 14_000, "noise"), (1, 0, CONNECT)]);
    let said = rig.run(40_000);
    let overdue = 6_000 + u64::from(relink_profiles::onebot::limits::heartbeat_deadline(Millis::from_secs(5)).get());
    assert_eq!(said[0], "200 up #1");
    assert!(said.contains(&format!("{overdue} down #1: Link(Pulse), again at {overdue}")), "{said:?}");
    assert!(said.last().unwrap().ends_with(" up #2"), "{said:?}");
}

#[test]
fn a_heartbeat_that_nobody_reads_is_not_overdue() {
    let rig = Rig::new(Manner::WIDE);
    start(&rig, ONEBOT, Application, witness(&rig));
    recite(&rig, &[(0, 0, CONNECT), (0, 1_000, HEARTBEAT), (0, 6_000, HEARTBEAT), (0, 11_000, HEARTBEAT)]);
    rig.run(2_000);
    rig.notes.deaf.set(true);
    assert!(rig.run(300_000).is_empty());
    rig.notes.deaf.set(false);
    rig.client.wake();
    let said = rig.run(60_000);
    assert!(said.iter().any(|line| line.contains("Link(Pulse)")), "once they are read it counts again: {said:?}");
}
