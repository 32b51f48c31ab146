//! Owns eight hours with a fault a minute: each is got over, at the very millisecond at which it must be.

use std::cell::Cell;
use std::rc::Rc;

use embassy_futures::select::select;
use relink_core::Config;

use crate::net::Fate;
use crate::peer::{Peer, answer, request, write};
use crate::pipe::{End, Manner};
use crate::rig::{CONFIG, OVERLAP, Rig};
use crate::world::Ticker;

const MINUTE: u64 = 60_000;
const MINUTES: u64 = 8 * 60;

/// What happens at the full minute.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// The server is gone for a moment: the next dial is refused.
    Refused,
    Dropped,
    /// The server stands still: neither answers nor ends.
    Silent,
    HalfAFrame,
    Close,
    /// The next upgrade is refused.
    Unavailable,
    /// The next connection ends in the midst of the answer to the upgrade.
    HalfAnAnswer,
    /// The cable is cut.
    Cut,
}

const TROUBLES: [Trouble; 8] = [
    Trouble::Refused,
    Trouble::Dropped,
    Trouble::Silent,
    Trouble::HalfAFrame,
    Trouble::Close,
    Trouble::Unavailable,
    Trouble::HalfAnAnswer,
    Trouble::Cut,
];

impl Trouble {
    const fn of(minute: u64) -> Self {
        TROUBLES[(minute % TROUBLES.len() as u64) as usize]
    }

    /// How long after the full minute the link is up again. Silence: pings go out each 20 s since the connection came up, which was at a
    /// full minute, or for the cut cable 1 s later; the one that is not answered has 10 s.
    const fn recovery(self) -> u64 {
        match self {
            Self::Dropped | Self::HalfAFrame | Self::Close => 0,
            Self::Refused | Self::Unavailable | Self::HalfAnAnswer => 1_000,
            Self::Silent => 10_000,
            Self::Cut => 11_000,
        }
    }
}

/// A server's side of one connection until the next full minute, and what happens then.
async fn serve(mut end: End, clock: Ticker, next: Rc<Cell<Option<Trouble>>>, rig: Rc<Rig>) {
    if let Some(trouble) = next.take() {
        let request = request(&mut end).await;
        let answer = answer(&request);
        let answer = if matches!(trouble, Trouble::HalfAnAnswer) { &answer[..40] } else { "HTTP/1.1 503 Busy\r\n\r\n" };
        write(&mut end, answer.as_bytes()).await;
        return;
    }
    let mut peer = Peer::upgrade(end).await;
    let minute = clock.0.now() / MINUTE + 1;
    let reading = async {
        while let Some(text) = peer.text().await {
            rig.got.borrow_mut().push((0, text));
        }
    };
    select(clock.sleep(minute * MINUTE - clock.0.now()), reading).await;
    let trouble = Trouble::of(minute);
    match trouble {
        Trouble::Refused => rig.net.next.borrow_mut().push_back(Fate::Refuse),
        Trouble::Unavailable | Trouble::HalfAnAnswer => next.set(Some(trouble)),
        Trouble::HalfAFrame => peer.raw(b"\x81\x7e\x00"),
        Trouble::Close => {
            peer.close(1011).await;
            peer.finish().await;
        }
        Trouble::Silent => std::future::pending().await,
        Trouble::Cut => {
            peer.end().cut();
            peer.finish().await;
        }
        Trouble::Dropped => {}
    }
}

/// Eight hours; `single`: with one line.
fn eight_hours(manner: Manner, config: Config, single: bool) {
    let rig = Rc::new(Rig::new(manner));
    let (clock, next, served) = (rig.clock(), Rc::default(), Rc::downgrade(&rig));
    rig.serve(move |_, end| serve(end, clock.clone(), Rc::clone(&next), served.upgrade().unwrap()));
    if single {
        rig.start_single(config)
    } else {
        rig.start(config)
    }
    assert_eq!(rig.run(MINUTE - 1), ["0 up #1"]);
    for minute in 1..=MINUTES {
        let said = rig.run(MINUTE / 2);
        let up = said.last().unwrap();
        let trouble = Trouble::of(minute);
        let expected = format!("{} up #", minute * MINUTE + trouble.recovery());
        assert!(up.starts_with(&expected), "minute {minute}, {trouble:?}: {said:?}, not {expected}");
        assert_eq!(rig.net.held.get(), 1, "what is over is dropped");
        rig.send(&minute.to_string());
        assert!(rig.run(MINUTE / 2).is_empty());
    }
    assert_eq!(rig.texts(), (1..=MINUTES).map(|minute| minute.to_string()).collect::<Vec<_>>(), "each once");
    assert_eq!((rig.client.waiting(), rig.notes.downs.get() as u64), (0, MINUTES));
}

#[test]
fn with_two_lines() {
    eight_hours(Manner::WIDE, OVERLAP, false);
}

#[test]
fn with_one_line() {
    eight_hours(Manner::random(8), CONFIG, true);
}
