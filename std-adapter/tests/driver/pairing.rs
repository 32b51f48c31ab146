//! The promises that hold whatever happens: thousands of random worlds, each played to its end.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use fastrand::Rng;
use relink_tokio::core::Report;
use relink_tokio::{
    Attempt, Client, CloseCode, Config, Ending, Event, Events, Fate, InboxLimits, Incoming, Millis, OutboxLimits, Receipt, Verdict,
    WhenFull,
};

use crate::fake::*;

const WORLDS: u64 = 4000;
const DEEDS: usize = 60;

/// One world: a link, those who trouble it, and what was seen of it.
struct World {
    dice: Rng,
    net: Net,
    client: Client<Text>,
    events: Option<Events<Text>>,
    seen: Vec<Event<Text>>,
    receipts: Vec<(Text, Receipt<Text>)>,
    accepted: usize,
    said: HashMap<u32, Vec<Text>>,
    next: u32,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = Rng::with_seed(seed);
        let net = Net::default();
        net.manners(manners(&mut dice));
        let mut config = CONFIG;
        config.overlap_max = Millis::from_secs(if dice.bool() { 30 } else { 0 });
        config.acceptance_timeout = Millis::from_secs(if dice.u8(..4) == 0 { 3 } else { 0 });
        config.lifetime_max = Millis::from_secs(if dice.u8(..4) == 0 { 60 } else { 0 });
        config.backoff.failures_max = if dice.u8(..8) == 0 { 5 } else { 0 };
        let when_full = [WhenFull::Refuse, WhenFull::DropOldest, WhenFull::DropNewest][dice.usize(..3)];
        let outbox = OutboxLimits { messages_max: dice.u32(1..20), when_full, ..OutboxLimits::DEFAULT };
        let inbox = InboxLimits { events_max: dice.u32(1..40), ..InboxLimits::DEFAULT };
        let builder =
            net.builder().config(Config { ..config }).outbox(outbox).inbox(inbox).seed(seed).write_timeout(Duration::from_secs(6));
        let (client, events) = builder.spawn();
        let (seen, receipts, said) = (Vec::new(), Vec::new(), HashMap::new());
        Self { dice, net, client, events: Some(events), seen, receipts, accepted: 0, said, next: 0 }
    }

    async fn deed(&mut self) {
        match self.dice.u8(..20) {
            0..4 => self.send(),
            4..6 => self.consume(),
            6..9 => self.peer_says(),
            9 => self.with_peer(Peer::lose),
            10 => self.with_peer(|peer| peer.close(1011)),
            11 => self.with_peer(|peer| peer.push(Incoming::Broken(CloseCode::PROTOCOL_ERROR, Ending::Eof))),
            12 => self.with_peer(|peer| peer.report(Report::Asked(Verdict::Renew { within: Millis::ZERO }))),
            13 => self.with_peer(|peer| peer.report(Report::Accepted)),
            14 => self.client.renew(),
            15 => self.client.retry_now(),
            16 => {
                let (manners, plan) = (manners(&mut self.dice), self.plan());
                self.net.manners(manners);
                self.net.plan([plan]);
                self.with_peer(|peer| peer.manners(manners));
            }
            17 => self.with_peer(|peer| peer.report(Report::Asked(Verdict::Retry))),
            18 => seconds(self.dice.u64(..40)).await,
            _ => tokio::time::sleep(Duration::from_millis(self.dice.u64(..1500))).await,
        }
        self.check_held();
    }

    fn plan(&mut self) -> Plan {
        match self.dice.u8(..8) {
            0 => Plan::Hang,
            1..3 => Plan::Fail(Ending::Eof),
            3 => Plan::Fail(Ending::other("busy", Verdict::RetryAfter(Millis::from_secs(20)))),
            4 => Plan::OpenAfter(Duration::from_secs(2)),
            _ => Plan::Open,
        }
    }

    fn with_peer(&mut self, deed: impl FnOnce(&Peer)) {
        let mut peers = self.net.living();
        if !peers.is_empty() {
            let (_, peer) = peers.swap_remove(self.dice.usize(..peers.len()));
            deed(&peer);
        }
    }

    fn peer_says(&mut self) {
        let mut peers = self.net.living();
        if !peers.is_empty() {
            let (attempt, peer) = peers.swap_remove(self.dice.usize(..peers.len()));
            for _ in 0..self.dice.usize(..30) {
                self.next += 1;
                self.said.entry(attempt).or_default().push(self.next.to_string());
                peer.say(self.next.to_string());
            }
        }
    }

    fn send(&mut self) {
        for _ in 0..self.dice.usize(..10) {
            self.next += 1;
            let text = format!("m{}", self.next);
            let on = self.net.living().first().map(|(attempt, _)| Attempt::from_number(*attempt));
            let result = match on {
                Some(on) if self.dice.u8(..4) == 0 => now(self.client.send_on(on, text.clone())),
                _ => now(self.client.send_tracked(text.clone())),
            };
            if let Some(Ok(receipt)) = result {
                self.accepted += 1;
                self.receipts.push((text, receipt));
            }
        }
    }

    fn consume(&mut self) {
        if let Some(events) = &mut self.events {
            for _ in 0..self.dice.usize(..60) {
                self.seen.extend(events.try_next());
            }
        }
    }

    fn check_held(&self) {
        assert!(self.net.held() + self.net.opening() <= 2, "two connections at most");
        assert!(self.net.opening_most() <= 1, "one attempt at a time");
    }

    async fn end(mut self) {
        let asked = tokio::time::Instant::now();
        if self.dice.bool() {
            within_a_day("a stop", self.client.stop()).await;
        } else {
            let within = Duration::from_secs(self.dice.u64(..10));
            within_a_day("a drain", self.client.drain(within)).await;
        }
        assert!(asked.elapsed() <= Duration::from_secs(11), "{:?}", asked.elapsed());
        settle().await;
        assert_eq!((self.net.held(), self.net.opening(), tasks()), (0, 0, 0));
        if let Some(mut events) = self.events.take() {
            while let Some(event) = within_a_day("the end", events.next()).await {
                self.seen.push(event);
            }
        }
        self.check_pairs();
        self.check_delivery();
        self.check_fates().await;
    }

    /// Up and Down in pairs, each attempt with one end, giving up once and last.
    fn check_pairs(&self) {
        let (mut up, mut was_up, mut failed) = (None, HashSet::new(), HashSet::new());
        for (index, event) in self.seen.iter().enumerate() {
            match event {
                Event::Up { attempt } => {
                    assert_eq!(up.replace(*attempt), None, "{index}: {:?}", self.seen);
                    assert!(was_up.insert(*attempt), "an attempt comes up once");
                }
                Event::Down { attempt, .. } => assert_eq!(up.take(), Some(*attempt), "{index}: {:?}", self.seen),
                Event::Renewed { old, new } => {
                    assert_eq!(up.replace(*new), Some(*old), "{index}: {:?}", self.seen);
                    was_up.insert(*new);
                }
                Event::Failed { attempt, .. } => assert!(failed.insert(*attempt), "an attempt fails once"),
                Event::Message { attempt, .. } => {
                    assert!(up.is_some() || !was_up.contains(attempt), "{index}: a message after the Down: {:?}", self.seen);
                }
                Event::GaveUp { .. } => assert_eq!((index + 1, up), (self.seen.len(), None), "{:?}", self.seen),
            }
        }
        assert_eq!(up, None, "the last Up has its Down");
        assert!(was_up.is_disjoint(&failed), "what failed never was up");
    }

    /// What a peer said arrives in its order, without a gap, once.
    fn check_delivery(&self) {
        let mut heard: HashMap<u32, Vec<Text>> = HashMap::new();
        for event in &self.seen {
            if let Event::Message { attempt, message } = event {
                heard.entry(attempt.number()).or_default().push(message.clone());
            }
        }
        for (attempt, heard) in heard {
            let said = &self.said[&attempt];
            assert_eq!(&said[..heard.len()], heard, "attempt {attempt}");
        }
    }

    /// Each message accepted has one fate, and it is true.
    async fn check_fates(&mut self) {
        let sent = self.net.all_sent();
        let unique: HashSet<_> = sent.iter().collect();
        assert_eq!(unique.len(), sent.len(), "nothing is sent twice");
        assert_eq!(self.receipts.len(), self.accepted);
        for (text, receipt) in self.receipts.drain(..) {
            match within_a_day("a fate", receipt).await {
                Fate::Written => assert!(unique.contains(&text), "{text} was said to be written"),
                Fate::Unknown => {}
                Fate::NotWritten(back) | Fate::Dropped(back) => {
                    assert_eq!(back, text);
                    assert!(!unique.contains(&text), "{text} was said not to be written");
                }
            }
        }
    }
}

fn manners(dice: &mut Rng) -> Manners {
    let mut often = || dice.u8(..4) != 0;
    Manners { answers_pings: often(), answers_close: often(), takes_writes: often(), ..Manners::DEFAULT }
}

/// What a future comes to without waiting.
fn now<F: Future>(future: F) -> Option<F::Output> {
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut cx) {
        std::task::Poll::Ready(output) => Some(output),
        std::task::Poll::Pending => None,
    }
}

#[test]
fn whatever_happens_the_promises_hold() {
    let mut seen = HashMap::new();
    for seed in 0..WORLDS {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let count = runtime.block_on(async {
            let mut world = World::new(seed);
            for _ in 0..DEEDS {
                world.deed().await;
            }
            let stats = world.client.stats();
            world.end().await;
            stats
        });
        for (what, times) in [("up", count.ups), ("failed", count.failed), ("down", count.downs), ("renewed", count.renewals)] {
            *seen.entry(what).or_insert(0) += u64::from(times);
        }
        *seen.entry("stalled").or_insert(0) += u64::from(count.stalls);
        *seen.entry("forced").or_insert(0) += u64::from(count.forced);
        *seen.entry("unknown").or_insert(0) += u64::from(count.unknown);
        *seen.entry("dropped").or_insert(0) += u64::from(count.dropped);
    }
    // The worlds are worth something only if all of it happens in them.
    for (what, times) in seen {
        assert!(times > WORLDS / 10, "{what}: {times}");
    }
}
