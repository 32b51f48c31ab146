//! Owns a whole setting: a device with one line or two, its user, the network, and servers behind it.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;

use relink_core::{Backoff, CloseCode, Config, End, Jitter, Millis, Overlap, Single, WhenFull};
use relink_embedded::wire::{Message, WsFramer};
use relink_embedded::{Client, Line, Session, WhenTooLarge, run, run_single};
use relink_profiles::plain::Plain;

use crate::frugal::Frugal;
use crate::net::{Net, Wires};
use crate::peer::Peer;
use crate::pipe::{End as Side, Manner};
use crate::user::{Notes, Witness};
use crate::world::{Ticker, World};

pub(crate) const MESSAGES: usize = 8;
pub(crate) const BYTES: usize = 64;
pub(crate) type Handle = Client<MESSAGES, BYTES>;

/// Delays that can be foretold: 1 s, 2 s, 4 s, at most 8 s; after a stable link at once.
pub(crate) const CONFIG: Config = Config {
    backoff: Backoff {
        first_spread: Millis::ZERO,
        delay_min: Millis::from_secs(1),
        delay_max: Millis::from_secs(8),
        growth_percent: 200,
        jitter: Jitter::None,
        failures_max: 0,
    },
    ..Config::DEFAULT
};

/// The same with an overlap of 5 s.
pub(crate) const OVERLAP: Config = Config { overlap_max: Millis::from_secs(5), ..CONFIG };

pub(crate) struct Rig {
    pub(crate) world: Rc<World>,
    pub(crate) net: Rc<Net>,
    pub(crate) notes: Rc<Notes>,
    pub(crate) client: Rc<Handle>,
    pub(crate) ended: Rc<Cell<Option<End>>>,
    /// What servers got, and on which of their connections.
    pub(crate) got: Rc<RefCell<Vec<(usize, String)>>>,
}

/// Random enough for a test, and the same in each run.
pub(crate) fn entropy() -> impl FnMut(&mut [u8]) {
    let mut state = 7_u64;
    move |bytes: &mut [u8]| {
        for byte in bytes {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (state >> 33) as u8;
        }
    }
}

impl Rig {
    pub(crate) fn new(manner: Manner) -> Self {
        let world = Rc::<World>::default();
        Self {
            net: Rc::new(Net::new(Rc::clone(&world), manner)),
            world,
            notes: Rc::default(),
            client: Rc::new(Handle::new(1024, WhenFull::Refuse)),
            ended: Rc::default(),
            got: Rc::default(),
        }
    }

    /// A session with this configuration.
    pub(crate) fn session<H>(&self, config: Config) -> Session<Plain, Witness, impl FnMut(&mut [u8]) + use<H>, H>
    where
        H: relink_core::Pairing + Copy,
    {
        let user = Witness { world: Rc::clone(&self.world), notes: Rc::clone(&self.notes) };
        Session::new(config, Plain, user, entropy())
    }

    /// The driver over two lines, to be polled.
    pub(crate) fn driver(&self, config: Config) -> impl Future<Output = ()> + use<> {
        let mut session = self.session::<Overlap>(config).when_too_large(WhenTooLarge::Close);
        let (client, net, ended) = (Rc::clone(&self.client), Rc::clone(&self.net), Rc::clone(&self.ended));
        let clock = Ticker(Rc::clone(&self.world));
        Frugal::new(async move {
            let mut buffers = [[0; 256]; 4];
            let [receive_0, send_0, receive_1, send_1] = &mut buffers;
            let wires = |line| Wires { net: Rc::clone(&net), line };
            let mut first: Line<'_, _, WsFramer> = Line::new(wires(0), receive_0, send_0, &client).unwrap();
            let mut second = Line::new(wires(1), receive_1, send_1, &client).unwrap();
            ended.set(Some(run(&mut session, &client, &clock, (&mut first, &mut second)).await));
        })
    }

    /// Starts a device with two lines.
    pub(crate) fn start(&self, config: Config) {
        self.world.spawn(self.driver(config));
    }

    /// Starts a device with one line.
    pub(crate) fn start_single(&self, config: Config) {
        let mut session = self.session::<Single>(config);
        let (client, net, ended) = (Rc::clone(&self.client), Rc::clone(&self.net), Rc::clone(&self.ended));
        let clock = Ticker(Rc::clone(&self.world));
        self.world.spawn(Frugal::new(async move {
            let (mut receive, mut send) = ([0; 256], [0; 256]);
            let mut line: Line<'_, _, WsFramer> = Line::new(Wires { net, line: 0 }, &mut receive, &mut send, &client).unwrap();
            ended.set(Some(run_single(&mut session, &client, &clock, &mut line).await));
        }));
    }

    /// A server that does this with its connections, whose numbers count from 0.
    pub(crate) fn serve<F: Future<Output = ()> + 'static>(&self, then: impl Fn(usize, Side) -> F + 'static) {
        let (net, world) = (Rc::clone(&self.net), Rc::clone(&self.world));
        self.world.spawn(async move {
            for number in 0.. {
                let end = net.accept().await;
                world.spawn(then(number, end));
            }
        });
    }

    /// A server that notes all texts, and does as RFC 6455 says.
    pub(crate) fn serve_well(&self) {
        let got = Rc::clone(&self.got);
        self.serve(move |number, end| {
            let got = Rc::clone(&got);
            async move {
                let mut peer = Peer::upgrade(end).await;
                while let Some(text) = peer.text().await {
                    got.borrow_mut().push((number, text));
                }
            }
        });
    }

    pub(crate) fn clock(&self) -> Ticker {
        Ticker(Rc::clone(&self.world))
    }

    /// Runs so many milliseconds, and takes what the user was told.
    pub(crate) fn run(&self, millis: u64) -> Vec<String> {
        self.world.run_until(self.world.now() + millis);
        self.notes.take()
    }

    pub(crate) fn send(&self, text: &str) {
        self.client.try_send(Message::Text(text)).unwrap();
    }

    pub(crate) fn stop(&self) {
        self.client.stop(CloseCode::NORMAL);
    }

    /// The texts that servers got.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.got.borrow().iter().map(|(_, text)| text.clone()).collect()
    }
}
