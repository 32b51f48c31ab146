//! A peer that falls silent, by the default configuration: one ping, one pong time, one loss.

use relink_core::{Action, Config, Report};

use super::*;

#[test]
fn silent_peer_by_default_is_lost_once_after_ping_after_and_pong_time() {
    let mut world = World::new(Config::DEFAULT, 0);
    // The second connection goes on being silent, and the third; each is lost by itself.
    world.live(40_000, |_| vec![(ANSWERS_AFTER, Report::Opened)]);
    let up = world.readies[0];
    let aborted: Vec<u64> = world.actions.iter().filter(|(_, action)| matches!(action, Action::Abort(_))).map(|(at, _)| at - up).collect();
    let pinged: Vec<u64> = world.actions.iter().filter(|(_, action)| matches!(action, Action::Ping(_))).map(|(at, _)| at - up).collect();
    row(
        "silent peer, default configuration",
        format_args!("ping after {} ms, lost after {aborted:?} ms", pinged[0]),
        "20000 + 10000 ms, once",
    );
    assert_eq!((pinged[0], &aborted[..]), (20_000, &[30_000][..]));
    assert_eq!(world.dials.len(), 2, "then a reconnect");
}
