//! The scripted transport: connections in memory whose other end is the test.

mod peer;
mod words;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use relink_tokio::{Attempt, Backoff, Builder, Clock, Config, Ending, Jitter, Millis, Transport};

pub(crate) use peer::{BUFFER_MAX, Peer, Wire};
pub(crate) use words::*;

pub(crate) type Text = String;

/// What becomes of an attempt.
#[derive(Clone, Debug)]
pub(crate) enum Plan {
    Open,
    OpenAfter(Duration),
    Fail(Ending),
    Hang,
}

/// All that was dialled.
#[derive(Clone, Default)]
pub(crate) struct Net(Arc<Mutex<World>>);

#[derive(Default)]
struct World {
    plans: VecDeque<Plan>,
    /// For attempts without a plan of their own.
    always: Option<Plan>,
    dials: Vec<Attempt>,
    opening: usize,
    opening_most: usize,
    peers: HashMap<u32, Peer>,
    /// What every new peer does by itself.
    manners: Manners,
}

/// What a peer does by itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manners {
    pub(crate) answers_pings: bool,
    pub(crate) answers_close: bool,
    pub(crate) takes_writes: bool,
    /// Whatever is sent comes back.
    pub(crate) echoes: bool,
    /// There is always something to read.
    pub(crate) floods: bool,
    /// It keeps one waker, of whoever asked last, for both directions.
    pub(crate) has_one_waker: bool,
}

impl Manners {
    pub(crate) const DEFAULT: Self =
        Self { answers_pings: true, answers_close: true, takes_writes: true, echoes: false, floods: false, has_one_waker: false };
}

impl Default for Manners {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Net {
    pub(crate) fn plan(&self, plans: impl IntoIterator<Item = Plan>) {
        self.0.lock().unwrap().plans.extend(plans);
    }

    pub(crate) fn always(&self, plan: Plan) {
        self.0.lock().unwrap().always = Some(plan);
    }

    pub(crate) fn manners(&self, manners: Manners) {
        self.0.lock().unwrap().manners = manners;
    }

    pub(crate) fn dials(&self) -> usize {
        self.0.lock().unwrap().dials.len()
    }

    /// Attempts under way now.
    pub(crate) fn opening(&self) -> usize {
        self.0.lock().unwrap().opening
    }

    pub(crate) fn opening_most(&self) -> usize {
        self.0.lock().unwrap().opening_most
    }

    /// Connections that exist now.
    pub(crate) fn held(&self) -> usize {
        self.0.lock().unwrap().peers.values().filter(|peer| !peer.is_dropped()).count()
    }

    pub(crate) fn peer(&self, attempt: u32) -> Peer {
        self.0.lock().unwrap().peers.get(&attempt).unwrap_or_else(|| panic!("attempt {attempt} is not open")).clone()
    }

    /// Connections that exist now, by attempt.
    pub(crate) fn living(&self) -> Vec<(u32, Peer)> {
        let world = self.0.lock().unwrap();
        let mut living: Vec<_> = world.peers.iter().filter(|(_, peer)| !peer.is_dropped()).collect();
        living.sort_by_key(|(attempt, _)| **attempt);
        living.into_iter().map(|(attempt, peer)| (*attempt, peer.clone())).collect()
    }

    pub(crate) fn all_sent(&self) -> Vec<Text> {
        let world = self.0.lock().unwrap();
        let mut peers: Vec<_> = world.peers.iter().collect();
        peers.sort_by_key(|(attempt, _)| **attempt);
        peers.into_iter().flat_map(|(_, peer)| peer.sent()).collect()
    }

    pub(crate) fn builder(&self) -> Builder<Fake> {
        Builder::new(Fake(self.clone())).clock(Clock::tokio()).seed(7).config(CONFIG)
    }
}

/// Round numbers, so that tests can say when things happen.
pub(crate) const CONFIG: Config = Config {
    backoff: Backoff {
        first_spread: Millis::new(500),
        delay_min: Millis::from_secs(1),
        delay_max: Millis::from_secs(8),
        growth_percent: 200,
        jitter: Jitter::None,
        failures_max: 0,
    },
    opening_timeout: Millis::from_secs(10),
    ping_after: Millis::from_secs(20),
    pong_timeout: Millis::from_secs(5),
    closing_timeout: Millis::from_secs(1),
    reset_after: Millis::from_secs(10),
    ..Config::DEFAULT
};

pub(crate) struct Fake(Net);

struct Dialling(Net);

impl Dialling {
    fn new(net: &Net) -> Self {
        let mut world = net.0.lock().unwrap();
        world.opening += 1;
        world.opening_most = world.opening_most.max(world.opening);
        Self(net.clone())
    }
}

impl Drop for Dialling {
    fn drop(&mut self) {
        self.0.0.lock().unwrap().opening -= 1;
    }
}

impl Transport for Fake {
    type Message = Text;
    type Connection = Wire;

    fn open(&mut self, attempt: Attempt) -> impl Future<Output = Result<Wire, Ending>> + Send + 'static {
        let net = self.0.clone();
        let dialling = Dialling::new(&net);
        let plan = {
            let mut world = net.0.lock().unwrap();
            world.dials.push(attempt);
            let always = world.always.clone();
            world.plans.pop_front().or(always).unwrap_or(Plan::Open)
        };
        async move {
            let _dialling = dialling;
            match plan {
                Plan::Open => {}
                Plan::OpenAfter(delay) => tokio::time::sleep(delay).await,
                Plan::Fail(ending) => return Err(ending),
                Plan::Hang => std::future::pending().await,
            }
            let mut world = net.0.lock().unwrap();
            let peer = Peer::new(world.manners);
            world.peers.insert(attempt.number(), peer.clone());
            Ok(Wire::to(peer))
        }
    }

    fn weight(message: &Text) -> usize {
        message.len()
    }
}
