//! Each request and what an elector is told of it.

use super::{Answer, Ballot, Held, REFUSED};
use crate::election::{Reply, Request, Token};
use crate::{Cell, Engine, Group, Holder, InProcess, Record};

fn ballot(engine: &InProcess, name: &str) -> Ballot<InProcess> {
    Ballot { engine: engine.clone(), group: Group::new("eu").unwrap(), holder: Holder::new(name).unwrap() }
}

const fn number(number: u32) -> Request {
    Request::new(number)
}

/// A candidate with a lease whose first request was number 1.
async fn holding() -> (Ballot<InProcess>, Held) {
    let ballot = ballot(&InProcess::default(), "a");
    let Answer { reply: Reply::Granted(token), held: Some(held), .. } = ballot.clone().acquire(number(1), true).await else {
        panic!("granted")
    };
    assert_eq!(held, Held { token, lease: number(1), revision: token.get() });
    (ballot, held)
}

async fn cell(ballot: &Ballot<InProcess>) -> Cell {
    ballot.engine.read(&ballot.group).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_same_series_finds_what_it_wrote() {
    let (ballot, held) = holding().await;
    let again = ballot.clone().acquire(number(1), true).await;
    assert_eq!((again.reply, again.held), (Reply::Found(held.token), Some(held)));
    let later = ballot.clone().acquire(number(2), true).await;
    assert_eq!((later.reply, later.held), (REFUSED, None), "of an earlier series nobody knows from when it counts");
    let renewed = ballot.clone().renew(held, number(3)).await.held.unwrap();
    let unheard = ballot.clone().renew(held, number(3)).await;
    assert_eq!((unheard.reply, unheard.held), (Reply::Found(held.token), Some(renewed)), "a renewal that was not heard of");
    let acquired = ballot.acquire(number(1), true).await;
    assert_eq!(acquired.reply, REFUSED, "what stands there is a renewal's, not this series'");
}

#[tokio::test(start_paused = true)]
async fn another_ones_lease_is_refused_and_shown() {
    let (ballot, held) = holding().await;
    let other = self::ballot(&ballot.engine, "b");
    let refused = other.clone().acquire(number(1), true).await;
    assert_eq!((refused.reply, refused.seen), (REFUSED, Some(cell(&ballot).await)));
    assert_eq!(other.clone().renew(held, number(1)).await.reply, Reply::Granted(held.token), "an engine asks no names");
    assert_eq!(ballot.clone().renew(held, number(2)).await.reply, REFUSED, "and now it is another one's");
    let gone = cell(&other).await;
    assert_eq!(ballot.release(Some(held), number(1)).await.reply, REFUSED);
    assert_eq!(cell(&other).await, gone, "nothing was given back");
}

#[tokio::test(start_paused = true)]
async fn what_is_older_than_what_was_confirmed_is_a_doubt() {
    let (ballot, held) = holding().await;
    let nothing = ballot.of_renewal(Cell { revision: 0, record: None }, held, number(2));
    assert_eq!(nothing.reply, Reply::Unknown, "ended, or read where it has not come yet");
    let other = Record { holder: Holder::new("b").unwrap(), token: None, lease: number(1), series: number(1) };
    let older = Cell { revision: held.revision - 1, record: Some(other.clone()) };
    assert_eq!(ballot.of_renewal(older, held, number(2)).reply, Reply::Unknown);
    let newer = Cell { revision: held.revision + 1, record: Some(other) };
    assert_eq!(ballot.of_renewal(newer, held, number(2)).reply, REFUSED);
    let free = ballot.of_acquire(Cell { revision: 9, record: None }, number(2));
    assert_eq!(free.reply, Reply::Unknown, "whoever was faster has ended already, or a request is on its way yet");
}

#[tokio::test(start_paused = true)]
async fn a_release_gives_back_its_own_lease_whatever_its_revision() {
    let (ballot, held) = holding().await;
    ballot.clone().renew(held, number(2)).await;
    let released = ballot.clone().release(Some(held), number(1)).await;
    assert_eq!((released.reply, cell(&ballot).await.record), (Reply::Granted(held.token), None), "renewed without hearing of it");
    assert_eq!(ballot.clone().release(Some(held), number(1)).await.reply, REFUSED, "it is gone");

    let later = ballot.clone().acquire(number(5), true).await.held.unwrap();
    assert!(later.token > held.token);
    for held in [Some(held), Some(later), None] {
        assert_eq!(ballot.clone().release(held, number(1)).await.reply, REFUSED, "a late one must not give back the next");
    }
    assert_eq!(cell(&ballot).await.leader().unwrap().token, later.token);
    let unheard = ballot.clone().release(None, number(5)).await;
    assert_eq!(unheard.reply, Reply::Granted(Token::new(later.revision)), "won without hearing of it");
}
