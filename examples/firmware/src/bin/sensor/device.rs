//! Owns what the board does: readings until they are acknowledged, commands once, and a timeline of it all on the console.

use core::cell::{Cell, RefCell};
use core::hash::BuildHasherDefault;

use embassy_time::{Duration, Instant, Timer};
use hash32::FnvHasher;
use heapless::Vec;
use platform::host;
use relink_core::ledger::{Answer, Received, Slot, Terms};
use relink_core::{Attempt, CloseCode, Ledger, Millis, Pairing};
use relink_embedded::record::Recorder;
use relink_embedded::wire::Message;
use relink_embedded::{Client, Event, Reply, Step, Unsent, User};

use crate::protocol::{BYTES_MAX, Said, Say, Sensor};

/// Readings under way at once.
const READINGS_MAX: usize = 32;
/// Commands remembered, so that none is done twice.
const COMMANDS_MAX: usize = 64;
/// A reading that is not acknowledged for so long is said again.
const AGAIN_AFTER: Duration = Duration::from_secs(3);

pub(crate) type Handle = Client<16, BYTES_MAX>;
type Commands = Ledger<u32, [Slot<u32>; COMMANDS_MAX], BuildHasherDefault<FnvHasher>>;

/// The board's memory of its work; its tasks share it.
pub(crate) struct Device {
    readings: RefCell<Vec<Reading, READINGS_MAX>>,
    commands: RefCell<Commands>,
    recorder: Cell<Recorder>,
    pub(crate) tally: Cell<Tally>,
}

#[derive(Clone, Copy)]
struct Reading {
    id: u32,
    value: u32,
    /// When it was said last; never, if it is to be said.
    said_at: Option<Instant>,
}

/// What was done.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) taken: u32,
    pub(crate) acknowledged: u32,
    pub(crate) commands: u32,
    pub(crate) commands_again: u32,
}

impl Device {
    pub(crate) fn new() -> Self {
        let terms = Terms { remember_for: Millis::from_secs(600), ..Terms::DEFAULT };
        Self {
            readings: RefCell::new(Vec::new()),
            commands: RefCell::new(Ledger::new(terms, [const { Slot::EMPTY }; COMMANDS_MAX], BuildHasherDefault::new())),
            recorder: Cell::new(Recorder::new()),
            tally: Cell::new(Tally::default()),
        }
    }

    /// Takes `count` readings (0: no end), says each, and says again those that nobody has acknowledged.
    pub(crate) async fn sample(&self, client: &Handle, every: Duration, count: u32) {
        let mut next_at = Instant::now();
        loop {
            let tally = self.tally.get();
            let more = count == 0 || tally.taken < count;
            if more && next_at <= Instant::now() && !self.readings.borrow().is_full() {
                self.take(tally.taken.wrapping_add(1));
                next_at += every;
            }
            self.say_what_waits(client);
            let is_behind = more && next_at <= Instant::now() && !self.readings.borrow().is_full();
            let pause = if is_behind { Duration::from_micros(200) } else { Duration::from_millis(5) };
            Timer::after(pause).await;
        }
    }

    fn take(&self, id: u32) {
        let value = 200 + id % 17;
        let _there_was_room = self.readings.borrow_mut().push(Reading { id, value, said_at: None });
        self.count(|tally| tally.taken = id);
    }

    fn say_what_waits(&self, client: &Handle) {
        let now = Instant::now();
        for reading in self.readings.borrow_mut().iter_mut() {
            if reading.said_at.is_some_and(|at| now.saturating_duration_since(at) < AGAIN_AFTER) {
                continue;
            }
            let text = Say::Reading { id: reading.id, value: reading.value }.text();
            match client.try_send(Message::Text(&text)) {
                Ok(()) => reading.said_at = Some(now),
                Err(Unsent::Full | Unsent::TooLong { .. } | Unsent::Ended) => break,
            }
        }
    }

    fn acknowledged(&self, id: u32) {
        let mut readings = self.readings.borrow_mut();
        let before = readings.len();
        readings.retain(|reading| reading.id != id);
        if readings.len() < before {
            self.count(|tally| tally.acknowledged += 1);
        }
    }

    /// Does a command, unless it was done before; either way the server is told that it is done.
    fn command(&self, id: u32, attempt: Attempt, reply: &mut dyn Reply) {
        let now = relink_core::Instant::from_millis(Instant::now().as_millis());
        let mut commands = self.commands.borrow_mut();
        match commands.received(now, id, attempt, false) {
            Received::New | Received::Unrecorded(_) => self.count(|tally| tally.commands += 1),
            Received::Joined | Received::Known | Received::Unjoined => self.count(|tally| tally.commands_again += 1),
        }
        while let Answer::On(_) = commands.acknowledge(now, &id) {}
        // Without room it is not said now: the server says the command again.
        let _ = reply.send(Message::Text(&Say::Done(id).text()));
    }

    fn count(&self, change: impl FnOnce(&mut Tally)) {
        let mut tally = self.tally.get();
        change(&mut tally);
        self.tally.set(tally);
    }
}

/// The link's user: the device, and the handle it sends with.
#[derive(Clone, Copy)]
pub(crate) struct Owner<'d> {
    pub(crate) device: &'d Device,
    pub(crate) client: &'d Handle,
}

impl<H: Pairing> User<Sensor, H> for Owner<'_> {
    fn event(&mut self, event: Event<'_, Sensor>) {
        match event {
            Event::Message { attempt, meaning: Some(Ok(said)), reply, .. } => match said {
                Said::Ack(id) => self.device.acknowledged(id),
                Said::Command(id) => self.device.command(id, attempt, reply),
                Said::Stop => self.client.stop(CloseCode::NORMAL),
                Said::Hello | Said::Disconnect | Said::Other => {}
            },
            Event::Message { .. } | Event::Opened { .. } => {}
            Event::Up { attempt } => host::println!("# up #{}", attempt.number()),
            Event::Renewed { old, new } => host::println!("# renewed #{} by #{}", old.number(), new.number()),
            Event::Down { attempt, why, .. } => host::println!("# down #{}: {why}", attempt.number()),
            Event::Failed { attempt, why, .. } => host::println!("# failed #{}: {why}", attempt.number()),
            Event::GaveUp { why } => host::println!("# gave up: {why}"),
            Event::Closing { code, .. } => host::println!("# closed by the server: {:?}", code.map(CloseCode::get)),
            Event::TooLarge { len, .. } => host::println!("# skipped a message of {len} bytes"),
        }
    }

    fn step(&mut self, step: &Step<'_, H>) {
        let mut recorder = self.device.recorder.get();
        let line = recorder.line(step);
        self.device.recorder.set(recorder);
        host::println!("{line}");
    }
}
