//! Owns the peer: delivers to whoever is connected, keeps a book of what is acknowledged and when, refuses connections if it is told to.

use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use relink_cluster::receiver::{Ack, Feed, Item, Nature, News, Source, Unsent};
use relink_cluster::{Envelope, Hold};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, sleep, sleep_until};

pub(crate) const WITHIN: Duration = Duration::from_millis(2500);
/// Between two dials that fail.
const DIAL_EVERY: Duration = Duration::from_secs(30);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Acked {
    pub(crate) id: String,
    pub(crate) at: Instant,
    pub(crate) answer: Option<String>,
    pub(crate) by: u64,
}

#[derive(Clone, Default)]
pub(crate) struct Peer(Arc<Mutex<Book>>);

#[derive(Default)]
pub(crate) struct Book {
    pub(crate) refuses: bool,
    /// Tokens of those who dialled, and when.
    pub(crate) dials: Vec<(u64, Instant)>,
    pub(crate) acked: Vec<Acked>,
    /// The connections that there are now: the token, and the way to it.
    live: Vec<(u64, UnboundedSender<Given>)>,
    pub(crate) most_live: usize,
    /// Those that were drained, and when they were gone.
    pub(crate) drained: Vec<u64>,
    pub(crate) gone: Vec<(u64, Instant)>,
}

struct Given {
    id: String,
    key: String,
    nature: Nature,
}

impl Peer {
    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap()
    }

    /// Delivers something to the newest connection, and says whether there is one.
    pub(crate) fn deliver_as(&self, id: &str, key: &str, nature: Nature) -> bool {
        let given = Given { id: id.into(), key: key.into(), nature };
        self.book().live.last().is_some_and(|(_, way)| way.send(given).is_ok())
    }

    pub(crate) fn deliver(&self, id: &str, key: &str) {
        assert!(self.deliver_as(id, key, Nature::ComesAgain), "{id}: nobody is connected");
    }

    pub(crate) fn acked(&self) -> Vec<String> {
        self.book().acked.iter().map(|acked| acked.id.clone()).collect()
    }

    pub(crate) fn live(&self) -> usize {
        self.book().live.len()
    }

    /// Ends all connections, and refuses others.
    pub(crate) fn go_away(&self) {
        let mut book = self.book();
        book.refuses = true;
        book.live.clear();
    }

    /// Waits until this is true of the book.
    pub(crate) async fn until(&self, wanted: impl Fn(&Book) -> bool) {
        let began = Instant::now();
        while !wanted(&self.book()) {
            assert!(began.elapsed() < Duration::from_secs(300), "it never comes to that");
            sleep(Duration::from_millis(1)).await;
        }
    }

    pub(crate) async fn connected(&self) {
        self.until(|book| !book.live.is_empty()).await;
    }
}

impl Source for Peer {
    type Feed = Connection;

    fn dial(&mut self, hold: &Hold) -> Result<Connection, Box<dyn Error + Send + Sync>> {
        assert!(hold.is_valid(), "dialled without a lead");
        let token = hold.token().get();
        Ok(Connection { peer: self.clone(), token, inbox: None, dial_at: Instant::now(), drain: None, in_hand: Arc::default() })
    }
}

pub(crate) struct Connection {
    peer: Peer,
    token: u64,
    inbox: Option<UnboundedReceiver<Given>>,
    dial_at: Instant,
    drain: Option<Instant>,
    in_hand: Arc<()>,
}

pub(crate) struct Receipt {
    peer: Peer,
    token: u64,
    id: String,
    _in_hand: Arc<()>,
}

impl Connection {
    fn dial(&mut self) -> News<Receipt> {
        self.dial_at += DIAL_EVERY;
        let mut book = self.peer.book();
        book.dials.push((self.token, Instant::now()));
        if book.refuses {
            return News::Down;
        }
        let (way, inbox) = unbounded_channel();
        book.live.push((self.token, way));
        book.most_live = book.most_live.max(book.live.len());
        self.inbox = Some(inbox);
        News::Up
    }

    fn item(&self, Given { id, key, nature }: Given) -> Item<Receipt> {
        let envelope = Envelope { id: id.as_str().into(), key: key.into(), payload: format!("payload of {id}").into() };
        let ack = Receipt { peer: self.peer.clone(), token: self.token, id, _in_hand: self.in_hand.clone() };
        Item { envelope, nature, within: WITHIN, ack }
    }
}

impl Feed for Connection {
    type Ack = Receipt;

    async fn next(&mut self) -> Option<News<Receipt>> {
        loop {
            if let Some(until) = self.drain {
                let given = self.inbox.as_mut().and_then(|inbox| inbox.try_recv().ok());
                if let Some(given) = given {
                    return Some(News::Item(self.item(given)));
                }
                if Arc::strong_count(&self.in_hand) == 1 || Instant::now() >= until {
                    return None;
                }
                sleep(Duration::from_millis(1)).await;
                continue;
            }
            let Some(inbox) = &mut self.inbox else {
                sleep_until(self.dial_at).await;
                return Some(self.dial());
            };
            if let Some(given) = inbox.recv().await {
                return Some(News::Item(self.item(given)));
            }
            self.inbox = None;
            self.dial_at = Instant::now();
            return Some(News::Down);
        }
    }

    fn drain(&mut self, until: Instant) {
        let mut book = self.peer.book();
        book.drained.push(self.token);
        self.drain = Some(until);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut book = self.peer.book();
        book.live.retain(|(token, _)| *token != self.token);
        book.gone.push((self.token, Instant::now()));
    }
}

impl Ack for Receipt {
    fn acknowledge(self, answer: Option<&[u8]>) -> Result<(), Unsent> {
        let answer = answer.map(|answer| String::from_utf8(answer.to_vec()).unwrap());
        let mut book = self.peer.book();
        if !book.live.iter().any(|(token, _)| *token == self.token) {
            return Err(Unsent::Gone);
        }
        book.acked.push(Acked { id: self.id, at: Instant::now(), answer, by: self.token });
        Ok(())
    }
}
